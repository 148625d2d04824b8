"""The cells of a table: each value printed once, with its bar, interval, light or sparkline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from reporting import format, words
from reporting.brief import Cell, Column, Style, Text, Tone
from reporting.changes import meets, tone
from reporting.romanise import english
from reporting.table_spec import As, ColumnSpec, TableSpec

Row = dict[str, Any]
DASH = words.same("–")
STYLES: dict[As, Style] = {
    "count": "count",
    "days": "count",
    "hours": "count",
    "decimal": "decimal",
    "temperature": "decimal",
    "rate": "rate",
    "points": "points",
    "relative": "relative",
    "date": "date",
    "basis": "soft",
    "spark": "spark",
}
PRINTED: dict[As, Callable[[Any], Text]] = {
    "count": lambda value: words.same(format.quantity(value)),
    "days": lambda value: words.same(format.grouped(value)),
    "hours": lambda value: words.same(format.grouped(value)),
    "decimal": lambda value: words.same(format.grouped(value, 1)),
    "temperature": lambda value: words.same(format.grouped(value, 1)),
    "rate": lambda value: words.same(format.rate(value)),
    "points": format.points,
    "relative": lambda value: words.same(format.relative(value)),
    "date": lambda value: words.same(value.isoformat()),
    "code": lambda value: words.same(str(value)),
}


def columns_of(spec: TableSpec) -> tuple[Column, ...]:
    """The columns as printed: one with a bar is two, the bar first."""
    columns = []
    for name, column in spec.columns.items():
        if column.bar:
            columns.append(Column(f"{name}_bar", words.same(""), "bar"))
        columns.append(Column(name, column.title.text, STYLES.get(column.as_, "text"), column.kpi))
    return tuple(columns)


def column_cells(column: ColumnSpec, key: str, rows: list[Row]) -> list[tuple[Cell, ...]]:
    """For each row the cells of one column: the printed one last, the bar before it where the column has one."""
    cells = [_cell(column, key, row) for row in rows]
    if not column.bar:
        return [(cell,) for cell in cells]
    longest = (
        Decimal(1)
        if column.as_ == "rate"
        else max((_number(row[key]) for row in rows if row[key] is not None), default=Decimal(0))
    )
    bars = [_bar(column, key, row, longest) for row in rows]
    return list(zip(bars, cells, strict=True))


def _cell(column: ColumnSpec, key: str, row: Row) -> Cell:
    if column.as_ == "text":
        return Cell(Text(row[f"{key}_zh"] or "–", row[f"{key}_en"] or "–"))
    if column.as_ == "basis":
        parts = (row[f"{key}_num"], row[f"{key}_den"])
        if parts == (None, None):
            return Cell(_why_none(key, row))
        return Cell(words.same(" / ".join("–" if part is None else format.quantity(part) for part in parts)))
    value = row[key]
    if column.as_ == "spark":
        return Cell(words.same(""), spark=spark_heights(value))
    if value is None:
        return Cell(_why_none(key, row))
    if column.as_ == "name":
        return Cell(Text(value, english(value, row.get(f"{key}_en"))))
    if column.as_ == "code":
        return Cell(words.same(str(value)))
    number = value if isinstance(value, date) else _number(value)
    verdict, mark = _judged(column, number, row)
    return Cell(PRINTED[column.as_](number), number, verdict, mark)


def _why_none(key: str, row: Row) -> Text:
    """The reason that the SQL gives for a value that is not there, or a dash."""
    return Text(row.get(f"{key}_why_zh") or DASH.zh, row.get(f"{key}_why_en") or DASH.en)


def _judged(column: ColumnSpec, value: Any, row: Row) -> tuple[Tone, str]:
    """The light of a value with a target, the direction of a change; no target, no light."""
    if column.as_ in ("points", "relative"):
        verdict = tone(value, column.direction)
        return verdict, words.MARKS[verdict]
    target = row[column.target] if isinstance(column.target, str) else column.target
    if target is None:
        return "none", ""
    return ("better", "✓") if meets(value, _number(target), column.direction) else ("worse", "▼")


def _bar(column: ColumnSpec, key: str, row: Row, longest: Decimal) -> Cell:
    def length(name: str) -> str:
        value = row[name] if name else None
        return "" if value is None or longest == 0 else percent(_number(value) / longest)

    return Cell(words.same(""), bar=length(key), low=length(column.low), high=length(column.high))


def percent(share: Decimal | None) -> str:
    """A length in percent of an axis from zero to one hundred; empty without a value."""
    return "" if share is None else str(format.half_up(min(max(share, Decimal(0)), Decimal(1)) * 100, 2))


def spark_heights(values: Sequence[Any] | None) -> tuple[str, ...]:
    """Heights in percent between the least and the largest; a gap stays a gap."""
    known = [_number(value) for value in values or [] if value is not None]
    if not values or len(known) < 2:
        return ()
    low, span = min(known), max(known) - min(known)

    def height(value: Any) -> str:
        return str(format.half_up((_number(value) - low) / span * 100, 1)) if span else "50.0"

    return tuple("" if value is None else height(value) for value in values)


def _number(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))
