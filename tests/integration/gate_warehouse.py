"""A fabricated warehouse that keeps every contract, and statements that break each check."""

from __future__ import annotations

from ingestion.contract import LANDING_COLUMNS, Contract, load_contracts
from ingestion.settings import Settings
from warehouse.engine import connect

KPIS = {
    "hotline.case_count": "count",
    "hotline.closure_rate": "rate",
    "hotline.on_time_rate": "rate",
    "heating.room_compliance_rate": "rate",
}
LINEAGE = ("DATE '2026-02-01'", "repeat('ab', 32)", "1::BIGINT", "1::BIGINT", "TIMESTAMP '2026-02-02 06:00:00'")

MARTS = """
CREATE SCHEMA marts; CREATE SCHEMA meta; CREATE SCHEMA landing;
CREATE TABLE meta.build_info AS SELECT TIMESTAMP '2026-02-02 06:00:00' AS as_of, 'c0de' AS code_version,
    'd1gest' AS input_digest, TRUE AS is_synthetic;
CREATE TABLE meta.model_catalogue AS SELECT * FROM (VALUES ('marts', 'fct_kpi_value', TRUE),
    ('marts', 'dim_area', TRUE), ('meta', 'kpi_dictionary', TRUE)) AS t (schema_name, table_name, is_public);
CREATE TABLE marts.dim_area AS SELECT * FROM (VALUES
    ('210200', 'city', '大连市', 'Dalian City', NULL), ('210202', 'district', '样例区', 'Sample District', NULL),
    ('2102Z1', 'zone', '样例园区', 'Sample Zone', NULL), ('210202001', 'street', '样例街道', NULL, '210202'),
    ('210202002', 'street', '样例二街', NULL, '2102Z1'), ('210202001001', 'community', '样例社区', NULL, '210202')
) AS t (area_code, level, name_zh, name_en, region_code);
CREATE TABLE marts.fct_kpi_value AS
WITH place (area_level, area_code, size) AS (
    VALUES ('city', '210200', 1000), ('region', '210202', 600), ('region', '2102Z1', 380)
),
cell AS (
    SELECT kpi.kpi_code, kpi.unit, place.*, month::DATE AS period_start
    FROM kpi, place, generate_series(DATE '2025-09-01', DATE '2026-01-01', INTERVAL 1 MONTH) AS series (month)
)
SELECT
    kpi_code, area_level, area_code, 'month' AS period_grain, period_start, last_day(period_start) AS period_end,
    TIMESTAMP '2026-02-02 06:00:00' AS as_of,
    (if(unit = 'rate', 0.9, 1.0) * size)::DECIMAL(18, 4) AS numerator,
    if(unit = 'rate', size, 1)::DECIMAL(18, 4) AS denominator,
    if(unit = 'rate', 0.9, size)::DECIMAL(18, 8) AS value,
    size::BIGINT AS received_count, 'ok' AS status, TRUE AS is_rankable, '1' AS method_version, 'A' AS quality_grade
FROM cell;
CREATE TABLE meta.kpi_dictionary AS SELECT kpi_code, unit, if(unit = 'rate', 'up', 'none') AS direction,
    if(unit = 'rate', 0.95, NULL)::DECIMAL(18, 4) AS target, 10 AS min_cell_show, 30 AS min_cell_rank,
    '1' AS method_version, 'fct_kpi_value' AS table_name FROM kpi;
CREATE TABLE marts.fct_flag (rule_code VARCHAR, subject_code VARCHAR);
CREATE TABLE marts.fct_published_figure AS SELECT 'F001a' AS figure_id, FALSE AS is_measured_otherwise;
CREATE TABLE landing.quarantine AS SELECT 'hotline_city' AS feed, repeat('ab', 32) AS batch_id, 7::BIGINT AS row_no,
    'received_at' AS column_name, 'not_a_timestamp' AS rule;
"""


def make_gate_warehouse(settings: Settings, *extra: str) -> None:
    """Write it afresh; `extra` statements run last."""
    contracts = load_contracts(settings)
    settings.warehouse_db.unlink(missing_ok=True)
    with connect(settings.warehouse_db, settings=settings) as connection:
        pairs = ", ".join(f"('{code}', '{unit}')" for code, unit in KPIS.items())
        connection.execute(f"CREATE TEMP TABLE kpi AS SELECT * FROM (VALUES {pairs}) AS t (kpi_code, unit)")
        connection.execute(MARTS)
        for contract in contracts.values():
            connection.execute(_landing(contract))
        connection.execute(
            "CREATE TABLE landing.delivery AS SELECT feed, repeat('ab', 32) AS batch_id, 1::BIGINT AS batch_seq, "
            "TIMESTAMP '2026-02-02 06:00:00' AS recorded_at, "
            "'landed' AS status, NULL::VARCHAR AS rule, 1000::BIGINT AS received, 990::BIGINT AS landed, "
            "8::BIGINT AS quarantined, 2::BIGINT AS duplicates, DATE '2026-02-01' AS first_business_date, "
            f"DATE '2026-02-01' AS last_business_date FROM (SELECT unnest({list(contracts)}) AS feed)"
        )
        for statement in extra:
            connection.execute(statement)


def _landing(contract: Contract) -> str:
    """A table of one row that keeps the contract."""
    cells = []
    for column in contract.kept:
        known = [value for value in (column.values or {}).values() if isinstance(value, str)]
        text = known[0] if known else "1"
        plain = {"timestamp": "TIMESTAMP '2026-02-01 08:00:00'", "date": "DATE '2026-02-01'", "boolean": "TRUE"}
        low = column.minimum if column.minimum is not None else 18
        value = plain.get(column.type) or (str(low) if column.type in ("decimal", "integer") else f"'{text}'")
        cells.append(f"CAST({value} AS {column.sql_type}) AS {column.name}")
    cells += [f"{value} AS {name}" for name, value in zip(LANDING_COLUMNS, LINEAGE, strict=True)]
    return f"CREATE TABLE landing.{contract.feed} AS SELECT {', '.join(cells)}"
