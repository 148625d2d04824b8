"""Bytes of the three file forms, and the way a finished file enters the inbox."""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import xlsxwriter

from ingestion.contract import Contract
from ingestion.durable import make_folder, publish_file

Cell = str | bool | datetime | None
Row = list[Cell]
LOCAL = ZoneInfo("Asia/Shanghai")
TOTAL = "合计"


def headers(contract: Contract, *, oldest: bool = False) -> list[str]:
    """The column heads a sender uses: today's names, or those of older exports."""
    return [column.header[-1 if oldest else 0] for column in contract.columns if column.header]


def in_order(contract: Contract, columns: dict[str, list[Cell]]) -> list[Row]:
    """Rows in the order of the contract; a column the simulator does not know stays empty."""
    count = len(next(iter(columns.values())))
    empty: list[Cell] = [""] * count
    ordered = [columns.get(column.name, empty) for column in contract.columns if column.header]
    return [list(row) for row in zip(*ordered, strict=True)]


def csv_bytes(contract: Contract, title: str, head: list[str], rows: list[Row]) -> bytes:
    """A CSV export with a title above the head and a total below the rows."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([title] + [""] * (len(head) - 1))
    writer.writerow(head)
    writer.writerows(rows)
    writer.writerow([TOTAL, str(len(rows))] + [""] * (len(head) - 2))
    return stream.getvalue().encode(contract.format.encoding)


def jsonl_bytes(head: list[str], rows: list[Row]) -> bytes:
    """One JSON object a line."""
    lines = (json.dumps(dict(zip(head, row, strict=True)), ensure_ascii=False) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode()


def xlsx_bytes(contract: Contract, title: str, head: list[str], rows: list[Row], created: date) -> bytes:
    """A workbook with a merged title, real date cells and a total; the same rows give the same bytes."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.set_properties({"title": title, "created": datetime.combine(created, time(6))})
    sheet = book.add_worksheet(contract.format.sheet)
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet.merge_range(0, 0, 0, len(head) - 1, title, book.add_format({"bold": True, "align": "center"}))
    sheet.write_row(1, 0, head)
    for number, row in enumerate(rows, start=2):
        for place, cell in enumerate(row):
            if isinstance(cell, datetime):
                sheet.write_datetime(number, place, cell, moment)
            elif cell:
                sheet.write_string(number, place, str(cell))
    sheet.write_row(len(rows) + 2, 0, [TOTAL, len(rows)])
    book.close()
    return stream.getvalue()


def deliver(folder: Path, name: str, payload: bytes, arrived_at: datetime) -> Path:
    """Put a file into the inbox whole or not at all, dated to the moment the sender would have sent it."""
    make_folder(folder)
    temporary = folder / f".{name}.part"
    temporary.write_bytes(payload)
    moment = arrived_at.replace(tzinfo=LOCAL).timestamp()
    os.utime(temporary, (moment, moment))
    publish_file(temporary, folder / name)
    return folder / name
