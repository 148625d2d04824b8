"""What the gate found about the build that stands in the warehouse."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from ingestion.errors import GateBlocked
from ingestion.settings import Settings
from warehouse.build_info import BuildInfo, read_build_info, require_warehouse
from warehouse.engine import connect
from warehouse.release_tables import sql_text


@dataclass(frozen=True)
class Audit:
    """The stored verdict on one build."""

    build: BuildInfo
    passed: int
    total: int
    failed_critical: int


def read_audit(settings: Settings) -> Audit:
    """The audit of the present build. Raises GateBlocked without one: an older audit says nothing about it."""
    require_warehouse(settings)
    with connect(settings.warehouse_db, settings=settings, read_only=True) as connection:
        build = read_build_info(connection)
        try:
            row = connection.execute(
                "SELECT count(*) FILTER (success), count(*), count(*) FILTER (severity = 'critical' AND NOT success) "
                f"FROM dq.check_result WHERE run_id = {sql_text(build.release_id)}"
            ).fetchone()
        except duckdb.CatalogException:
            row = None
    if row is None or row[1] == 0:
        raise GateBlocked(f"Build {build.release_id} was not audited.", next_step="run `citypulse gate`.")
    return Audit(build, *row)
