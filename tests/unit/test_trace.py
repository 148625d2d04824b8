"""What `citypulse trace` answers to a name: of a KPI, of a column, and of neither."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from citypulse.trace import trace
from ingestion.errors import ContractError
from ingestion.settings import Settings
from tests.warehouse_fixture import make_settings


def node(name: str, sql: str, *inputs: str) -> dict[str, Any]:
    return {
        "name": name, "alias": name, "schema": "marts", "resource_type": "model", "package_name": "city",
        "fqn": ["city", "marts", name], "raw_code": sql, "compiled_code": sql, "language": "sql",
        "depends_on": {"nodes": list(inputs)}, "columns": {}, "original_file_path": f"models/{name}.sql",
    }  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home where dbt built one table, of a feed's days."""
    settings = make_settings(tmp_path)
    source = {"schema": "landing", "name": "feed", "identifier": "feed", "columns": {"day": {}, "numerator": {}}}
    sql = "select day, numerator, numerator + 1 as denominator from governance.landing.feed"
    graph = {
        "metadata": {"project_name": "city"},
        "nodes": {"model.city.daily": node("daily", sql, "source.city.landing.feed")},
        "sources": {"source.city.landing.feed": source},
    }
    manifest = settings.warehouse / "dbt_target" / "manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(json.dumps(graph), encoding="utf-8")
    return settings


@pytest.mark.parametrize("name", ["daily.numerator", "marts.daily.numerator", "Daily.NUMERATOR"])
def test_a_column_is_found_with_or_without_its_schema_in_any_case(settings: Settings, name: str) -> None:
    found = trace(settings, name)
    assert found["title"].startswith("marts.daily.numerator")
    assert found["thread"]["delivered"] == ["landing.feed.numerator"]


@pytest.mark.parametrize(
    ("column", "named"), [("numertor", "choose among numerator."), ("qq", "choose among day, numerator, denominator.")]
)
def test_of_a_known_table_the_columns_are_named(settings: Settings, column: str, named: str) -> None:
    with pytest.raises(ContractError) as refused:
        trace(settings, f"daily.{column}")
    assert str(refused.value) == f"marts.daily has no column {column!r}. Next step: {named}"


def test_a_kpi_is_found_by_code_and_number_in_any_case(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    titles = {trace(settings, name)["title"] for name in ("grid.on_time_rate", "Grid.On_Time_Rate", "G03", "g03")}
    assert len(titles) == 1
    assert titles.pop().startswith("grid.on_time_rate (G03)")


def test_what_is_nearly_a_name_is_told_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="Neither a feed, a KPI nor a column") as refused:
        trace(make_settings(tmp_path), "grid.ontime_rate")
    assert "choose among grid.on_time_rate" in refused.value.next_step
    assert "heating" not in refused.value.next_step
