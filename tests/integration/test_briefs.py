"""Every kind of brief, for the city and a district, from a warehouse that dbt has built: the SQL of each table runs."""

from __future__ import annotations

import pytest
from duckdb import DuckDBPyConnection

from reporting.brief import Brief, Table
from reporting.compose import compose
from reporting.contents import DRAWN, contents_of
from reporting.gather import gather
from reporting.period import KINDS, Kind
from reporting.pictures import Ground
from reporting.table_spec import TABLES, table_spec
from reporting.tables import Found, TableReader

PERIODS: dict[Kind, str] = {
    "daily": "2026-01-31",
    "weekly": "2026-W04",
    "monthly": "2026-01",
    "quarterly": "2025-Q4",
    "season": "2025-26",
}
DISTRICT = "210211"


@pytest.mark.parametrize("area", ["", DISTRICT])
@pytest.mark.parametrize("kind", KINDS)
def test_a_brief_can_be_made_of_any_kind_and_area(
    released: DuckDBPyConnection, kind: Kind, area: str, caplog: pytest.LogCaptureFixture
) -> None:
    figures = gather(released, kind, PERIODS[kind]).for_area(area)
    tables = TableReader(released, contents_of(kind).tables).read(figures)
    brief = compose(figures, tables, Ground())
    assert caplog.messages == [], "a table reads what no model gives"
    assert [name for name, found in tables.items() if not (found.section or found.missing)] == []
    assert {section.name for section in brief.sections} - set(DRAWN) == {n for n, f in tables.items() if f.section}
    _rates_stand_on_a_basis(tables)
    _english_is_english(brief)


def _rates_stand_on_a_basis(tables: dict[str, Found]) -> None:
    for name in tables:
        kinds = [column.as_ for column in table_spec(name).columns.values()]
        assert "rate" not in kinds or "basis" in kinds or "count" in kinds, f"{name} shows a rate without its working"


def _english_is_english(brief: Brief) -> None:
    texts = [(s.name, t.en) for s in brief.sections for t in (s.title, s.note)]
    for section in brief.sections:
        for table in (block for block in section.blocks if isinstance(block, Table)):
            texts += [(section.name, cell.text.en) for row in table.rows for cell in row]
    texts += [("head", text.en) for text in (*brief.highlights, *brief.concerns)]
    assert [(name, text) for name, text in texts if any("\u4e00" <= c <= "\u9fff" for c in text)] == []


def test_every_table_stands_in_some_brief() -> None:
    used = {name for kind in KINDS for name in contents_of(kind).tables}
    assert {path.stem for path in TABLES.glob("*.yml")} == used
