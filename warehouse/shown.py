"""What dbt is shown besides the rows that landed: what the contracts promise, and what the last release said."""

from __future__ import annotations

import logging
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from ingestion.contract import Contract
from ingestion.receipts import Receipt
from ingestion.settings import Settings
from warehouse.release import due_release_id
from warehouse.release_tables import sql_text
from warehouse.serving import current_release, release_before

log = logging.getLogger(__name__)
PROMISES = {
    "feed": "VARCHAR",
    "name_zh": "VARCHAR",
    "name_en": "VARCHAR",
    "domain": "VARCHAR",
    "schedule": "VARCHAR",
    "late_after_hours": "BIGINT",
}
FIGURES = {
    "release_id": "VARCHAR",
    "kpi_code": "VARCHAR",
    "period_start": "DATE",
    "period_end": "DATE",
    "as_of": "TIMESTAMP",
    "numerator": "DECIMAL(18, 4)",
    "denominator": "DECIMAL(18, 4)",
    "value": "DECIMAL(18, 8)",
    "method_version": "VARCHAR",
}
RESTATED = {
    "kpi_code": "VARCHAR",
    "period_start": "DATE",
    "method_version": "VARCHAR",
    "previous_release_id": "VARCHAR",
    "previous_as_of": "TIMESTAMP",
    "as_of": "TIMESTAMP",
    "previous_numerator": "DECIMAL(18, 4)",
    "previous_denominator": "DECIMAL(18, 4)",
    "previous_value": "DECIMAL(18, 8)",
    "numerator": "DECIMAL(18, 4)",
    "denominator": "DECIMAL(18, 4)",
    "value": "DECIMAL(18, 8)",
}


def show_promises(connection: DuckDBPyConnection, contracts: dict[str, Contract]) -> None:
    """When each feed said that it would come. Those of the city stand in place of the built-in ones."""
    columns = ", ".join(f"{name} {kind}" for name, kind in PROMISES.items())
    rows = ", ".join(
        f"({sql_text(feed)}, {sql_text(c.name_zh)}, {sql_text(c.name_en)}, {sql_text(c.domain)}, "
        f"{sql_text(c.arrives.schedule)}, {c.arrives.late_after_hours})"
        for feed, c in contracts.items()
    )
    connection.execute(f"CREATE OR REPLACE TABLE landing.promise ({columns})")
    connection.execute(f"INSERT INTO landing.promise VALUES {rows}")


def show_last_release(
    connection: DuckDBPyConnection, settings: Settings, receipts: list[Receipt], request: int
) -> None:
    """The city's months and the restatements of the release before this one, for a build of these deliveries.

    Where the release in service shows these very deliveries, it is this one: built again, it must say the same again.
    """
    for name, kinds in (("released_month", FIGURES), ("restatement", RESTATED)):
        columns = ", ".join(f"{column} {kind}" for column, kind in kinds.items())
        connection.execute(f"CREATE OR REPLACE TABLE landing.{name} ({columns})")
    release_id = current_release(settings)
    if release_id is not None and release_id == due_release_id(settings, receipts, request):
        release_id = release_before(settings, release_id)
    if release_id is None:
        return
    try:
        _show(connection, settings.releases / f"{release_id}.duckdb", release_id)
    except duckdb.Error as error:  # a damaged old release must not stop a sound new one, but it must be known
        kind = type(error).__name__
        log.warning('release=%s not_compared=%s next_step="run citypulse doctor"', release_id, kind)


def _show(connection: DuckDBPyConnection, database: Path, release_id: str) -> None:
    connection.execute(f"ATTACH {sql_text(str(database))} AS before (READ_ONLY)")
    figures = ", ".join(name for name in FIGURES if name != "release_id")
    connection.execute(
        f"INSERT INTO landing.released_month SELECT {sql_text(release_id)}, {figures} FROM before.marts.fct_kpi_value "
        "WHERE area_level = 'city' AND period_grain = 'month' ORDER BY kpi_code, period_start"
    )
    told = "FROM duckdb_tables() WHERE database_name = 'before' AND schema_name = 'meta' AND table_name = 'restatement'"
    if connection.execute(f"SELECT 1 {told}").fetchone():  # a release from before it was kept has none
        connection.execute(
            f"INSERT INTO landing.restatement SELECT {', '.join(RESTATED)} FROM before.meta.restatement ORDER BY ALL"
        )
    connection.execute("DETACH before")
