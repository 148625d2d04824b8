"""The KPI dictionary as the site reads it: one entry for each KPI, in the order of the families."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from reporting.brief import Text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FAMILIES = {
    "hotline": Text("热线", "Hotline"),
    "heating": Text("供热", "Heating"),
    "grid": Text("网格", "Grids"),
    "mediation": Text("调解", "Mediation"),
    "safety": Text("平安", "Safety"),
    "property": Text("物业", "Property"),
    "capacity": Text("社区与能力", "Communities and capacity"),
    "quality": Text("数据质量", "Data quality"),
}
ENTRIES = """
SELECT kpi_code, kpi_id, family, feed, name_zh, name_en, unit, direction, formula_zh, formula_en, owner_zh, owner_en,
       target, coalesce(target_source_zh, ''), min_base, min_cell_show, min_cell_rank, table_name, method_version,
       coalesce(source, ''), over_time
FROM meta.kpi_dictionary ORDER BY kpi_id, kpi_code"""


@dataclass(frozen=True)
class Entry:
    """One KPI. `source` and `target_source` are citations, in the language of what they cite."""

    code: str
    kpi_id: str
    family: str
    feed: str
    name: Text
    unit: str
    direction: str
    formula: Text
    owner: Text
    target: Decimal | None
    target_source: str
    min_base: int | None
    min_cell_show: int | None
    min_cell_rank: int | None
    table: str
    method: str
    source: str
    over_time: str

    @property
    def page(self) -> str:
        return f"kpi/{self.code}"


def read_dictionary(con: DuckDBPyConnection) -> list[Entry]:
    entries = [_entry(row) for row in con.execute(ENTRIES).fetchall()]
    order = list(FAMILIES)
    return sorted(entries, key=lambda entry: order.index(entry.family) if entry.family in FAMILIES else len(order))


def family_name(family: str) -> Text:
    return FAMILIES.get(family, Text(family, family))


def _entry(row: tuple[Any, ...]) -> Entry:
    code, kpi_id, family, feed, name_zh, name_en, unit, direction, *rest = row
    formula_zh, formula_en, owner_zh, owner_en, target, target_source, base, show, rank, *last = rest
    table, method, source, over_time = last
    return Entry(
        code=code,
        kpi_id=kpi_id,
        family=family,
        feed=feed,
        name=Text(name_zh, name_en),
        unit=unit,
        direction=direction,
        formula=Text(formula_zh, formula_en),
        owner=Text(owner_zh, owner_en),
        target=None if target is None else target + Decimal(0),  # 0E-8 is 0
        target_source=target_source,
        min_base=base,
        min_cell_show=show,
        min_cell_rank=rank,
        table=table,
        method=method,
        source=source,
        over_time=over_time,
    )
