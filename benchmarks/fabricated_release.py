"""A warehouse of a season's shape, invented in SQL or copied from a release, that can be published again and again.

Every new build of it differs from the one before in all tables that a dashboard reads: no answer is true of two.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from ingestion.settings import Settings
from warehouse.build_info import read_build_info
from warehouse.engine import connect
from warehouse.release import Release, publish

# As many values, areas and months as a city of 170 areas has in four years: 58 indicators, most of them monthly.
SHAPE = {"kpis": 58, "months": 48, "days": 330, "streets": 152, "other_tables": 55}
INVENTED = """
CREATE SCHEMA marts; CREATE SCHEMA meta; CREATE SCHEMA dq; CREATE SCHEMA landing;
CREATE TABLE marts.dim_area AS
    SELECT '210200' AS area_code, 'city' AS level, '样例市' AS name_zh, 'Sample City' AS name_en, NULL AS parent_code,
        NULL AS region_code
    UNION ALL SELECT '2102' || lpad(i::VARCHAR, 2, '0'), 'region', '样例' || i || '区', 'Sample district ' || i,
        '210200', '2102' || lpad(i::VARCHAR, 2, '0') FROM range(1, 14) AS r (i)
    UNION ALL SELECT '2102' || lpad((1 + i % 13)::VARCHAR, 2, '0') || lpad(i::VARCHAR, 3, '0'), 'street',
        '样例' || i || '街道', 'Sample street ' || i, '2102' || lpad((1 + i % 13)::VARCHAR, 2, '0'),
        '2102' || lpad((1 + i % 13)::VARCHAR, 2, '0') FROM range({streets}) AS r (i)
    ORDER BY ALL;
CREATE TABLE meta.kpi_dictionary AS
    SELECT if(i = 0, 'hotline.on_time_rate', if(i = 1, 'hotline.case_count', 'sample.kpi_' || i)) AS kpi_code,
        'family_' || i % 7 AS family, '样例指标' || i AS name_zh, 'Sample indicator ' || i AS name_en, 'ratio' AS unit,
        '样例公式' || i AS formula_zh, repeat('the formula of it ', 5) || i AS formula_en FROM range({kpis}) AS r (i);
CREATE TABLE marts.fct_kpi_value AS
    WITH period AS (
        SELECT 'month' AS period_grain, DATE '2026-04-01' - to_months(i::INTEGER) AS period_start,
            DATE '2026-05-01' - to_months(i::INTEGER) - INTERVAL 1 DAY AS period_end FROM range({months}) AS r (i)
        UNION ALL SELECT 'day', DATE '2026-04-10' - i::INTEGER, DATE '2026-04-10' - i::INTEGER
        FROM range({days}) AS r (i)
    ), drawn AS (
        SELECT kpi_code, level AS area_level, area_code, period_grain, period_start::DATE AS period_start,
            period_end::DATE AS period_end, hash(kpi_code, area_code, period_start) AS h
        FROM meta.kpi_dictionary, marts.dim_area, period
        WHERE period_grain = 'month' OR (kpi_code LIKE 'hotline.%' AND level <> 'street')
    )
    SELECT * EXCLUDE (h), TIMESTAMP '2026-04-10 23:59:59' AS as_of, (h % 900)::DECIMAL(18, 4) AS numerator,
        (900 + h % 97)::DECIMAL(18, 4) AS denominator, ((h % 900) / (900 + h % 97))::DECIMAL(18, 8) AS value,
        0.1::DECIMAL(18, 8) AS ci_low, 0.9::DECIMAL(18, 8) AS ci_high, (h % 1000)::BIGINT AS received_count,
        (h % 990)::BIGINT AS counted_count, (h % 10)::BIGINT AS excluded_count, 0::BIGINT AS immature_count,
        if(h % 3 = 0, '{{}}', '{{"X01":' || h % 10 || '}}') AS excluded_by_reason, 0::BIGINT AS open_not_due_count,
        if(h % 20 = 0 AND area_level <> 'city', 'small_base', 'ok') AS status, h % 20 <> 0 AS is_rankable,
        '1' AS method_version, 'A' AS quality_grade
    FROM drawn ORDER BY ALL;
CREATE TABLE marts.dim_grid AS
    SELECT area_code || lpad(i::VARCHAR, 6, '0') AS grid_code, DATE '2020-01-01' AS valid_from, NULL::DATE AS valid_to,
        area_code AS street_code, region_code, (300 + i)::BIGINT AS households
    FROM marts.dim_area, range(120) AS r (i) WHERE level = 'street' ORDER BY ALL;
CREATE TABLE marts.fct_grid_kpi_month AS
    SELECT 'grid.on_time_rate' AS kpi_code, 'grid' AS area_level, grid_code AS area_code,
        (DATE '2026-04-01' - to_months(i::INTEGER))::DATE AS month_start, (h % 40)::BIGINT AS received_count,
        (h % 30)::DECIMAL(18, 4) AS numerator, (30 + h % 10)::DECIMAL(18, 4) AS denominator,
        NULL::DECIMAL(18, 8) AS value, 'small_cell' AS status
    FROM (SELECT grid_code, i, hash(grid_code, i) AS h FROM marts.dim_grid, range(2) AS r (i)) ORDER BY ALL;
CREATE TABLE marts.fct_heating_day AS
    SELECT (DATE '2025-11-05' + i::INTEGER)::DATE AS measured_date, area_code AS street_code, region_code,
        '样例热力' || h % 4 || '公司' AS enterprise_name, (h % 97)::BIGINT AS reading_count,
        (90 + h % 9)::BIGINT AS counted_reading_count, (80 + h % 9)::BIGINT AS compliant_reading_count,
        (24 + h % 9)::BIGINT AS counted_hour_count, (20 + h % 4)::BIGINT AS compliant_hour_count,
        4::BIGINT AS whole_day_count, (h % 5)::BIGINT AS compliant_day_count, 3::BIGINT AS household_day_count,
        (h % 4)::BIGINT AS compliant_household_day_count
    FROM (SELECT *, hash(area_code, i) AS h FROM marts.dim_area, range(152) AS r (i) WHERE level = 'street')
    ORDER BY ALL;
CREATE TABLE landing.delivery AS
    SELECT 'feed_' || i % 36 AS feed, sha256(i::VARCHAR) AS batch_id, i::BIGINT AS batch_seq,
        TIMESTAMP '2026-04-10 06:00:00' - to_hours(i::INTEGER) AS recorded_at FROM range(3000) AS r (i);
CREATE TABLE dq.check_result AS
    SELECT '' AS run_id, 'sample_' || i AS suite, 'critical' AS severity, TRUE AS success FROM range(500) AS r (i);
"""
OTHER = "CREATE TABLE marts.fct_other_{number} AS SELECT {columns} FROM range(8000) AS r (i)"
COMMENT = (
    "COMMENT ON COLUMN marts.fct_other_{number}.measure_{k} IS '样例列{k}，说明其含义 / column {k} and its meaning'"
)
COPIED = """
CREATE SCHEMA landing; CREATE TABLE landing.delivery AS FROM meta.delivery;
DROP TABLE meta.delivery; DROP TABLE meta.publish_info; DROP TABLE IF EXISTS meta.run_log;
"""
BUILT = """
CREATE TABLE meta.build_info AS SELECT TIMESTAMP '2026-04-10 23:59:59' AS as_of, 'c0de' AS code_version,
    '' AS input_digest, TRUE AS is_synthetic;
CREATE TABLE meta.model_catalogue AS SELECT schema_name, table_name, TRUE AS is_public FROM duckdb_tables()
    WHERE schema_name IN ('marts', 'meta') AND table_name <> 'build_info' AND database_name = current_database();
"""
# What every build changes: a measure or a name of each table that the queries of a dashboard read.
NEXT = """
UPDATE marts.fct_kpi_value SET numerator = numerator + 1;
UPDATE marts.fct_grid_kpi_month SET received_count = received_count + 1;
UPDATE marts.fct_heating_day SET reading_count = reading_count + 1;
UPDATE landing.delivery SET recorded_at = recorded_at + INTERVAL 1 SECOND;
UPDATE meta.build_info SET input_digest = '{number}';
CHECKPOINT;
"""


class Fabricated:
    """The warehouse of a home that holds nothing else, and its builds one after the other."""

    def __init__(self, settings: Settings, *, like: Path | None = None, **shape: int) -> None:
        """`like`: the release to copy; without one it is invented, in `SHAPE` or what `shape` says instead."""
        self.settings, self.builds = settings, 0
        settings.warehouse_db.parent.mkdir(parents=True)
        if like:
            shutil.copyfile(like, settings.warehouse_db)
        whole = {**SHAPE, **shape}
        with connect(settings.warehouse_db, settings=settings) as connection:
            connection.execute(COPIED if like else INVENTED.format(**whole))
            for number in range(0 if like else whole["other_tables"]):
                columns = ", ".join(f"(i * {k} % 997)::BIGINT AS measure_{k}" for k in range(12))
                connection.execute(OTHER.format(number=number, columns=columns))
                for k in range(12):
                    connection.execute(COMMENT.format(number=number, k=k))
            connection.execute(BUILT)

    def publish(self) -> Release:
        """The next build, published as every build is."""
        self.builds += 1
        with connect(self.settings.warehouse_db, settings=self.settings) as connection:
            connection.execute(NEXT.format(number=self.builds))
            release_id = read_build_info(connection).release_id
            connection.execute(f"UPDATE dq.check_result SET run_id = '{release_id}'")
        return publish(self.settings, checks_passed=1, checks_total=1)
