"""Read back what landing wrote, without going through the code under test."""

from __future__ import annotations

from typing import Any

import duckdb

from ingestion.settings import Settings


def landed(settings: Settings, feed: str) -> list[dict[str, Any]]:
    """All landed rows of a feed, straight from the Delta log and its Parquet files."""
    from deltalake import DeltaTable

    folder = settings.landing / feed
    if not (folder / "_delta_log").is_dir():
        return []
    uris = [uri.removeprefix("file://") for uri in DeltaTable(folder).file_uris()]
    if not uris:
        return []
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT * FROM read_parquet(?, hive_partitioning = true) ORDER BY batch_seq, row_no", [uris]
        )
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def set_aside(settings: Settings, feed: str) -> list[tuple[int, str | None, str]]:
    """(row number, column, rule) of every quarantined row."""
    files = sorted(map(str, (settings.quarantine / feed).glob("*.parquet")))
    if not files:
        return []
    with duckdb.connect() as connection:
        query = "SELECT row_no, column_name, rule FROM read_parquet(?) ORDER BY row_no"
        return connection.execute(query, [files]).fetchall()
