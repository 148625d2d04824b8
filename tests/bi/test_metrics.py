"""Every published figure a second time: by MetricFlow's own compiler, from the rows, and nothing may differ.

The marts sum contributions by `roll_up`, keep cells from build to build and divide by `safe_ratio`; a metric is a
measure, a filter and a division of MetricFlow's making. The KPIs of the hotline are summed from single cases.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator

import pytest
from duckdb import DuckDBPyConnection
from metricflow_semantics.errors.error_classes import InvalidQueryException

from ingestion.settings import PROJECT_ROOT, Settings
from tests.bi.metric_sql import Metrics
from warehouse.engine import connect

LEVELS = {"city": None, "region": "region", "district": "district", "street": "street"}
# By day a change is asked for by the day of its cases: as a metric it has no day, for 29 February counts in its month.
DAY = {"case_month": "hotline_case__case_date__day"}
BY_DAY = {"case", "case_month", "day", "last_day", "station"}
# A quotient of doubles is brought back to the decimal it stands for before it is rounded half up, as in the marts.
ROUNDED = "cast(cast({} as decimal(38, 14)) as decimal(18, 8))"


def source_rows() -> dict[str, str]:
    with (PROJECT_ROOT / "dbt_project" / "metric_source.csv").open(encoding="utf-8", newline="") as stream:
        return {row["kpi_code"]: row["rows"] for row in csv.DictReader(stream) if row["rows"]}


@pytest.fixture(scope="module")
def metrics(released_city: Settings) -> Metrics:
    return Metrics(released_city.warehouse / "dbt_target" / "semantic_manifest.json")


@pytest.fixture(scope="module")
def measured(
    released_city: Settings, metrics: Metrics, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DuckDBPyConnection]:
    """A copy of the warehouse with the table `measured`: what MetricFlow makes of every KPI, area and period."""
    copy = tmp_path_factory.mktemp("metrics") / released_city.warehouse_db.name
    shutil.copyfile(released_city.warehouse_db, copy)
    with connect(copy, settings=released_city) as warehouse:
        warehouse.execute(
            "CREATE TABLE measured (kpi_code VARCHAR, period_grain VARCHAR, area_level VARCHAR, area_code VARCHAR, "
            "period_start DATE, value DECIMAL(18, 8))"
        )
        for kpi_code, rows in source_rows().items():
            if rows == "figure":  # of no area and no month: by its class below
                continue
            for level, entity in LEVELS.items():
                for grain in ("month", "day") if rows in BY_DAY else ("month",):
                    warehouse.execute(f"INSERT INTO measured {cells(metrics, kpi_code, rows, level, entity, grain)}")
        yield warehouse


def cells(metrics: Metrics, kpi_code: str, rows: str, level: str, entity: str | None, grain: str) -> str:
    """The SQL of one metric at one level and grain, as rows of `measured`. Areas are asked for by their codes."""
    time = DAY.get(rows, "metric_time__day") if grain == "day" else "metric_time__month"
    name = metrics.by_kpi[kpi_code]
    area = entity or "(SELECT area_code FROM marts.dim_area WHERE level = 'city')"
    compiled = metrics.sql(name, time, *([entity] if entity else []))
    return (
        f"SELECT '{kpi_code}', '{grain}', '{level}', {area}, {time}, {ROUNDED.format(name)} "
        f"FROM ({compiled}) WHERE {area} IS NOT NULL"
    )


# What the marts say. Where a rule withholds a figure its working stands, and that must agree.
PUBLISHED = f"""
    SELECT
        kpi_code, period_grain, area_level, area_code, period_start,
        coalesce(value, {ROUNDED.format("cast(numerator AS DOUBLE) / nullif(cast(denominator AS DOUBLE), 0)")}) AS value
    FROM marts.fct_kpi_value
    WHERE kpi_code IN (SELECT kpi_code FROM measured)"""
# What the marts leave out by rule: what lies after the data, streets by day, and a change on a day when nothing came
# this year, which is -1 and nothing else.
ASKED = """
    SELECT measured.* FROM measured
    JOIN meta.kpi_dictionary AS kpi USING (kpi_code)
    JOIN marts.dim_feed AS feed USING (feed)
    WHERE period_start <= feed.as_of
        AND NOT (period_grain = 'day' AND area_level = 'street' AND smallest_day_area <> 'street')
        AND NOT (period_grain = 'day' AND unit = 'change' AND value = -1)"""
CELL = "kpi_code, period_grain, area_level, area_code, period_start"
DIFFERENT = f"""
    SELECT {CELL}, published.value, asked.value
    FROM ({PUBLISHED}) AS published FULL JOIN ({ASKED}) AS asked USING ({CELL})
    WHERE published.value IS DISTINCT FROM asked.value
    ORDER BY ALL"""


def test_every_published_figure_is_what_its_metric_says(measured: DuckDBPyConnection) -> None:
    assert measured.execute(f"{DIFFERENT} LIMIT 20").fetchall() == [], "KPI, grain, level, area, period: mart, metric"


def test_no_kpi_is_compared_by_nothing(measured: DuckDBPyConnection) -> None:
    shared = f"SELECT DISTINCT kpi_code FROM ({PUBLISHED}) SEMI JOIN ({ASKED}) USING ({CELL}, value)"
    seen = {kpi_code for (kpi_code,) in measured.execute(shared).fetchall()}
    assert seen == {code for code, rows in source_rows().items() if rows != "figure"}


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param("UPDATE marts.fct_kpi_value SET value = value + 0.00000001", id="the eighth decimal"),
        pytest.param("DELETE FROM marts.fct_kpi_value", id="a cell that is missing in the mart"),
        pytest.param("DELETE FROM measured", id="a cell that only the mart has"),
    ],
)
def test_one_wrong_cell_is_named(measured: DuckDBPyConnection, harm: str) -> None:
    cell = ("hotline.on_time_rate", "month", "region")
    own = "kpi_code = ? AND period_grain = ? AND area_level = ?"
    select = f"SELECT area_code, period_start FROM measured WHERE {own} AND value IS NOT NULL ORDER BY ALL LIMIT 1"
    (place,) = measured.execute(select, cell).fetchall()
    measured.execute("BEGIN")
    try:
        measured.execute(f"{harm} WHERE {own} AND area_code = ? AND period_start = ?", [*cell, *place])
        assert [row[:5] for row in measured.execute(DIFFERENT).fetchall()] == [(*cell, *place)]
    finally:
        measured.execute("ROLLBACK")


def test_a_figure_of_published_figures_is_what_its_metric_says(measured: DuckDBPyConnection, metrics: Metrics) -> None:
    """Of no area and no month: by class, and of all classes together."""
    name = metrics.by_kpi["quality.figure_reproduction_rate"]
    by_class = metrics.sql(name, "published_figure__figure_class")
    asked = measured.execute(f"FROM ({by_class}) UNION ALL SELECT NULL, * FROM ({metrics.sql(name)})").fetchall()
    published = measured.execute("SELECT figure_class, value FROM marts.fct_kpi_figure_reproduction").fetchall()
    assert {key: value and round(value, 8) for key, value in asked} == {
        key: value and float(value) for key, value in published
    }
    assert any(value is not None for _, value in published)


def test_a_metric_can_be_asked_by_what_no_mart_holds(measured: DuckDBPyConnection, metrics: Metrics) -> None:
    """On-time rate by category and region, from the flags of the cases themselves."""
    asked = metrics.sql("hotline_on_time_rate", "case_id__category_name", "region__name_zh")
    plain = """
        SELECT category_name, area.name_zh, avg(CAST(is_on_time AS INT))
        FROM marts.fct_case
        JOIN marts.kpi_hotline_case AS counted ON counted.row_id = case_id
        LEFT JOIN marts.dim_area AS area ON area.area_code = counted.region_code
        WHERE kpi_code = 'hotline.on_time_rate' AND excluded_reason IS NULL AND NOT is_immature
        GROUP BY ALL"""
    expected = measured.execute(plain).fetchall()
    assert len(expected) > 10
    found = {(category, region): share for category, region, share in measured.execute(asked).fetchall()}
    assert {key: share for key, share in found.items() if share is not None} == pytest.approx(
        {(category, region): share for category, region, share in expected}
    )


@pytest.mark.parametrize("kpi_code", [code for code, rows in source_rows().items() if "month" in rows])
def test_a_metric_of_months_has_no_day(metrics: Metrics, kpi_code: str) -> None:
    with pytest.raises(InvalidQueryException, match="metric_time__month"):
        metrics.sql(metrics.by_kpi[kpi_code], "metric_time__day")


def typed(page: str) -> list[str]:
    text = (PROJECT_ROOT / "docs" / page).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.startswith("mf query")]


def test_both_pages_name_the_same_queries() -> None:
    assert typed("metrics.md") == typed("metrics.zh-CN.md")


@pytest.mark.parametrize("command", typed("metrics.md"))
def test_a_query_of_the_page_has_an_answer(measured: DuckDBPyConnection, metrics: Metrics, command: str) -> None:
    rows = measured.execute(metrics.sql_of(command)).fetchall()
    assert any(None not in row for row in rows), command
