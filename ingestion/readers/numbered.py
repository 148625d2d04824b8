"""Numbered CSV, the form in which odd files reach the engine; light to import, for a child process waits on it."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator

from ingestion.readers.header import is_total

Records = Iterator[tuple[int, list[str]]]


def write_numbered(
    target: str, records: Records, width: int, broken: list[tuple[int, str]], footer: Collection[str] = ()
) -> None:
    """Write records as CSV with their number in front; one of another width, unless a total, or with a NUL is `broken`.

    Line ends inside a field become plain line feeds: DuckDB's strict reader refuses a file that mixes them.
    """
    with open(target, "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for number, cells in records:
            if any("\0" in cell for cell in cells):
                broken.append((number, "nul"))
            elif len(cells) == width:
                writer.writerow([number, *(_one_line_end(cell) if "\r" in cell else cell for cell in cells)])
            elif not is_total(cells, footer):
                broken.append((number, "field_count"))


def _one_line_end(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n")
