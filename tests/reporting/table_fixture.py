"""The SQL of one table of a brief, run on small invented tables in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from reporting.noise import PER_DAY, RIPENING
from reporting.table_spec import table_spec
from tests.warehouse_fixture import make_settings
from warehouse.engine import connect

Row = dict[str, Any]
KPI_VALUE = """kpi_code VARCHAR, area_level VARCHAR, area_code VARCHAR, period_grain VARCHAR, period_start DATE,
    period_end DATE, as_of TIMESTAMP, numerator DECIMAL(18,4), denominator DECIMAL(18,4), value DECIMAL(18,8),
    ci_low DECIMAL(18,8), ci_high DECIMAL(18,8), received_count BIGINT, counted_count BIGINT, excluded_count BIGINT,
    immature_count BIGINT, excluded_by_reason VARCHAR, open_not_due_count BIGINT, status VARCHAR, is_rankable BOOLEAN"""
TABLES = {
    "marts.fct_kpi_value": KPI_VALUE,
    "marts.dim_area": """area_code VARCHAR, level VARCHAR, name_zh VARCHAR, name_en VARCHAR, parent_code VARCHAR,
        region_code VARCHAR""",
    "marts.dim_exclusion_reason": "reason_code VARCHAR, name_zh VARCHAR, name_en VARCHAR",
    "marts.fct_capacity_month": "month_start DATE, area_level VARCHAR, area_code VARCHAR, household_count BIGINT",
    "marts.fct_dispute_month": """feed VARCHAR, dispute_type VARCHAR, area_level VARCHAR, area_code VARCHAR,
        month_start DATE, as_of TIMESTAMP, found_count BIGINT, found_closed_count BIGINT, found_resolved_count BIGINT,
        open_at_start_count BIGINT, resolved_in_month_count BIGINT""",
    "marts.fct_kpi_season": """series VARCHAR, span_kind VARCHAR, span VARCHAR, area_level VARCHAR, area_code VARCHAR,
        method VARCHAR, as_of TIMESTAMP, current_count BIGINT, base_count BIGINT, current_exposure DECIMAL(18,2),
        base_exposure DECIMAL(18,2), compared_day_count BIGINT, value DECIMAL(18,8), ci_low DECIMAL(18,8),
        ci_high DECIMAL(18,8), status VARCHAR, reason VARCHAR""",
    "marts.fct_place_week": """week_start DATE, quarter_start DATE, street_code VARCHAR, region_code VARCHAR,
        property_case_count BIGINT, property_dispute_count BIGINT, expected_hour_count BIGINT,
        compliant_hour_count BIGINT, counted_hour_count BIGINT""",
    "marts.fct_cause_review": """quarter_start DATE, street_code VARCHAR, region_code VARCHAR, household_count BIGINT,
        heating_matter_count BIGINT, heating_per_thousand DECIMAL(18,8), dispute_count BIGINT, warmth_pattern VARCHAR,
        cold_rank BIGINT, room_compliance_rate DECIMAL(18,8), valid_reading_rate DECIMAL(18,8),
        shortfall_degree_hours DECIMAL(18,4)""",
    "marts.fct_heating_action": """alert_no VARCHAR, mechanism VARCHAR, region_code VARCHAR, triggered_date DATE,
        due_at TIMESTAMP, done_at TIMESTAMP, has_time_flaw BOOLEAN, is_in_time BOOLEAN, is_waived BOOLEAN,
        result VARCHAR, cause_party VARCHAR""",
    "meta.kpi_dictionary": """kpi_code VARCHAR, kpi_id VARCHAR, family VARCHAR, name_zh VARCHAR, name_en VARCHAR,
        unit VARCHAR, direction VARCHAR, over_time VARCHAR, target DECIMAL(18,8), min_base INTEGER,
        min_cell_show INTEGER""",
}
JANUARY = {
    "day": date(2026, 1, 31),
    "period_start": date(2026, 1, 1),
    "period_end": date(2026, 1, 31),
    "before_start": date(2025, 12, 1),
    "before_end": date(2025, 12, 31),
    "area": "210200",
    "is_city": True,
    "area_level": "city",
    "unit_level": "region",
    "season": "2025-26",
}


@contextmanager
def tables(folder: Path, **rows: list[Row]) -> Iterator[DuckDBPyConnection]:
    """Empty tables of the release, and the rows given for some of them by name."""
    with connect(":memory:", settings=make_settings(folder)) as con:
        con.execute("CREATE SCHEMA marts; CREATE SCHEMA meta")
        for table, columns in TABLES.items():
            con.execute(f"CREATE TABLE {table} ({columns})")
            name = table.partition(".")[2]
            for row in rows.get(name, []):
                names, values = ", ".join(row), ", ".join(map(literal, row.values()))
                con.execute(f"INSERT INTO {table} ({names}) VALUES ({values})")
        yield con


def read(con: DuckDBPyConnection, name: str, **variables: Any) -> list[Row]:
    """The rows of that table of a brief, in January 2026 and for the city unless told otherwise."""
    for key, value in {**JANUARY, **variables}.items():
        con.execute(f"SET VARIABLE {key} = {literal(value)}")
    con.execute("SET VARIABLE as_of = TIMESTAMP '2026-01-31 23:59:59'")
    con.execute(f"SET VARIABLE ripening = {sorted(RIPENING)}")
    con.execute(f"SET VARIABLE per_day = MAP {PER_DAY}")
    cursor = con.execute(table_spec(name).sql)
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def is_absent(con: DuckDBPyConnection, name: str, **variables: Any) -> bool:
    for key, value in {**JANUARY, **variables}.items():
        con.execute(f"SET VARIABLE {key} = {literal(value)}")
    return con.execute(table_spec(name).absent_when).fetchone() == (True,)


def literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float | Decimal):
        return str(value)
    return f"DATE '{value}'" if isinstance(value, date) else f"'{value}'"
