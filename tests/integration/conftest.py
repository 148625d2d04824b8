"""A small city, simulated, landed and built once for all integration tests that want a real warehouse."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from duckdb import DuckDBPyConnection

from ingestion.drain import land_all
from ingestion.receipts import all_receipts
from ingestion.settings import Settings
from simulator.simulate import simulate
from warehouse import build
from warehouse.engine import connect, writer_lock


@dataclass(frozen=True)
class DbtRun:
    """One `dbt build` as in service: what ran, and dbt's own picture of the project."""

    settings: Settings
    results: list[dict[str, Any]]
    manifest: dict[str, Any]

    def ran(self, kind: str) -> list[dict[str, Any]]:
        return [result for result in self.results if result["unique_id"].startswith(f"{kind}.")]


@pytest.fixture(scope="session")
def small_city(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("small_city")
    settings = Settings(home=home, key_file=home / "key.json", memory="1GB")
    simulate(settings, days=7, seed=7, until=date(2026, 1, 31), scale=0.05)
    land_all(settings)
    return settings


@pytest.fixture(scope="session")
def dbt_run(small_city: Settings) -> DbtRun:
    with writer_lock(small_city):
        build._show_landing(small_city, all_receipts(small_city))
        build._invoke(small_city, build.BUILD)  # unit tests run with tests/slow
    target = small_city.warehouse / "dbt_target"
    found = {name: json.loads((target / f"{name}.json").read_text("utf-8")) for name in ("run_results", "manifest")}
    return DbtRun(small_city, found["run_results"]["results"], found["manifest"])


# What the gate and the release would have added.
AUDITED = """
CREATE SCHEMA IF NOT EXISTS dq;
CREATE TABLE IF NOT EXISTS dq.check_result (run_id VARCHAR, suite VARCHAR, check_id VARCHAR, severity VARCHAR,
    success BOOLEAN, meaning_zh VARCHAR, meaning_en VARCHAR);
CREATE TABLE meta.publish_info AS SELECT 'r20260131-0123456789' AS release_id,
    TIMESTAMP '2026-01-31 23:59' AS data_as_of, 1 AS checks_passed, 1 AS checks_total, TRUE AS is_synthetic"""


@pytest.fixture(scope="session")
def released(dbt_run: DbtRun) -> Iterator[DuckDBPyConnection]:
    settings = dbt_run.settings
    target = settings.home / "for_briefs" / settings.warehouse_db.name
    target.parent.mkdir()
    shutil.copyfile(settings.warehouse_db, target)
    with connect(target, settings=settings) as con:
        con.execute(AUDITED)
        yield con
