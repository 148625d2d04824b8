"""The child process of the workbook reader: one sheet or HTML table in, numbered CSV out, under hard limits."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Sequence
from datetime import date, datetime

from ingestion.readers.header import header_names
from ingestion.readers.numbered import Records, write_numbered

UNIT = "\x1f"  # what separates the words of the question; they are the contract's
Cell = object
Table = Sequence[Sequence[Cell]]


class Fault(Exception):
    """Why the workbook cannot be read, as the exit code of this process."""

    SHEET_MISSING, NOT_A_WORKBOOK, NO_HEADER, SHEET_HIDDEN, NO_ENCODING = 31, 32, 33, 34, 35

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def cell_text(value: Cell) -> str:
    """A cell as the text a person would have typed; a whole number carries no `.0`."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):  # what a moment at midnight looks like
        return f"{value.isoformat()} 00:00:00"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return "" if value is None else str(value)


def read_sheet(path: str, sheet: str) -> list[Table]:
    """The sheet of that name, unless it is hidden: then somebody did not mean it to be read."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    try:
        with open(path, "rb") as stream:  # from a path it would believe the name
            workbook = CalamineWorkbook.from_filelike(stream)
        visible = {found.name: found.visible for found in workbook.sheets_metadata}
        if sheet not in visible:
            raise Fault(Fault.SHEET_MISSING)
        if visible[sheet] != SheetVisibleEnum.Visible:
            raise Fault(Fault.SHEET_HIDDEN)
        return [workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)]
    except CalamineError as error:
        raise Fault(Fault.NOT_A_WORKBOOK) from error


def read_page(path: str) -> tuple[list[Table], int]:
    """All tables of an HTML page, and how many at the end of them were never closed."""
    from ingestion.readers.html_table import page_text, read_tables

    with open(path, "rb") as stream:
        data = stream.read()
    if b"<table" not in data.replace(b"\0", b"").lower():
        raise Fault(Fault.NOT_A_WORKBOOK)
    if (page := page_text(data)) is None:
        raise Fault(Fault.NO_ENCODING)
    try:
        tables, unclosed = read_tables(page)
        return list(tables), unclosed
    except (AssertionError, ValueError) as error:  # how Python's parser meets declarations that no page should hold
        raise Fault(Fault.NOT_A_WORKBOOK) from error


def choose(tables: list[Table], first: int, count: int, names: set[str]) -> tuple[int, list[str]]:
    """Which table's header holds most of the names the contract knows, and that header."""
    headers = [_header(table, first, count) for table in tables]
    found = [index for index, header in enumerate(headers) if header]
    if not found:
        raise Fault(Fault.NO_HEADER)
    best = max(found, key=lambda index: len(names.intersection(headers[index])))
    return best, headers[best]


def _header(table: Table, first: int, count: int) -> list[str]:
    rows = table[first - 1 : first - 1 + count]
    header = header_names([[cell_text(cell) for cell in row] for row in rows]) if len(rows) == count else []
    while header and not header[-1]:
        header.pop()
    return header


def cut_off(table: Table, begin: int) -> tuple[Table, list[tuple[int, str]]]:
    """A table that never closed, without its last filled row: nobody knows what that row lacks."""
    last = max((at for at, row in enumerate(table[begin:], start=begin) if any(map(cell_text, row))), default=None)
    return (table, []) if last is None else (table[:last], [(last + 1, "truncated")])


def records(table: Table, begin: int, width: int) -> Records:
    """The filled rows below the header; blank cells beyond it are let go."""
    for number, row in enumerate(table[begin:], start=begin + 1):
        cells = [cell_text(cell) for cell in row]
        if any(cells):
            yield number, (cells + [""] * width)[: max(width, _filled(cells))]


def _filled(cells: list[str]) -> int:
    return max((index for index, cell in enumerate(cells, start=1) if cell), default=0)


def main(
    path: str,
    kind: str,
    sheet: str,
    header_row: str,
    header_rows: str,
    names: str,
    footer: str,
    target: str,
    memory: str,
    seconds: str,
) -> int:
    """Read one table; the exit code says what was wrong."""
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    first, count = int(header_row), int(header_rows)
    try:
        tables, unclosed = read_page(path) if kind == "html" else (read_sheet(path, sheet), 0)
        chosen, header = choose(tables, first, count, set(names.split(UNIT)))
    except Fault as fault:
        return fault.code
    table, begin, is_cut = tables[chosen], first - 1 + count, chosen >= len(tables) - unclosed
    table, last = cut_off(table, begin) if is_cut else (table, [])
    broken: list[tuple[int, str]] = []
    totals = [word for word in footer.split(UNIT) if word]
    write_numbered(target, records(table, begin, len(header)), len(header), broken, totals)
    sys.stdout.write(json.dumps([header, broken + last]))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
