"""Ten thousand nasty cases: the marts agree with the plain model, and steps leave what a build from nothing leaves."""

from __future__ import annotations

import shutil
from pathlib import Path

from ingestion.settings import Settings
from tests.integration.oracle_compare import built_in_steps, differences
from warehouse.build import build
from warehouse.engine import connect

# What a run works with, and what says which run it was; neither is a figure.
OF_THE_RUN = (
    "%\\_changed",
    "%\\_different",
    "%\\_touched",
    "%\\_before",
    "%\\_new",
    "%\\_taken",
    "%\\_from",
    "%\\_derived",
)
WORKING = (
    "int_hotline_backlog_day",
    "int_hotline_clock_started",
    "int_hotline_clock_placed",
    "int_hotline_clock_shift",
)


def test_ten_thousand_cases_agree_and_steps_equal_a_build_from_nothing(tmp_path: Path) -> None:
    compared = built_in_steps(tmp_path, seed=5, cases=10_000)
    assert differences(compared) == []
    stepped = tmp_path / "stepped.duckdb"
    shutil.copyfile(compared.settings.warehouse_db, stepped)
    compared.settings.warehouse_db.unlink()
    build(compared.settings)
    assert different_tables(compared.settings, stepped) == []


def different_tables(settings: Settings, other: Path) -> list[str]:
    """Tables of figures that hold other rows in the two warehouses."""
    with connect(":memory:", settings=settings) as connection:
        connection.execute(f"ATTACH '{settings.warehouse_db}' AS whole (READ_ONLY)")
        connection.execute(f"ATTACH '{other}' AS stepped (READ_ONLY)")
        left_out = " AND ".join(f"table_name NOT LIKE '{pattern}' ESCAPE '\\'" for pattern in OF_THE_RUN)
        tables = connection.execute(
            f"SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = 'whole' "
            f"AND schema_name IN ('marts', 'intermediate', 'meta') AND {left_out} "
            f"AND table_name NOT IN {WORKING} AND table_name NOT IN ('build_info', 'dbt_result', 'model_catalogue')"
        ).fetchall()
        assert len(tables) > 20
        return [table for (table,) in tables if _differs(connection, table)]


def _differs(connection: object, table: str) -> bool:
    both = (("whole", "stepped"), ("stepped", "whole"))
    queries = [f"SELECT count(*) FROM (FROM {a}.{table} EXCEPT ALL FROM {b}.{table})" for a, b in both]
    return any(connection.execute(query).fetchone() != (0,) for query in queries)  # type: ignore[attr-defined]
