"""What the site takes from a release: the experimental index never tells the incidents of which it is made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection

from reporting.site.values import Value, kpi_values, withheld_values
from tests.warehouse_fixture import make_settings
from warehouse.engine import connect

INDEX, CRIME, ORDER = "safety.peace_index", "safety.crime_yoy", "safety.order_yoy"
VALUES = """
CREATE SCHEMA marts; CREATE SCHEMA meta;
CREATE TABLE meta.kpi_dictionary AS FROM (VALUES ('{crime}', 'S02', 'change', {marked}),
    ('{order}', 'S02', 'change', {marked}), ('{index}', 'S03', 'score', {marked}))
    AS t (kpi_code, kpi_id, unit, is_sensitive);
CREATE TABLE marts.dim_area AS FROM (VALUES ('C', 'city', '市', 'City', NULL, NULL),
    ('A', 'district', '甲', 'A', 'C', 'A'), ('B', 'district', '乙', 'B', 'C', 'B'),
    ('D', 'district', '丙', 'D', 'C', 'D'))
    AS t (area_code, level, name_zh, name_en, parent_code, region_code);
CREATE TABLE counted AS FROM (VALUES ('C', 'city', 93, 90), ('A', 'region', 3, 30), ('B', 'region', 40, 30),
    ('D', 'region', 50, 30)) AS t (area_code, area_level, crime, public_order);
CREATE TABLE marts.fct_kpi_value AS
SELECT kpi_code, area_code, area_level, 'month' AS period_grain, DATE '2026-01-01' AS period_start,
    DATE '2026-01-31' AS period_end, TIMESTAMP '2026-02-01' AS as_of, now - 30 AS numerator, 30 AS denominator,
    0.1 AS value, now AS received_count, now AS counted_count, 0 AS excluded_count, 0 AS immature_count,
    '{{}}' AS excluded_by_reason, 0 AS open_not_due_count, 'ok' AS status, TRUE AS is_rankable, 'A' AS quality_grade
FROM (SELECT *, '{crime}' AS kpi_code, crime AS now FROM counted
    UNION ALL SELECT *, '{order}' AS kpi_code, public_order AS now FROM counted);
CREATE TABLE marts.fct_kpi_peace_index AS
SELECT '{index}' AS kpi_code, area_level, area_code, DATE '2026-01-01' AS month_start,
    crime + public_order + 4 AS incident_count, 20000 AS residents, 'ok' AS status, 61.5 AS value
FROM counted"""


@pytest.fixture(params=["TRUE", "NULL"], ids=["marked", "of an old release"])
def release(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DuckDBPyConnection]:
    with connect(":memory:", settings=make_settings(tmp_path)) as con:
        con.execute(VALUES.format(crime=CRIME, order=ORDER, index=INDEX, marked=request.param))
        if request.param == "NULL":
            con.execute("ALTER TABLE meta.kpi_dictionary DROP COLUMN is_sensitive")
        yield con


def index_of(con: DuckDBPyConnection) -> dict[str, Value]:
    told = withheld_values(con)
    found = [kpi_values(con, "city", told)[INDEX], kpi_values(con, "unit", told)[INDEX]]
    return {value.area_code: value for values in found for value in values}


def test_the_index_is_told_without_its_incidents(release: DuckDBPyConnection) -> None:
    """27 incidents less 22 of public order and a fire that are printed are the crimes that are not."""
    counts = {(value.numerator, value.denominator, value.counted) for value in index_of(release).values()}
    assert counts == {(None, None, None)}


def test_no_score_stands_where_a_class_of_it_is_withheld(release: DuckDBPyConnection) -> None:
    found = index_of(release)
    assert {code for code, value in found.items() if value.is_shown} == {"C", "D"}
    assert {(found[code].value, found[code].status) for code in "AB"} == {(None, "hidden")}
