"""A table drawn as lines: its first column is the slot, every other column a line with its title as the name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from reporting import format
from reporting.brief import LANGUAGES, Language, Picture, Text
from reporting.drawing import lines
from reporting.table_spec import TableSpec

TICKS = 10


def line_picture(spec: TableSpec, rows: list[dict[str, Any]], alt: Text) -> Picture:
    """The rows as a picture; they come in the order of their slots, NULL is a gap."""
    return Picture(Text(*(_drawn(spec, rows, language) for language in LANGUAGES)), alt)


def _drawn(spec: TableSpec, rows: list[dict[str, Any]], language: Language) -> str:
    slot, *names = spec.columns
    every = max(1, len(rows) // TICKS)
    return lines.draw(
        [
            lines.Line(
                getattr(spec.columns[name].title.text, language),
                tuple(None if row[name] is None else float(row[name]) for row in rows),
            )
            for name in names
        ],
        ticks=[(n, str(row[slot])) for n, row in enumerate(rows) if n % every == 0],
        written=lambda value, decimals: format.grouped(Decimal(str(value)), decimals),
        unit=getattr(spec.columns[slot].title.text, language),
        from_zero=True,
        is_count=all(spec.columns[name].as_ == "count" for name in names),
    )
