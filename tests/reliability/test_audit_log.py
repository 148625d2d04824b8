"""Whatever is done to the audit log behind its back is found, and named by the first line that is not as written."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.audit_log import Access, record, verify
from ingestion.errors import IntegrityError
from ingestion.settings import Settings
from tests.reliability.figures import record as leave

Lines = list[bytes]
LINES = 12


def flip(lines: Lines, at: int, chance: random.Random) -> Lines:
    line = bytearray(lines[at])
    line[chance.randrange(len(line))] ^= 1 << chance.randrange(8)
    return [*lines[:at], bytes(line), *lines[at + 1 :]]


def exchange(lines: Lines, at: int, chance: random.Random) -> Lines:
    other = (at + 1) % len(lines)
    changed = list(lines)
    changed[at], changed[other] = changed[other], changed[at]
    return changed


TAMPER: dict[str, Callable[[Lines, int, random.Random], Lines]] = {
    "flip a bit": flip,
    "drop a line": lambda lines, at, chance: [*lines[:at], *lines[at + 1 :]],
    "swap two lines": exchange,
    "repeat a line": lambda lines, at, chance: [*lines[: at + 1], *lines[at:]],
    "cut the end": lambda lines, at, chance: lines[:at],
    "cut within a line": lambda lines, at, chance: [*lines[:at], lines[at][: chance.randrange(len(lines[at]))]],
    "write a line of one's own": lambda lines, at, chance: [*lines, lines[at], lines[at]],
}


@pytest.mark.parametrize("how", TAMPER)
def test_tampering_is_found(tmp_path: Path, scale: int, seed: int, how: str) -> None:
    settings = Settings(home=tmp_path / "home", key_file=tmp_path / "key.json")
    for number in range(LINES):
        record(settings, Access("rows", "fct_case", f"period=2026-{number + 1:02d}", number, "可靠性测试"))
    log = settings.audit / "access.jsonl"
    lines, chance = log.read_bytes().splitlines(keepends=True), random.Random(f"{seed} {how}")
    tries = [chance.randrange(LINES) for _ in range(30 * scale)]
    found = 0
    for at in tries:
        log.write_bytes(b"".join(TAMPER[how](lines, at, chance)))
        with pytest.raises(IntegrityError, match=r"line \d+|head"):
            verify(settings)
        found += 1
    log.write_bytes(b"".join(lines))
    assert verify(settings).lines == LINES, "and as it was it is sound"
    leave(f"audit.{how.replace(' ', '_').replace(chr(39), '')}", tampered=len(tries), found=found)
