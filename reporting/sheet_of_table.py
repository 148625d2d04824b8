"""A table of the brief as typed columns: numbers as numbers, and what is printed where the number alone says less."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reporting.brief import Cell, Column, Language, Style, Table, Text
from reporting.sheet import Field, Value
from reporting.words_of_office import HEADS

NO_WORDS = ("", "–")
DRAWN: tuple[Style, ...] = ("bar", "spark")
PLAIN: tuple[Style, ...] = ("text", "soft")

FieldAndValues = tuple[Field, list[Value]]


def typed(table: Table, language: Language) -> tuple[list[Field], list[list[Value]]]:
    """All rows of a table; what is only drawn has no column, but a bar and its interval go to the numbers beside it."""
    shown = list(_fields(table, language))
    # What merely repeats a number as it is printed stands folded at the end.
    shown.sort(key=lambda pair: pair[0].is_folded)
    fields = [field for field, _ in shown]
    rows = [list(row) for row in zip(*(values for _, values in shown), strict=True)]
    if not rows:
        rows = [[getattr(table.empty, language), *[None] * (len(fields) - 1)]]
    return fields, rows


def _fields(table: Table, language: Language) -> Iterator[FieldAndValues]:
    bars: Sequence[Cell] = ()
    for column, cells in zip(table.columns, _turned(table), strict=True):
        if column.style == "bar":
            bars = cells
        elif column.style not in DRAWN:
            is_number = any(cell.number is not None for cell in cells)
            yield from _column(column, cells, bars or cells, language)
            bars = () if is_number else bars


def _turned(table: Table) -> list[list[Cell]]:
    return [[row[place] for row in table.rows] for place in range(len(table.columns))]


def _column(column: Column, cells: list[Cell], bars: Sequence[Cell], language: Language) -> Iterator[FieldAndValues]:
    title = getattr(column.title, language)
    printed: list[Value] = [printed_of(cell, language) for cell in cells]
    if all(cell.number is None for cell in cells):
        yield Field(title), printed
        return
    yield Field(title, column.style, has_bar=any(cell.bar for cell in bars)), [cell.number for cell in cells]
    if column.style == "rate":
        yield from _interval(bars, title, language)
    if column.style not in PLAIN or _says_more(cells, language):
        field = Field(named(title, HEADS["printed"], language), is_folded=not _says_more(cells, language))
        yield field, printed


def _says_more(cells: list[Cell], language: Language) -> bool:
    """A mark, or a word in place of a number."""
    return any(c.mark or (c.number is None and getattr(c.text, language) not in NO_WORDS) for c in cells)


def _interval(bars: Sequence[Cell], title: str, language: Language) -> Iterator[FieldAndValues]:
    """The ends of an interval, which bars hold in percent."""
    from decimal import Decimal

    for end in ("low", "high"):
        ends = [getattr(bar, end) for bar in bars]
        if any(ends):
            values: list[Value] = [Decimal(text) / 100 if text else None for text in ends]
            yield Field(named(title, HEADS[end], language), "rate"), values


def printed_of(cell: Cell, language: Language) -> str:
    return " ".join(filter(None, (cell.mark, getattr(cell.text, language))))


def named(title: str, what: Text, language: Language) -> str:
    return f"{title}（{what.zh}）" if language == "zh" else f"{title} ({what.en.lower()})"
