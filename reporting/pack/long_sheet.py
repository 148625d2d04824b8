"""A workbook of long tables, written row by row in little memory; looks and guards are those of reporting/sheet.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from ingestion.errors import ContractError
from reporting.sheet import HEAD, LINE, LOOKS_LIKE_A_FORMULA, PLAIN, WIDEST, as_text, put, width_of

MOST_ROWS = 1_048_576
LOOKED_AT = 200  # rows by which the columns get their width
WIDTHS = {"number": 13, "date": 12, "moment": 17}
FORMATS = {"text": "General", "number": "General", "date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm"}


class LongBook:
    """The same content gives the same bytes: its date is that of the data."""

    def __init__(self, title: str, made: date, *, header: str) -> None:
        from xlsxwriter import Workbook

        self.buffer = BytesIO()
        options = dict.fromkeys(("strings_to_numbers", "strings_to_formulas", "strings_to_urls"), False)
        self.book = Workbook(self.buffer, {"constant_memory": True, **options})
        self.book.set_properties({"title": title, "created": datetime(made.year, made.month, made.day)})
        self.header = header.replace("&", "&&")
        self.looks = {kind: self.book.add_format({**PLAIN, "num_format": form}) for kind, form in FORMATS.items()}
        self.quoted = self.book.add_format({**PLAIN, "quote_prefix": True})

    def close(self) -> bytes:
        self.book.close()
        return self.buffer.getvalue()

    def text(self, name: str, lines: Iterable[tuple[str, ...]]) -> None:
        """A sheet to be read: the first line is its title."""
        page = self._page(name)
        page.set_column(0, 0, 30)
        page.set_column(1, 2, 70)
        for row, line in enumerate(lines):
            look = {**PLAIN, "text_wrap": True, "valign": "top", "bold": row == 0, "font_size": 14 if row == 0 else 10}
            for place, said in enumerate(line):
                if said:
                    put(page, row, place, said, self.book.add_format({**look, **as_text(said)}))

    def table(self, name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """A sheet that is one table, its columns as wide as its first rows ask for.

        Raises ContractError for more rows, or a longer text, than a spreadsheet holds.
        """
        page = self._page(name)
        head = self.book.add_format({**PLAIN, "bold": True, "bg_color": HEAD, "bottom": 1, "text_wrap": True})
        page.set_row(0, LINE * 2)
        page.freeze_panes(1, 0)
        page.repeat_rows(0)
        for place, said in enumerate(heads):
            put(page, 0, place, said, head)
        widths, last = [width_of(said) + 4 for said in heads], 0
        for last, values in enumerate(rows, start=1):
            if last >= MOST_ROWS:
                raise ContractError(
                    f"Sheet {name} would have more than {MOST_ROWS} rows.",
                    next_step="choose fewer in its SQL.",
                )
            for place, value in enumerate(values):
                if value is not None:
                    self._put(page, last, place, value)
                    if last <= LOOKED_AT:
                        widths[place] = max(widths[place], _width(value))
        for place, width in enumerate(widths):
            page.set_column(place, place, min(width, WIDEST))
        page.autofilter(0, 0, max(last, 1), len(heads) - 1)

    def _put(self, page: Any, row: int, place: int, value: Any) -> None:
        """A value by its type; text is never a formula, and one that is too long is refused, not dropped."""
        if isinstance(value, str):
            put(page, row, place, value, self.quoted if value.startswith(LOOKS_LIKE_A_FORMULA) else self.looks["text"])
        elif isinstance(value, bool):
            page.write_boolean(row, place, value, self.looks["text"])
        elif isinstance(value, Decimal | int | float):
            page.write_number(row, place, float(value), self.looks["number"])
        else:
            page.write_datetime(row, place, value, self.looks[_kind(value)])

    def _page(self, name: str) -> Any:
        page = self.book.add_worksheet(name)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.set_header(f"&L{self.header}")
        page.set_footer("&L&A&R&P / &N")
        page.hide_gridlines(2)
        return page


def _width(value: Any) -> int:
    return width_of(value) + 2 if isinstance(value, str) else WIDTHS[_kind(value)]


def _kind(value: Any) -> str:
    if isinstance(value, datetime):
        return "moment"
    return "date" if isinstance(value, date) else "number"
