"""The tables of an HTML page as rows of text: many a system's `.xls` is such a page under another name."""

from __future__ import annotations

import codecs
import re
from html.parser import HTMLParser

Table = list[list[str]]
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
CHINESE = {"gb2312", "gbk", "x-gbk", "cp936", "gb18030"}
BLANKS = re.compile(r"[ \t\r\n\f]+")
MOST_COLUMNS, MOST_ROWS = 1_000, 65_534  # the limits that HTML itself sets to a span
MOST_SPANNED = 5_000_000  # cells that stand in a page only because another one spans them


def page_text(data: bytes) -> str | None:
    """The page decoded strictly: by its byte order mark, by what it declares, or by trial; None if nothing fits."""
    boms = [encoding for bom, encoding in BOMS if data.startswith(bom)]
    declared = CHARSET.search(data[:4096])
    name = declared[1].decode("ascii", "replace").lower() if declared else ""
    first = "gb18030" if name in CHINESE else "utf-8"
    for encoding in boms or [first, "utf-8", "gb18030"]:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def read_tables(page: str) -> tuple[list[Table], int]:
    """All tables of the page in the order in which they end, and how many of the last were never closed.

    A cell that spans stands in each place it covers. Raises ValueError for a script or style that swallows the rest.
    """
    parser = _Parser()
    parser.feed(page)
    parser.close()
    if parser.cdata_elem is not None:
        raise ValueError("a script or style is never closed")
    unclosed = len(parser.open)
    while parser.open:
        parser.end_table()
    return parser.tables, unclosed


class _Grid:
    """One table while it is being read."""

    def __init__(self) -> None:
        self.rows: Table = []
        self.row: list[str] | None = None
        self.cell: list[str] | None = None
        self.spans = (1, 1)
        self.carried: dict[int, tuple[int, str]] = {}  # column -> (rows it still reaches into, text)
        self.spanned = 0

    def begin_row(self) -> None:
        self.end_row()
        self.row = []

    def begin_cell(self, rows: int, columns: int) -> None:
        self.end_cell()
        if self.row is None:
            self.row = []
        self.cell, self.spans = [], (rows, columns)

    def end_cell(self) -> None:
        if self.cell is None or self.row is None:
            return
        text = "".join(self.cell).strip(" ")
        self._take_carried()
        rows, columns = self.spans
        self._count(columns - 1)
        for _ in range(columns):
            if rows > 1:
                self.carried[len(self.row)] = (rows - 1, text)
            self.row.append(text)
        self.cell = None

    def end_row(self) -> None:
        self.end_cell()
        if self.row is None:
            return
        begun = len(self.row)
        while later := [column for column in self.carried if column >= begun]:
            self.row += [""] * (min(later) - len(self.row))
            self._take_carried()
            begun = len(self.row)
        self.rows.append(self.row)
        self.row = None

    def _take_carried(self) -> None:
        """Cells that reach down from the rows above, at the place that has come."""
        while self.row is not None and (column := len(self.row)) in self.carried:
            left, text = self.carried.pop(column)
            self.row.append(text)
            self._count(1)
            if left > 1:
                self.carried[column] = (left - 1, text)

    def _count(self, cells: int) -> None:
        self.spanned += cells
        if self.spanned > MOST_SPANNED:
            raise MemoryError("its spans cover too many cells")


class _Parser(HTMLParser):
    """Collects tables, also nested ones; text outside of cells, scripts and styles is let go."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[Table] = []
        self.open: list[_Grid] = []
        self.silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent = tag in ("script", "style")
        if tag == "table":
            self.open.append(_Grid())
        elif not self.open:
            return
        elif tag == "tr":
            self.open[-1].begin_row()
        elif tag in ("td", "th"):
            spans = dict(attrs)
            rows, columns = _span(spans.get("rowspan"), MOST_ROWS), _span(spans.get("colspan"), MOST_COLUMNS)
            self.open[-1].begin_cell(rows, columns)
        elif tag == "br" and (cell := self.open[-1].cell) is not None:
            cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.silent = False
        if not self.open:
            return
        if tag == "table":
            self.end_table()
        elif tag == "tr":
            self.open[-1].end_row()
        elif tag in ("td", "th"):
            self.open[-1].end_cell()

    def handle_data(self, data: str) -> None:
        if self.open and not self.silent and (cell := self.open[-1].cell) is not None:
            cell.append(BLANKS.sub(" ", data))

    def end_table(self) -> None:
        grid = self.open.pop()
        grid.end_row()
        self.tables.append(grid.rows)


def _span(value: str | None, most: int) -> int:
    """A span as the page says it; `0` is "to the end", nonsense is 1."""
    number = int(value) if value and value.isascii() and value.isdigit() and len(value) < 9 else 1
    return min(number or most, most)
