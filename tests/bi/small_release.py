"""Small invented releases to push: every type of the contract, and rows that tell their release by a mark."""

from __future__ import annotations

from pathlib import Path

from ingestion.settings import Settings
from tests.warehouse_fixture import make_settings, make_warehouse
from warehouse.release import publish

ROWS = 30_000
TYPES = """
CREATE TABLE marts.every_type AS
SELECT * FROM (VALUES
    ('大连', TRUE, 1::TINYINT, 2::SMALLINT, 3, 9223372036854775807, 0.1::DOUBLE, DATE '2026-01-31',
        TIMESTAMP '2026-01-31 23:59:59.123456', -0.00000001::DECIMAL(18,8), 99.99::DECIMAL(4,2)),
    ('', FALSE, -128, -32768, -2147483648, -9223372036854775807, -1e300, DATE '1899-12-31',
        TIMESTAMP '1999-01-01 00:00:00', 9999999999.99999999, -99.99),
    ('𠮷 "quoted" \\ ''one'', 100 %', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (NULL, TRUE, 0, 0, 0, 0, 0, DATE '2026-02-28', TIMESTAMP '2026-02-28 12:00:00', 0, 0)
) AS t (words, flag, tiny, small, whole, large, real_number, date_day, moment, share, amount);
COMMENT ON TABLE marts.every_type IS '各种类型 / every type: it''s a $citypulse$ test';
COMMENT ON COLUMN marts.every_type.words IS '文字 / words';
INSERT INTO meta.model_catalogue VALUES ('marts', 'every_type', TRUE)
"""
# Two tables whose rows bear the mark of the release: a reader who sees two marks has seen two releases.
MARKED = """
CREATE TABLE marts.{table} AS
SELECT 'kpi.' || range % 7 AS kpi_code, (range % 300)::VARCHAR AS area_code, DATE '2026-01-01' + (range % 90)::INTEGER
    AS period_start, {mark}::BIGINT AS mark, (range % 1000 / 8)::DECIMAL(18,4) AS numerator FROM range({rows});
COMMENT ON COLUMN marts.{table}.kpi_code IS '指标代码 / KPI code';
INSERT INTO meta.model_catalogue VALUES ('marts', '{table}', TRUE)
"""


def small_release(home: Path, mark: int, *extra: str, rows: int = ROWS) -> Settings:
    """Publish a release in `home`, and return its settings; `extra` statements change the build before."""
    settings = make_settings(home)
    marked = [MARKED.format(table=table, mark=mark, rows=rows) for table in ("fct_one", "fct_two")]
    make_warehouse(settings, f"UPDATE meta.build_info SET input_digest = 'mark{mark}'", *marked, TYPES, *extra)
    publish(settings, checks_passed=1, checks_total=1)
    return settings
