"""The SQL of the daily and weekly tables, run on small invented tables in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from reporting.table_spec import table_spec
from tests.warehouse_fixture import make_settings
from warehouse.engine import connect

Row = dict[str, Any]
COLUMNS = {
    "dim_area": "area_code VARCHAR, level VARCHAR, name_zh VARCHAR, name_en VARCHAR, region_code VARCHAR",
    "dim_date": """date_day DATE, iso_weekday BIGINT, is_workday BOOLEAN, workday_count BIGINT, heating_season VARCHAR,
        season_day_count BIGINT""",
    "dim_issue_category": "level BIGINT, name_zh VARCHAR, name_en VARCHAR",
    "fct_hotline_day": """date_day DATE, region_code VARCHAR, category_name VARCHAR, subcategory_name VARCHAR,
        taxonomy_version VARCHAR, received_count BIGINT, finished_count BIGINT""",
    "fct_backlog_age": """date_day DATE, area_level VARCHAR, area_code VARCHAR, open_count BIGINT, overdue_count BIGINT,
        due_next_count BIGINT, overdue_p90_workdays BIGINT""",
    "fct_heating_complaint_day": """received_date DATE, enterprise_name VARCHAR, street_code VARCHAR,
        region_code VARCHAR, city_case_count BIGINT, province_case_count BIGINT, matter_count BIGINT""",
    "fct_heating_day": """measured_date DATE, street_code VARCHAR, region_code VARCHAR, enterprise_name VARCHAR,
        expected_hour_count BIGINT, valid_hour_count BIGINT, counted_hour_count BIGINT, compliant_hour_count BIGINT,
        tolerant_hour_count BIGINT, whole_day_count BIGINT, compliant_day_count BIGINT,
        shortfall_degree_hours DECIMAL(18,4)""",
    "fct_heating_cold_day": """started_date DATE, street_code VARCHAR, region_code VARCHAR, enterprise_name VARCHAR,
        episode_count BIGINT, longest_hours DECIMAL(18,4), min_c DECIMAL(5,2)""",
    "fct_heating_action": """alert_no VARCHAR, mechanism VARCHAR, enterprise_name VARCHAR, street_code VARCHAR,
        region_code VARCHAR, triggered_at TIMESTAMP, due_at TIMESTAMP, done_at TIMESTAMP, has_time_flaw BOOLEAN,
        is_in_time BOOLEAN, is_waived BOOLEAN""",
    "fct_heating_station_day": """station_id VARCHAR, measured_date DATE, enterprise_name VARCHAR, street_code VARCHAR,
        region_code VARCHAR, heated_households BIGINT, heard_hour_count BIGINT, lost_hour_count BIGINT,
        stopped_hour_count BIGINT, low_return_hour_count BIGINT, stop_count BIGINT""",
    "fct_heating_weather_day": """weather_date DATE, mean_c DECIMAL(5,2), min_c DECIMAL(5,2),
        degree_days DECIMAL(6,2)""",
    "fct_heating_pipe_renewal": """project_no VARCHAR, report_date DATE, enterprise_name VARCHAR, region_code VARCHAR,
        planned_km DECIMAL(8,3), done_km DECIMAL(8,3), planned_date DATE, is_done BOOLEAN""",
    "fct_feed_due": """feed VARCHAR, feed_name_zh VARCHAR, feed_name_en VARCHAR, period_start DATE, period_end DATE,
        due_at TIMESTAMP, is_not_yet_due BOOLEAN, is_missing BOOLEAN, is_late BOOLEAN, is_on_time BOOLEAN,
        received_count BIGINT, quarantined_count BIGINT""",
    "fct_case_stuck": """received_date DATE, row_no BIGINT, category_name VARCHAR, subcategory_name VARCHAR,
        unit_name VARCHAR, street_code VARCHAR, region_code VARCHAR, cycle_no BIGINT, opened_date DATE, due_date DATE,
        overdue_from DATE, hard_from DATE, left_date DATE, is_supervised BOOLEAN, return_count BIGINT,
        extension_count BIGINT""",
    "fct_heating_coal_stock": """season VARCHAR, enterprise_name VARCHAR, last_count_date DATE,
        planned_tonnes DECIMAL(18,2), stock_tonnes DECIMAL(18,2), stock_rate DECIMAL(18,8), full_date DATE,
        days_against_plan INTEGER""",
    "fct_matter_week": """week_start DATE, first_received_date DATE, matter_no BIGINT, category_name VARCHAR,
        subcategory_name VARCHAR, street_code VARCHAR, region_code VARCHAR, unit_name VARCHAR, case_count BIGINT,
        repeat_count BIGINT, open_count BIGINT, total_case_count BIGINT, total_voice_count BIGINT""",
    "fct_kpi_value": """kpi_code VARCHAR, area_level VARCHAR, area_code VARCHAR, period_grain VARCHAR,
        period_start DATE, numerator DECIMAL(18,4), denominator DECIMAL(18,4)""",
}
AREAS: list[Row] = [
    {"area_code": "210200", "level": "city", "name_zh": "大连市", "name_en": "Dalian City"},
    {"area_code": "210211", "level": "district", "name_zh": "甘井子区", "region_code": "210211"},
    {"area_code": "210213", "level": "district", "name_zh": "金州区", "region_code": "2102Z2"},
    {"area_code": "2102Z2", "level": "zone", "name_zh": "金普新区", "region_code": "2102Z2"},
    {"area_code": "s1", "level": "street", "name_zh": "甲街道", "name_en": "A Street", "region_code": "210211"},
]
DAY = date(2026, 1, 31)


@contextmanager
def marts(folder: Path, **rows: list[Row]) -> Iterator[DuckDBPyConnection]:
    """The tables of the release, empty but for these rows and a few areas."""
    with connect(":memory:", settings=make_settings(folder)) as con:
        con.execute("CREATE SCHEMA marts")
        for table, columns in COLUMNS.items():
            con.execute(f"CREATE TABLE marts.{table} ({columns})")
            for row in {"dim_area": AREAS, **rows}.get(table, []):
                names, marks = ", ".join(row), ", ".join("?" * len(row))
                con.execute(f"INSERT INTO marts.{table} ({names}) VALUES ({marks})", list(row.values()))
        yield con


def read(con: DuckDBPyConnection, name: str, day: date = DAY, area: str = "210200", days: int = 7) -> list[Row]:
    """The rows of that table for a span that ends on the day."""
    set_variables(con, day, area, days)
    cursor = con.execute(table_spec(name).sql)
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def is_absent(con: DuckDBPyConnection, name: str, day: date = DAY, days: int = 7) -> bool:
    set_variables(con, day, "210200", days)
    return con.execute(table_spec(name).absent_when).fetchone() == (True,)


def set_variables(con: DuckDBPyConnection, day: date, area: str, days: int) -> None:
    con.execute(f"SET VARIABLE day = DATE '{day}'")
    con.execute(f"SET VARIABLE period_start = DATE '{day}' - {days - 1}")
    con.execute(f"SET VARIABLE period_end = DATE '{day}'")
    con.execute(f"SET VARIABLE as_of = TIMESTAMP '{datetime(2026, 1, 31, 23, 59, 59)}'")
    con.execute(f"SET VARIABLE area = '{area}'")
    con.execute(f"SET VARIABLE is_city = {area == '210200'}")
    con.execute("SET VARIABLE season = '2025-26'")
