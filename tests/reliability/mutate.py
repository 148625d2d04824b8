"""Damaged deliveries by number: `random.Random(f"{seed}:{number}")` makes the same file again.

`python -m tests.reliability.mutate SEED NUMBER FOLDER` writes the sound and the damaged file of a number.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.reliability.hurt_bytes import BYTES, SHAPED, TEXT
from tests.reliability.hurt_tables import TABLE, Place
from tests.reliability.pristine import READERS, Reader, Table, Truth, file_of, invent, packed, tables

# Without a manifest nobody can tell these from what a sender meant; all others must never change or lose a row unseen.
UNSEEN = {"row_lost", "fields_swapped", "line_break_in_cell", "huge_cell", *BYTES, "delimiter_added", "quote_added"}
UNSEEN |= {"tag_cut", "member_damaged"}
UNSEEN_IN_WORKBOOKS = {"last_field_cut"}  # a workbook keeps no blank cell, so a row may end early


@dataclass
class Case:
    """One damaged delivery. `manifest` is what its sender wrote of the sound file, hurt on the way or not."""

    seed: int
    number: int
    reader: Reader
    truth: list[Truth]
    sound: bytes
    kind: str = "none"
    content: bytes = b""
    manifest: bytes | None = None

    @property
    def may_be_unseen(self) -> bool:
        """Whether nobody can tell, from the file alone, that it is damaged."""
        if self.manifest is not None:
            return False
        is_workbook = self.reader.contract.format.kind == "xlsx"
        return self.kind in UNSEEN or (is_workbook and self.kind in UNSEEN_IN_WORKBOOKS)


def make(seed: int, number: int, scratch: Path) -> Case:
    """The case of a number."""
    dice = Random(f"{seed}:{number}")
    reader = dice.choices(READERS, [reader.weight for reader in READERS])[0]
    truth = invent(reader, number, dice)
    case = Case(seed, number, reader, truth, _file(reader, tables(reader, truth), scratch))
    kinds = [kind for kind in (*TABLE, *BYTES, *TEXT, *SHAPED) if _fits(kind, reader)]
    while case.content in (b"", case.sound):
        case.kind = dice.choice(kinds)
        case.content = _hurt(case, dice, scratch)
    if dice.random() < 0.25:
        told = {"rows": len(truth), "sha256": hashlib.sha256(case.sound).hexdigest(), "period": "2026-01"}
        case.manifest = json.dumps(told).encode()
        if dice.random() < 0.3:
            case.manifest, case.content = BYTES[dice.choice([*BYTES])](case.manifest, dice), case.sound
            case.kind = "manifest_damaged"
    return case


def _fits(kind: str, reader: Reader) -> bool:
    shapes = {
        "tag_cut": "html",
        "member_damaged": "zip xlsx xlsx_two_headers",
        "directory_damaged": "zip xlsx xlsx_two_headers",
    }
    if kind in shapes:
        return reader.name in shapes[kind].split()
    return reader.is_text or kind not in TEXT


def _file(reader: Reader, parts: list[Table], scratch: Path) -> bytes:
    files = [file_of(reader, part, scratch) for part in parts]
    return packed(files) if reader.files > 1 else files[0]


def _hurt(case: Case, dice: Random, scratch: Path) -> bytes:
    """The file after damage of the case's kind; empty where it has nothing to damage."""
    reader, kind = case.reader, case.kind
    if kind in TABLE:
        parts = tables(reader, case.truth)
        return _file(reader, parts, scratch) if TABLE[kind](Place(reader, parts[-1], dice)) else b""
    if kind in TEXT:
        files = [file_of(reader, part, scratch) for part in tables(reader, case.truth)]
        files[-1] = TEXT[kind](files[-1], dice, reader.contract.format.encoding)
        return packed(files) if reader.files > 1 else files[0]
    return (BYTES | SHAPED)[kind](case.sound, dice)


if __name__ == "__main__":
    target = Path(sys.argv[3])
    target.mkdir(parents=True, exist_ok=True)
    again = make(int(sys.argv[1]), int(sys.argv[2]), target)
    for name, data in (("sound", again.sound), ("damaged", again.content), ("manifest", again.manifest or b"")):
        (target / f"{name}{again.reader.suffix}").write_bytes(data)
    print(again.reader.name, again.kind, target)
