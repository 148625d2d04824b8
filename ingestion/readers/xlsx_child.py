"""The child process of the spreadsheet reader: one sheet in, numbered CSV out, under hard limits."""

from __future__ import annotations

import resource
import sys
from datetime import date, datetime, timedelta

from ingestion.readers.numbered import Records, write_numbered

SHEET_MISSING, NOT_A_WORKBOOK, NO_HEADER = 31, 32, 33
UNIT, RECORD = "\x1f", "\x1e"  # what separates the parts of the answer: the header, then each broken row
Cell = object


def cell_text(value: Cell) -> str:
    """A cell as the text a person would have typed; a whole number carries no `.0`."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return "" if value is None else str(value)


def main(path: str, sheet: str, header_row: str, target: str, memory: str, seconds: str) -> int:
    """Read one sheet; the exit code says what was wrong."""
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(path)
        if sheet not in workbook.sheet_names:
            return SHEET_MISSING
        rows = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except CalamineError:
        return NOT_A_WORKBOOK
    if len(rows) < int(header_row):
        return NO_HEADER
    header = [cell_text(cell).strip(" \t\u3000") for cell in rows[int(header_row) - 1]]
    while header and not header[-1]:
        header.pop()
    if not header:
        return NO_HEADER

    def records() -> Records:
        for number, row in enumerate(rows[int(header_row) :], start=int(header_row) + 1):
            cells = [cell_text(cell) for cell in row]
            if any(cells):
                yield number, (cells + [""] * len(header))[: max(len(header), _filled(cells))]

    broken: list[tuple[int, str]] = []
    write_numbered(target, records(), len(header), broken)
    answer = [UNIT.join(header), *(f"{row}{UNIT}{rule}" for row, rule in broken)]
    sys.stdout.buffer.write(RECORD.join(answer).encode())
    return 0


def _filled(cells: list[str]) -> int:
    return max((index for index, cell in enumerate(cells, start=1) if cell), default=0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
