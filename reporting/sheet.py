"""Sheets of a workbook that are the same every time: typed columns, a frozen header, filters, set up for print."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any
from unicodedata import east_asian_width

from ingestion.errors import ContractError
from reporting.brief import Style

LONGEST_NAME, LONGEST_HEADER = 31, 255
NARROWEST, WIDEST, LINE = 7, 46, 15
A4, A3, FITS_A4 = 9, 8, 190  # wider sheets would print too small
WIDTHS: dict[Style, int] = {"points": 14, "date": 11, "relative": 9}
FONT, INK, HEAD, BAR = "Microsoft YaHei", "#1C2530", "#E9EEF4", "#A9C1D9"
FORMATS: dict[Style, str] = {
    "soft": "General",
    "count": '#,##0;"−"#,##0',
    "decimal": '#,##0.0;"−"#,##0.0',
    "rate": '0.0%;"−"0.0%',
    "relative": '+0.0%;"−"0.0%;0.0%',
    "points": '+0.0"{pp}";"−"0.0"{pp}";0.0"{pp}"',
    "date": "yyyy-mm-dd",
}
PLAIN: dict[str, Any] = {"font_name": FONT, "font_size": 10, "font_color": INK, "valign": "vcenter"}
# A spreadsheet that edits such a text would read it as a formula; the prefix keeps it text.
LOOKS_LIKE_A_FORMULA = tuple("=+-@\t\r\0＝＋－＠")  # OWASP ASVS 1.2.10


@dataclass(frozen=True)
class Field:
    """A column of a sheet. `is_folded` puts it into the closed group at the right end."""

    title: str
    style: Style = "text"
    has_bar: bool = False
    is_folded: bool = False


@dataclass(frozen=True)
class Link:
    """A text that leads to a cell of another sheet, such as `'Definitions'!A5`."""

    text: str
    target: str


@dataclass(frozen=True)
class Number:
    """A number with a style of its own, where those of a column differ."""

    number: Decimal
    style: Style


Value = str | Decimal | date | Link | Number | None


class Book:
    """A workbook in memory; the same content gives the same bytes."""

    def __init__(self, title: str, made: date, *, points: str, header: str) -> None:
        from datetime import datetime

        from xlsxwriter import Workbook

        self.buffer = BytesIO()
        options = dict.fromkeys(("strings_to_numbers", "strings_to_formulas", "strings_to_urls"), False)
        self.book = Workbook(self.buffer, {"in_memory": True, **options})
        self.book.set_properties({"title": title, "created": datetime(made.year, made.month, made.day)})
        self.points, self.header = points, header.replace("&", "&&")[:LONGEST_HEADER]
        self.names: list[str] = []
        self.formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def close(self) -> bytes:
        self.book.close()
        return self.buffer.getvalue()

    def name(self, title: str) -> str:
        """A valid sheet name that is not taken."""
        clean = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", title).strip(" '")[:LONGEST_NAME].rstrip(" '") or "–"
        name, n = clean, 1
        while name.casefold() in [*map(str.casefold, self.names), "history"]:
            n += 1
            name = f"{clean[: LONGEST_NAME - 1 - len(str(n))]} {n}"
        self.names.append(name)
        return name

    def look(self, **given: Any) -> Any:
        """A cell format, made once."""
        key = tuple(sorted(given.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({**PLAIN, **given})
        return self.formats[key]

    def page(self, name: str) -> Any:
        """An empty sheet, set up for print."""
        page = self.book.add_worksheet(name)
        page.set_landscape()
        page.set_paper(A4)
        page.fit_to_pages(1, 0)
        page.set_margins(0.5, 0.5, 0.7, 0.6)
        page.set_header(f"&L{self.header}")
        page.set_footer("&L&A&R&P / &N")
        page.hide_gridlines(2)
        return page

    def data(self, name: str, fields: Sequence[Field], rows: Sequence[Sequence[Value]]) -> None:
        """A sheet that is one table: header in the first row, no cell merged."""
        page = self.page(name)
        head = {"bold": True, "bg_color": HEAD, "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        widths = [_width(field, [_as_text(row[n]) for row in rows]) for n, field in enumerate(fields)]
        for place, (field, width) in enumerate(zip(fields, widths, strict=True)):
            side: dict[str, Any] = {"align": "right"} if field.style in FORMATS else {"indent": int(place > 0)}
            put(page, 0, place, field.title, self.look(**head, **side, **as_text(field.title)))
            page.set_column(place, place, width, None, {"level": 1, "hidden": True} if field.is_folded else {})
            if field.has_bar and rows:
                page.conditional_format(1, place, len(rows), place, data_bar(field.style))
        page.set_row(0, LINE * 1.6)
        for n, row in enumerate(rows, start=1):
            page.set_row(n, LINE * max(map(lines_of, map(_as_text, row), widths)))
            for place, (field, value) in enumerate(zip(fields, row, strict=True)):
                self.put(page, n, place, value, field.style)
        page.set_paper(A3 if sum(widths) > FITS_A4 else A4)
        page.freeze_panes(1, 0)
        page.repeat_rows(0)
        page.autofilter(0, 0, max(len(rows), 1), len(fields) - 1)

    def put(self, page: Any, row: int, place: int, value: Value, style: Style = "text", **look: Any) -> None:
        """A value by its type: a number or date in the format of its column, all else as text."""
        from datetime import datetime

        if isinstance(value, Number):
            self.put(page, row, place, value.number, value.style, **look)
        elif isinstance(value, Decimal):
            number, form = value * 100 if style == "points" else value, FORMATS.get(style, "General")
            page.write_number(row, place, float(number), self.look(num_format=form.format(pp=self.points), **look))
        elif isinstance(value, date):
            day = datetime(value.year, value.month, value.day)
            page.write_datetime(row, place, day, self.look(num_format=FORMATS["date"], **look))
        elif isinstance(value, Link):
            shape = self.look(font_color="#0B57A4", underline=1, text_wrap=True, **as_text(value.text), **look)
            page.write_url(row, place, f"internal:{value.target}", shape, value.text)
        elif value:
            put(page, row, place, value, self.look(text_wrap=True, indent=int(place > 0), **as_text(value), **look))


def as_text(value: str) -> dict[str, bool]:
    """The part of a look that keeps a text from becoming a formula when its cell is edited."""
    return {"quote_prefix": True} if value.startswith(LOOKS_LIKE_A_FORMULA) else {}


def put(page: Any, row: int, place: int, text: str, look: Any) -> None:
    """A text as a string; one that does not fit into a cell would be dropped without a word."""
    if page.write_string(row, place, text, look) != 0:
        raise ContractError(
            f"A text of {len(text)} characters does not fit into a cell of sheet {page.get_name()}.",
            next_step="shorten it at its source.",
        )


def data_bar(style: Style) -> dict[str, Any]:
    """Bars from zero; those of a rate end at 100 %."""
    bar = {"type": "data_bar", "bar_color": BAR, "bar_solid": True, "data_bar_2010": True}
    ends = {"min_type": "num", "min_value": 0, **({"max_type": "num", "max_value": 1} if style == "rate" else {})}
    return {**bar, **ends}


def width_of(text: str) -> int:
    """Columns that the longest line takes, a Chinese character two."""
    return max(
        (sum(2 if east_asian_width(c) in "WF" else 1 for c in line) for line in text.splitlines()),
        default=0,
    )


def lines_of(text: str, width: int) -> int:
    """Lines that a text takes in a column."""
    return max(1, sum(max(1, -(-width_of(line) // max(width - 2, 1))) for line in text.splitlines()))


def _width(field: Field, texts: list[str]) -> int:
    longest = max(map(width_of, [field.title, *texts])) + 3
    return min(max(longest, WIDTHS.get(field.style, NARROWEST)), WIDEST)


def quoted(name: str) -> str:
    """A sheet name inside a reference."""
    return "'" + name.replace("'", "''") + "'"


def _as_text(value: Value) -> str:
    if isinstance(value, Link):
        return value.text
    if isinstance(value, Decimal | Number):
        return f"{value.number if isinstance(value, Number) else value:,.1f}"
    return value.isoformat() if isinstance(value, date) else value or ""
