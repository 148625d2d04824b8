"""The rows of a delivered file, read by the standard library alone: an independent count of what was received."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

SPACE = " \t\r\n\u3000\ufeff"
CELLS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINKS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
Row = tuple[str, ...]


def rows_of(path: Path, contract: dict[str, Any]) -> dict[int, Row]:
    """Rows between header and totals by their number in the file, blank ones left out, in one way of writing.

    Of columns that the contract does not know, drops or does not compare nothing is told: they make no row another one.
    """
    content, form = path.read_bytes(), contract["format"]
    told = [c for c in contract["columns"] if c.get("personal") != "drop" and c.get("compared", True)]
    known = {_plain(header) for column in told for header in column.get("header", [])}
    if form["kind"] == "jsonl":
        lines = enumerate(content.decode("utf-8").split("\n"), 1)
        return {number: (_message(line, known),) for number, line in lines if line.strip()}
    if form["kind"] == "csv":
        text = content.decode(form.get("encoding", "utf-8")).removeprefix("\ufeff")
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=form.get("delimiter", ",")))
    else:
        table = _workbook(content, form.get("sheet")) if content[:2] == b"PK" else _page(content)
    begin = form.get("header_row", 1) + form.get("header_rows", 1) - 1
    kept = [place for place, name in enumerate(_heads(table[:begin], form)) if name in known]
    plain = {number: list(map(_plain, row)) for number, row in enumerate(table, 1) if number > begin}
    whole = {n: row for n, row in plain.items() if any(row) and not _is_total(row, form.get("footer", []))}
    return {number: tuple(row[place] for place in kept if place < len(row)) for number, row in whole.items()}


def _heads(above: list[list[str]], form: dict[str, Any]) -> list[str]:
    """The name of each column; of two rows of heads `upper/lower`, an upper one standing for those that follow."""
    if form.get("header_rows", 1) == 1:
        return list(map(_plain, above[-1]))
    upper, lower, names = "", list(map(_plain, above[-1])), []
    for place, cell in enumerate(map(_plain, above[-2])):
        upper = cell or upper
        names.append(f"{upper}/{lower[place]}" if place < len(lower) and lower[place] else upper)
    return names


def _plain(cell: str) -> str:
    """Full-width digits and letters are the same cell written by another hand."""
    return unicodedata.normalize("NFKC", cell).strip(SPACE)


def _message(line: str, known: set[str]) -> str:
    members = {name: value for name, value in json.loads(line).items() if name in known}
    return json.dumps(members, sort_keys=True, ensure_ascii=False)


def _is_total(row: list[str], words: list[str]) -> bool:
    first = next((cell for cell in row if cell), "")
    return any(first.startswith(word) for word in words)


def _workbook(content: bytes, sheet: str | None) -> list[list[str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        shared = _shared(book)
        listed = ElementTree.fromstring(book.read("xl/workbook.xml")).findall(f"{CELLS}sheets/{CELLS}sheet")
        wanted = next((found for found in listed if found.get("name") == sheet), listed[0])
        links = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
        (target,) = [link.get("Target", "") for link in links if link.get("Id") == wanted.get(f"{LINKS}id")]
        rows = ElementTree.fromstring(book.read(f"xl/{target.removeprefix('/xl/')}")).iter(f"{CELLS}row")
        found = {int(row.get("r", "0")): _placed(row, shared) for row in rows}
    return [found.get(number, []) for number in range(1, max(found, default=0) + 1)]


def _shared(book: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    return ["".join(item.itertext()) for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))]


def _placed(row: ElementTree.Element, shared: list[str]) -> list[str]:
    """The cells of a row in their columns; blank ones are not in the file."""
    cells = {_column(cell.get("r", "A1")): _cell(cell, shared) for cell in row}
    return [cells.get(place, "") for place in range(max(cells, default=-1) + 1)]


def _column(reference: str) -> int:
    """`A1` is column 0, `AA7` column 26."""
    place = 0
    for letter in reference.rstrip("0123456789"):
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _cell(cell: ElementTree.Element, shared: list[str]) -> str:
    value = cell.findtext(f"{CELLS}v") or "".join(cell.itertext())
    return shared[int(value)] if cell.get("t") == "s" else value


class _Table(HTMLParser):
    """The cells of a page, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.is_in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        self.is_in_cell = tag in ("td", "th")
        if self.is_in_cell:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self.is_in_cell = False

    def handle_data(self, data: str) -> None:
        if self.is_in_cell:
            self.rows[-1][-1] += data


def _page(content: bytes) -> list[list[str]]:
    table = _Table()
    table.feed(content.decode("gb18030" if b"charset=gb18030" in content[:2000] else "utf-8"))
    return table.rows
