"""A DuckDB dialect whose results outlive their cursor: Great Expectations closes the connection before it fetches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from duckdb import DuckDBPyConnection
from duckdb_sqlalchemy import ConnectionWrapper, DuckDBExecutionContext
from duckdb_sqlalchemy import Dialect as DuckDBDialect
from sqlalchemy.dialects import registry
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

from ingestion.settings import Settings
from warehouse.engine import connect

NAME = "duckdb+buffered"


class BufferedContext(DuckDBExecutionContext):  # type: ignore[misc]
    """Takes all rows into memory as soon as a statement has run; our checks return counts and column names."""

    def post_exec(self) -> None:
        super().post_exec()
        if self.cursor is not None and self.cursor.description:
            self.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
                self.cursor, initial_buffer=self.cursor.fetchall()
            )


class BufferedDialect(DuckDBDialect):  # type: ignore[misc]
    """`duckdb+buffered://`"""

    execution_ctx_cls = BufferedContext
    supports_statement_cache = True


@contextmanager
def warehouse_source(settings: Settings) -> Iterator[dict[str, Any]]:
    """Arguments of a Great Expectations SQL data source that reads the warehouse through the house's own door.

    Great Expectations keeps connections of its own; here they end with the block, and with them the hold on the file.
    """
    registry.register(NAME.replace("+", "."), __name__, BufferedDialect.__name__)
    opened: list[DuckDBPyConnection] = []

    def open_warehouse() -> ConnectionWrapper:
        opened.append(connect(settings.warehouse_db, settings=settings, read_only=True))
        return ConnectionWrapper(opened[-1])

    try:
        yield {
            "connection_string": f"{NAME}:///{settings.warehouse_db}",
            "create_temp_table": False,
            "kwargs": {"creator": open_warehouse},
        }
    finally:
        for connection in opened:
            connection.close()
