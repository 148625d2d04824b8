"""Invented rows for every table of a brief: what its file says it prints, without a release and without its SQL.

So the pages of all kinds can be drawn, searched and compared, and no change of a model changes the picture.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from reporting.brief import Section, Table, Text
from reporting.cells import column_cells, columns_of
from reporting.contents import contents_of
from reporting.figures import Figures
from reporting.line_table import line_picture
from reporting.table_spec import ColumnSpec, TableSpec, table_spec
from reporting.tables import Found

ROWS, SLOTS = 12, 60
NAMES = ("甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸", "子", "丑")
DAY = date(2026, 1, 31)


def invented_tables(figures: Figures) -> dict[str, Found]:
    """All tables of the kind, each with a dozen rows."""
    names = contents_of(figures.period.kind).tables
    specs = {name: table_spec(name) for name in names}
    return {
        name: _found(name, spec, place)
        for place, (name, spec) in enumerate(specs.items())
        if figures.is_city or not spec.only.city
    }


def _found(name: str, spec: TableSpec, place: int) -> Found:
    rows = [_row(spec, n, place) for n in range(SLOTS if spec.picture else ROWS)]
    cells = [column_cells(column, key, rows) for key, column in spec.columns.items()]
    flat = tuple(tuple(cell for group in row for cell in group) for row in zip(*cells, strict=True))
    table = Table(columns_of(spec), flat, spec.empty.text, limit=spec.limit)
    block = line_picture(spec, rows, spec.title.text) if spec.picture else table
    section = Section(name, spec.title.text, Text("", ""), (block,), spec.width)
    return Found(section, kpis=tuple(column.kpi for column in spec.columns.values() if column.kpi))


def _row(spec: TableSpec, n: int, place: int) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for number, (key, column) in enumerate(spec.columns.items()):
        seed = 7 * n + 13 * number + 5 * place
        row |= _values(key, column, n, seed)
        for extra in (column.low, column.high, column.target):
            if isinstance(extra, str) and extra:
                row.setdefault(extra, Decimal("0.9"))
    return row


def _values(key: str, column: ColumnSpec, n: int, seed: int) -> dict[str, Any]:
    rate = Decimal(950 - seed % 400) / 1000
    if column.low:
        return {key: rate, column.low: rate - Decimal("0.04"), column.high: rate + Decimal("0.03")}
    found: dict[str, dict[str, Any]] = {
        "name": {key: f"示例{NAMES[n % len(NAMES)]}", f"{key}_en": f"Example {n + 1}"},
        "text": {f"{key}_zh": f"类别{NAMES[seed % len(NAMES)]}", f"{key}_en": f"Class {seed % len(NAMES) + 1}"},
        "code": {key: f"X{seed:04}"},
        "basis": {f"{key}_num": 9000 - 37 * seed, f"{key}_den": 10000 - 11 * seed},
        "spark": {key: [float((seed * m * m) % 97) if (m + n) % 7 else None for m in range(12)]},
        "date": {key: DAY - timedelta(days=seed % 40)},
        "rate": {key: rate},
        "points": {key: Decimal(seed % 90 - 45) / 1000},
        "relative": {key: Decimal(seed % 90 - 45) / 100},
        "count": {key: n + 1 if seed % 3 == 0 else 1200 - 31 * (seed % 30)},
    }
    return found.get(column.as_, {key: Decimal(200 - seed % 170) / 10})
