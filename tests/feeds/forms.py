"""Write invented rows in a feed's own form: its encoding, its headers, its title row and its totals row."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from pathlib import Path
from typing import Any

import xlsxwriter

from ingestion.contract import Contract

Row = dict[str, Any]


def write_delivery(contract: Contract, rows: list[Row], path: Path) -> Path:
    """Write `rows` (source headers to values) as one delivered file that is already sealed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writers = {"csv": _csv, "xlsx": _xlsx, "jsonl": _jsonl}
    writers[contract.format.kind](contract, rows, path)
    return seal(path)


def seal(path: Path) -> Path:
    """Put the sentinel beside a file, so that a test need not wait for it to settle."""
    path.with_name(path.name + ".ok").touch()
    return path


def headers(contract: Contract) -> list[str]:
    """The first header of each column."""
    return [column.header[0] for column in contract.columns if column.header]


def _table(contract: Contract, rows: list[Row]) -> list[list[Any]]:
    names = headers(contract)
    titles = [["样例数据"] + [""] * (len(names) - 1)] * (contract.format.header_row - 1)
    footer = [[contract.format.footer[0], str(len(rows))] + [""] * (len(names) - 2)] if contract.format.footer else []
    return [*titles, names, *([row.get(name, "") for name in names] for row in rows), *footer]


def _csv(contract: Contract, rows: list[Row], path: Path) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=contract.format.delimiter, lineterminator="\n").writerows(_table(contract, rows))
    path.write_bytes(text.getvalue().encode(contract.format.encoding))


def _xlsx(contract: Contract, rows: list[Row], path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet(contract.format.sheet)
        for number, row in enumerate(_table(contract, rows)):
            sheet.write_row(number, 0, row)


def _jsonl(contract: Contract, rows: list[Row], path: Path) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def age(path: Path, seconds: float) -> None:
    """Wait until a file has stood still for `seconds`."""
    while time.time() - os.lstat(path).st_ctime < seconds:
        time.sleep(0.05)
