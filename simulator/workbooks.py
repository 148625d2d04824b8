"""Bytes of workbooks; the same rows give the same bytes, for no clock of the machine gets into them."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time
from itertools import groupby
from typing import Any

import xlsxwriter

from ingestion.contract import Contract
from simulator.writing import TOTAL, Row

EARLIEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def xlsx_bytes(
    contract: Contract, title: str, head: list[str], rows: list[Row], created: date, *, total: Row = ()
) -> bytes:
    """A workbook with a merged title, real date cells and a total: the number of rows, or the sums given."""
    book, stream = _book(title, created)
    sheet = book.add_worksheet(contract.format.sheet)
    sheet.merge_range(0, 0, 0, len(head) - 1, title, book.add_format({"bold": True, "align": "center"}))
    sheet.write_row(1, 0, head)
    _write_rows(book, sheet, rows, first=2)
    sheet.write_row(len(rows) + 2, 0, total or [TOTAL, len(rows)])
    book.close()
    return stream.getvalue()


def statistics_bytes(contract: Contract, title: str, head: list[str], rows: list[Row], created: date) -> bytes:
    """A workbook of numbers under a head of two rows, with sums below and a hidden sheet of notes."""
    book, stream = _book(title, created)
    bold = book.add_format({"bold": True, "align": "center", "valign": "vcenter"})
    sheet = book.add_worksheet(contract.format.sheet)
    sheet.merge_range(0, 0, 0, len(head) - 1, title, bold)
    _write_head(sheet, head, bold)
    _write_rows(book, sheet, rows, first=3)
    sums = [sum(cell for cell in cells if isinstance(cell, int)) for cells in list(zip(*rows, strict=True))[1:]]
    sheet.write_row(len(rows) + 3, 0, [TOTAL, *sums])
    notes = book.add_worksheet("说明")
    notes.write_row(0, 0, ["模拟数据：仅供演示，不是真实话务。", "统计时段"])
    notes.hide()
    book.close()
    return stream.getvalue()


def zip_bytes(members: dict[str, bytes]) -> bytes:
    """Several files as one archive, in the order given."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, payload in members.items():
            archive.writestr(zipfile.ZipInfo(name, EARLIEST_ZIP_TIME), payload)
    return stream.getvalue()


def _book(title: str, created: date) -> tuple[Any, io.BytesIO]:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.set_properties({"title": title, "created": datetime.combine(created, time(6))})
    return book, stream


def _write_head(sheet: Any, head: list[str], bold: Any) -> None:
    """`upper/lower` names on two rows: equal neighbours above are one cell, a name without a lower is one downwards."""
    place = 0
    for upper, names in groupby(head, key=lambda name: name.partition("/")[0]):
        group = [name.partition("/")[2] for name in names]
        if group == [""]:
            sheet.merge_range(1, place, 2, place, upper, bold)
        else:
            sheet.write_row(2, place, group, bold)
            if len(group) == 1:
                sheet.write_string(1, place, upper, bold)
            else:
                sheet.merge_range(1, place, 1, place + len(group) - 1, upper, bold)
        place += len(group)


def _write_rows(book: Any, sheet: Any, rows: list[Row], *, first: int) -> None:
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for number, row in enumerate(rows, start=first):
        for place, cell in enumerate(row):
            if isinstance(cell, datetime):
                sheet.write_datetime(number, place, cell, moment)
            elif isinstance(cell, int | float):
                sheet.write_number(number, place, cell)
            elif cell:
                sheet.write_string(number, place, cell)
