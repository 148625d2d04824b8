"""The originals in the vault, looked at again: where a forgotten person stands in them, and what takes their place.

An original is named after its bytes. One from which a person was cut keeps that name and says its own sum too:
`<sha256 as delivered>.redacted-<sha256 as it is>.csv`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from ingestion import durable
from ingestion.contract import Contract
from ingestion.forgotten import Tombstone
from ingestion.inbox import Delivery, is_complete
from ingestion.privacy import TokenKey
from ingestion.readers.header import header_names
from ingestion.readers.text import LONGEST_FIELD
from ingestion.settings import Settings, local_now
from ingestion.staging import Stage
from ingestion.vault import REDACTED
from warehouse.engine import connect


@dataclass(frozen=True)
class Place:
    """A record of an original in which a column names a forgotten person."""

    row_no: int
    column: str
    mark: str


def original_of(settings: Settings, feed: str, batch_id: str) -> Path | None:
    """The original of a delivery as it lies in the vault today, whole or redacted; None where it was let go."""
    return next(iter(originals_of(settings, feed, batch_id)), None)


def originals_of(settings: Settings, feed: str, batch_id: str) -> list[Path]:
    """All that lies in the vault of a delivery, redacted copies first: a kill can leave one beside what it replaces."""
    found = [path for path in (settings.vault / feed).glob(f"{batch_id}*") if path.is_file()]
    return sorted(found, key=lambda path: (REDACTED not in path.name, path.name))


@contextmanager
def staged(settings: Settings, contract: Contract, original: Path, key: TokenKey, work: Path) -> Iterator[Stage]:
    """An original staged anew, in a scratch folder of its own that goes again. Raises DeliveryRefused."""
    durable.make_folder(work, 0o700)
    whole = is_complete(original, contract.format.kind)
    try:
        with connect(":memory:", settings=settings) as connection:
            stage = Stage(connection, contract, work, key)
            stage.read(original, Delivery(contract.feed, original, is_sealed=True, is_complete=whole), local_now())
            yield stage
    finally:
        durable.discard(work)  # the reader may have left the text there


def find(
    settings: Settings, contract: Contract, original: Path, key: TokenKey, marks: Collection[str], work: Path
) -> list[Place]:
    """Where these marks (of `key`) stand in an original, in phones that land as tokens and in those that do not.

    Raises DeliveryRefused when it cannot be read under its contract.
    """
    phones = [c.model_copy(update={"personal": "token"}) for c in contract.columns if c.type == "phone" and c.header]
    if not phones or not marks:
        return []
    alone = contract.model_copy(update={"columns": phones})
    with staged(settings, alone, original, key, work) as stage:
        listed = ", ".join(f"'{mark}'" for mark in sorted(marks))
        parts = [
            f'SELECT ({stage.row_no})::BIGINT, \'{c.name}\', "{c.name}" FROM staged WHERE "{c.name}" IN ({listed})'
            for c in phones
        ]
        return sorted((Place(*row) for row in stage.all(" UNION ALL ".join(parts))), key=lambda p: (p.row_no, p.column))


def redact(
    settings: Settings, contract: Contract, original: Path, places: Collection[Place], key: TokenKey, work: Path
) -> Path | None:
    """Put a file without what these records tell of persons in the place of an original; returns it.

    A workbook cannot be cut, nor a file in which the person still stands afterwards: it goes as a whole, and None is
    returned.
    """
    durable.make_folder(work, 0o700)
    target = work / f"redacted{original.suffix}"
    rows, marks = {place.row_no for place in places}, {place.mark for place in places}
    is_cut = contract.format.kind != "xlsx" and _cut(contract, original, rows, target)
    if not is_cut or find(settings, contract, target, key, marks, work / "proof"):
        durable.remove_file(original, "privacy.whole_original")
        return None
    target.chmod(0o600)
    with target.open("rb") as stream:
        digest = file_digest(stream, "sha256").hexdigest()
    delivered = original.name.partition(".")[0]
    final = original.with_name(f"{delivered}{REDACTED}{digest}{original.suffix}")
    durable.publish_file(target, final, "privacy.redacted")
    if final != original:
        durable.remove_file(original, "privacy.cut_original")
    return final


def forget_in(
    settings: Settings, contract: Contract, original: Path, stones: dict[str, Tombstone], key: TokenKey, work: Path
) -> list[Place]:
    """Cut the forgotten out of an original that has just come in. Returns where they stood."""
    found = find(settings, contract, original, key, stones, work)
    if found:
        redact(settings, contract, original, found, key, work)
    return found


def _cut(contract: Contract, original: Path, rows: set[int], target: Path) -> bool:
    """Write the file anew with only those cells of these records that the contract knows as nobody's."""
    kept = {header for column in contract.columns if column.personal is None for header in column.header}
    parts = (
        _json_lines(original, rows, kept) if contract.format.kind == "jsonl" else _csv(contract, original, rows, kept)
    )
    try:
        with target.open("w", encoding=contract.format.encoding, newline="") as out:
            out.writelines(parts)
    except (UnicodeError, csv.Error, ValueError):
        return False
    return True


def _json_lines(original: Path, rows: set[int], kept: set[str]) -> Iterator[str]:
    with original.open("r", encoding="utf-8", newline="\n") as stream:
        for number, line in enumerate(stream, start=1):
            if number not in rows:
                yield line
                continue
            record = json.loads(line.removeprefix("\ufeff"))
            cut = {name: value if name in kept else None for name, value in record.items()}
            yield json.dumps(cut, ensure_ascii=False) + "\n"


def _csv(contract: Contract, original: Path, rows: set[int], kept: set[str]) -> Iterator[str]:
    """Records that stay are passed on as they were written."""
    form, above, nobodys = contract.format, list[list[str]](), set[int]()
    last_header = form.header_row + form.header_rows - 1
    for number, (written, cells) in enumerate(_records(original, form.encoding, form.delimiter), start=1):
        if number <= last_header:
            above.append([cell.removeprefix("\ufeff") for cell in cells])
            names = header_names(above[-form.header_rows :]) if number == last_header else []
            nobodys = {place for place, name in enumerate(names) if name in kept}
        if number in rows:
            cut = [cell if place in nobodys else "" for place, cell in enumerate(cells)]
            yield form.delimiter.join(_quoted(cell, form.delimiter) for cell in cut) + _line_end(written)
        else:
            yield written


def _records(original: Path, encoding: str, delimiter: str) -> Iterator[tuple[str, list[str]]]:
    """Each record of a CSV file as it is written, and its cells; those that cannot be split have none."""
    csv.field_size_limit(LONGEST_FIELD)
    with original.open("r", encoding=encoding, newline="") as stream:
        taken: list[str] = []

        def lines() -> Iterator[str]:
            for line in stream:
                taken.append(line)
                yield line

        reader = csv.reader(lines(), delimiter=delimiter, strict=True)
        while True:
            taken.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                cells = []
            yield "".join(taken), cells


def _quoted(cell: str, delimiter: str) -> str:
    needs = any(mark in cell for mark in (delimiter, '"', "\r", "\n"))
    doubled = cell.replace('"', '""')
    return f'"{doubled}"' if needs else cell


def _line_end(written: str) -> str:
    return written[len(written.rstrip("\r\n")) :]
