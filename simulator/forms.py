"""Write rows in a feed's own form: its encoding, its one or two header rows, its title and its totals."""

from __future__ import annotations

import csv
import html
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from ingestion.contract import Contract

Row = dict[str, Any]
MADE_AT = datetime(2026, 1, 1)  # what a workbook says of itself: the same rows give the same bytes


def write_delivery(contract: Contract, rows: list[Row], path: Path) -> Path:
    """Write `rows` (source headers to values) as one delivered file that is already sealed."""
    if contract.format.kind == "jsonl":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    else:
        write_table(contract, table_of(contract, rows), path)
    return seal(path)


def write_table(contract: Contract, table: list[list[Any]], path: Path) -> None:
    """Write a table, its titles and totals in it, in the form of a feed that sends tables."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writers = {"csv": _csv, "xlsx": _xlsx, "html": _html}
    is_page = contract.format.kind == "xlsx" and path.suffix == ".xls"  # what most systems mean by an .xls
    writers["html" if is_page else contract.format.kind](contract, table, path)


def seal(path: Path) -> Path:
    """Put the sentinel beside a file, so that nobody need wait for it to settle."""
    path.with_name(path.name + ".ok").touch()
    return path


def headers(contract: Contract) -> list[str]:
    """The first header of each column."""
    return [column.header[0] for column in contract.columns if column.header]


def table_of(contract: Contract, rows: list[Row]) -> list[list[Any]]:
    """Titles, header, rows (source headers to values) and totals, as the feed's files hold them."""
    names = headers(contract)
    titles = [["样例数据"] + [""] * (len(names) - 1)] * (contract.format.header_row - 1)
    footer = [[contract.format.footer[0], str(len(rows))] + [""] * (len(names) - 2)] if contract.format.footer else []
    return [*titles, *_header(contract), *([row.get(name, "") for name in names] for row in rows), *footer]


def _header(contract: Contract) -> list[list[str]]:
    """One row, or two with what `/` parts; an upper cell is written once, as a merged cell is."""
    names = headers(contract)
    if contract.format.header_rows == 1:
        return [names]
    pairs = [name.rpartition("/") for name in names]
    uppers = [upper or lower for upper, _, lower in pairs]
    once = ["" if index and uppers[index - 1] == upper else upper for index, upper in enumerate(uppers)]
    return [once, [lower if upper else "" for upper, _, lower in pairs]]


def _csv(contract: Contract, table: list[list[Any]], path: Path) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=contract.format.delimiter, lineterminator="\n").writerows(table)
    path.write_bytes(text.getvalue().encode(contract.format.encoding))


def _xlsx(contract: Contract, table: list[list[Any]], path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": MADE_AT})
        sheet = book.add_worksheet(contract.format.sheet)
        for number, row in enumerate(table):
            sheet.write_row(number, 0, row)


def _html(contract: Contract, table: list[list[Any]], path: Path) -> None:
    """A page as report systems write it: a title over all columns, attributes nobody needs, entities."""
    width = len(headers(contract))
    lines = ["<html><head><meta charset='utf-8'><style>td {color: red}</style></head><body><table border=1>"]
    for number, row in enumerate(table):
        if number < contract.format.header_row - 1:
            lines.append(f"<tr><td colspan={width}>{row[0]}</td></tr>")
        else:
            lines.append("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>")
    path.write_text("\n".join([*lines, "</table></body></html>"]), encoding="utf-8")
