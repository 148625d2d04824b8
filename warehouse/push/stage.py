"""Bring one table into a staging schema: copied, indexed, described, analysed, and reconciled before anyone sees it.

A table is made and filled in one transaction, so that a server with `wal_level = minimal` writes no log of its rows. It
is committed before the swap, and not with it: a reader in REPEATABLE READ whose moment lies before the commit of rows
finds a swapped table empty, and so the moments in which that can happen end before the swap begins.
"""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from ingestion.errors import IntegrityError
from warehouse.push.server import Server
from warehouse.push.tables import Figures, Table, differences, figures, figures_query
from warehouse.release_tables import sql_name, sql_text

STAGING = "citypulse_staging_"


def staging_schema(schema: str) -> str:
    return f"{STAGING}{schema}"


def stage(server: Server, release: DuckDBPyConnection, table: Table) -> Figures:
    """Stage a table of the open release, and return the release's figures of it.

    Raises IntegrityError where the rows there are not those of the release, and what the server refuses.
    """
    schema = staging_schema(table.schema)
    target = sql_name(schema, table.name)
    server.doing = f"copying {table}"
    server.run("BEGIN")
    server.run(f"CREATE TABLE {target} ({', '.join(f'{sql_name(c.name)} {c.type}' for c in table.columns)})")
    server.copy(schema, table.name, release.sql(f"SELECT * FROM {sql_name(table.schema, table.name)}"))
    server.doing = f"indexing and describing {table}"
    for columns in table.indexes:
        server.run(f"CREATE INDEX ON {target} ({', '.join(map(sql_name, columns))})")
    server.run(as_one([*_comments(table, target), f"ANALYZE {target}"]))
    server.run("COMMIT")
    ours = figures(table, release.execute(figures_query(table, table.schema)).fetchall()[0])
    reconcile(
        server, table, schema, ours, next_step="push again; if it stays so, report it: nothing has changed there."
    )
    return ours


def reconcile(server: Server, table: Table, schema: str, ours: Figures, *, next_step: str) -> None:
    """Raise IntegrityError, naming the columns and never a figure, where a table there is not that of the release."""
    server.doing = f"reconciling {table}"
    theirs = figures(table, server.rows(figures_query(table, schema))[0])
    if differing := differences(ours, theirs):
        raise IntegrityError(
            f"{table} in PostgreSQL is not that of the release, in {', '.join(differing)}.", next_step=next_step
        )


def as_one(statements: list[str]) -> str:
    """Many statements as one, so that they cost one way to the server and back."""
    block = f"BEGIN {'; '.join(statements)}; END"
    return f"DO {sql_text(block)}"


def _comments(table: Table, target: str) -> list[str]:
    """What the release says of the table and its columns, in both languages as it stands there."""
    said = [(f"TABLE {target}", table.comment)]
    said += [(f"COLUMN {target}.{sql_name(column.name)}", column.comment) for column in table.columns]
    return [f"COMMENT ON {what} IS {sql_text(comment)}" for what, comment in said if comment]
