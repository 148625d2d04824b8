"""One figure followed back through every room: feeds, models, tests and definition."""

from __future__ import annotations

import pytest

from citypulse.trace import trace
from ingestion.errors import ContractError
from tests.integration.conftest import DbtRun


def test_a_kpi_shows_its_feeds_models_tests_and_definition(dbt_run: DbtRun) -> None:
    thread = trace(dbt_run.settings, "hotline.on_time_rate")["thread"]
    assert [line.split(":")[0] for line in thread["feed"]] == ["hotline_city", "hotline_city_event"]
    assert "due cohort" in thread["definition"][1]
    models = {layer: [line.split(":")[0] for line in thread[layer]] for layer in ("staging", "marts", "kpi")}
    assert models["staging"] == ["stg_hotline_city", "stg_hotline_city_event"]
    assert {"fct_case", "fct_sla_clock"} <= set(models["marts"])
    assert models["kpi"] == ["kpi_hotline", "fct_kpi_cell", "fct_kpi_value"]
    assert "kpi_hotline__waterfall_closes" in thread["data tests"]
    assert any(name.startswith("kpi_hotline__") for name in thread["unit tests"])
    assert thread["metric"] == ["hotline_on_time_rate"]
    assert {"治理月报 / Monthly governance brief", "静态网站 / Static site"} <= set(thread["read by"])


def test_another_kpi_has_another_thread(dbt_run: DbtRun) -> None:
    thread = trace(dbt_run.settings, "G03")["thread"]
    assert [line.split(":")[0] for line in thread["staging"]] == ["stg_grid_event"]
    assert "kpi_grid" in [line.split(":")[0] for line in thread["kpi"]]
    assert not any("hotline" in name for name in thread["unit tests"])


def test_a_column_goes_back_to_the_header_of_the_delivery(dbt_run: DbtRun) -> None:
    found = trace(dbt_run.settings, "fct_points_month.account_count")
    assert found["title"].startswith("marts.fct_points_month.account_count  账户数")
    thread = found["thread"]
    assert thread["delivered"] == ["landing.capacity_points_entry.account_token from 账户电话, personal data (token)"]
    assert [line.split(":")[0] for line in thread["staging"]] == ["staging.stg_capacity_points_entry.account_token"]
    assert thread["marts"][-1].startswith(
        "marts.fct_points_month.account_count: aggregated intermediate.int_points_line"
    )


def test_an_unknown_column_is_refused(dbt_run: DbtRun) -> None:
    with pytest.raises(ContractError, match="fct_points_month has no column 'nothing'"):
        trace(dbt_run.settings, "fct_points_month.nothing")
