"""A table of the brief as typed columns: numbers as numbers, and what is printed where the number alone says less."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from reporting.brief import Cell, Column, Style, Table, Text
from reporting.sheet import Field, Value
from reporting.words_of_office import HEADS

NO_WORDS = ("", "–")
DRAWN: tuple[Style, ...] = ("bar", "spark")
PLAIN: tuple[Style, ...] = ("text", "soft")

Say = Callable[[Text], str]
FieldAndValues = tuple[Field, list[Value]]


def typed(table: Table, say: Say) -> tuple[list[Field], list[list[Value]]]:
    """All rows of a table; what is only drawn has no column, but a bar and its interval go to the numbers beside it."""
    # What merely repeats a number as it is printed stands folded at the end.
    shown = sorted(_fields(table, say), key=lambda pair: pair[0].is_folded)
    fields = [field for field, _ in shown]
    rows = [list(row) for row in zip(*(values for _, values in shown), strict=True)]
    return fields, rows or [[say(table.empty), *[None] * (len(fields) - 1)]]


def _fields(table: Table, say: Say) -> Iterator[FieldAndValues]:
    bars: Sequence[Cell] = ()
    for place, column in enumerate(table.columns):
        cells = [row[place] for row in table.rows]
        if column.style == "bar":
            bars = cells
        elif column.style not in DRAWN:
            yield from _column(column, cells, bars or cells, say)
            bars = () if any(cell.number is not None for cell in cells) else bars


def _column(column: Column, cells: list[Cell], bars: Sequence[Cell], say: Say) -> Iterator[FieldAndValues]:
    title, printed = say(column.title), [printed_of(cell, say) for cell in cells]
    if all(cell.number is None for cell in cells):
        yield Field(title), list(printed)
        return
    yield Field(title, column.style, has_bar=any(cell.bar for cell in bars)), [cell.number for cell in cells]
    if column.style == "rate":
        yield from _interval(bars, title, say)
    says_more = any(cell.mark or (cell.number is None and say(cell.text) not in NO_WORDS) for cell in cells)
    if column.style not in PLAIN or says_more:
        yield Field(named(title, HEADS["printed"], say), is_folded=not says_more), list(printed)


def _interval(bars: Sequence[Cell], title: str, say: Say) -> Iterator[FieldAndValues]:
    """The ends of an interval, which bars hold in percent."""
    for end in ("low", "high"):
        ends = [getattr(bar, end) for bar in bars]
        if any(ends):
            values: list[Value] = [Decimal(text) / 100 if text else None for text in ends]
            yield Field(named(title, HEADS[end], say), "rate"), values


def printed_of(cell: Cell, say: Say) -> str:
    return " ".join(filter(None, (cell.mark, say(cell.text))))


def named(title: str, what: Text, say: Say) -> str:
    """A head with what the column holds of it."""
    return f"{title}{say(Text(f'（{what.zh}）', f' ({what.en.lower()})'))}"
