"""A tiny fabricated warehouse, as a finished and audited build leaves it."""

from __future__ import annotations

from pathlib import Path

from ingestion.settings import Settings
from warehouse.build_info import read_build_info
from warehouse.engine import connect

CASES = """
CREATE SCHEMA marts; CREATE SCHEMA meta; CREATE SCHEMA landing; CREATE SCHEMA dq; CREATE SCHEMA intermediate;
CREATE TABLE meta.build_info AS SELECT TIMESTAMP '2026-02-01 06:00:00' AS as_of, 'c0de' AS code_version,
    'd1gest' AS input_digest, TRUE AS is_synthetic;
CREATE TABLE intermediate.cases AS SELECT range AS case_no, 'v1:0123456789abcdef0123' AS caller_token FROM range(30);
CREATE TABLE marts.fct_count AS SELECT (range % 3)::VARCHAR AS area_code, sum(range) AS case_count,
    0.25::DECIMAL(18,8) AS value FROM range(30) GROUP BY 1;
COMMENT ON TABLE marts.fct_count IS '件数 / counts'; COMMENT ON COLUMN marts.fct_count.case_count IS '件数 / cases';
CREATE VIEW marts.dim_area AS SELECT DISTINCT (case_no % 3)::VARCHAR AS area_code, '样例区' AS name_zh
    FROM governance.intermediate.cases;
CREATE TABLE meta.model_catalogue AS SELECT * FROM (VALUES ('marts', 'fct_count', TRUE), ('marts', 'dim_area', TRUE),
    ('intermediate', 'cases', FALSE)) AS t (schema_name, table_name, is_public);
CREATE TABLE landing.delivery AS SELECT 'sample' AS feed, repeat('a1', 32) AS batch_id, 1::BIGINT AS batch_seq,
    30::BIGINT AS received;
CREATE TABLE dq.check_result (run_id VARCHAR, suite VARCHAR, severity VARCHAR, success BOOLEAN);
"""


def make_settings(home: Path) -> Settings:
    return Settings(home=home, key_file=home / "key", memory="500MB", threads=1)


def make_warehouse(settings: Settings, *extra: str, audited: bool = True) -> str:
    """Write the warehouse and return the id its release will have; `extra` statements run last."""
    settings.warehouse_db.unlink(missing_ok=True)
    with connect(settings.warehouse_db, settings=settings) as connection:
        connection.execute(CASES)
        for statement in extra:
            connection.execute(statement)
        release_id = read_build_info(connection).release_id
        if audited:
            connection.execute(f"INSERT INTO dq.check_result VALUES ('{release_id}', 'sample', 'critical', TRUE)")
            connection.execute("INSERT INTO dq.check_result VALUES ('r-older', 'sample', 'critical', FALSE)")
    return release_id
