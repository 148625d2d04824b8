"""What must be so in the database before a push, and what a push makes there once: schemas, the reader, the ledger.

The ledger `citypulse.pushed` lists the tables that are ours to replace: a table of the same name that someone else made
is never dropped.
"""

from __future__ import annotations

from collections.abc import Iterable

from ingestion.errors import TargetRefused
from warehouse.push.server import Server
from warehouse.push.stage import STAGING, staging_schema
from warehouse.push.tables import Table
from warehouse.release_tables import sql_name, sql_text

OURS = "citypulse"
LEDGER = sql_name(OURS, "pushed")
SAID = (
    "citypulse 发布的表，由 citypulse push postgres 整体替换，请勿在此建表 / "
    "Tables of a citypulse release, replaced as a whole by `citypulse push postgres`: make none of your own here"
)


def check(server: Server, tables: Iterable[Table]) -> None:
    """Raise TargetRefused where a push would fail: it costs nothing to know before the rows are copied."""
    server.doing = "looking whether a push can be done"
    database, encoding, standby = server.rows(
        "SELECT CAST(current_database() AS text), current_setting('server_encoding'), pg_is_in_recovery()"
    )[0]
    if encoding != "UTF8":
        raise TargetRefused(
            "encoding",
            f"Database {database} has encoding {encoding}, which does not hold Chinese as the release does.",
            next_step=f"CREATE DATABASE {database}_utf8 ENCODING 'UTF8' TEMPLATE template0, and push into that one.",
        )
    if standby:
        raise TargetRefused(
            "read_only", f"PostgreSQL at {server.place} is a standby.", next_step="name the primary in the address."
        )
    _refuse_strangers(server, tables)
    refuse_dependents(server)


def has_ledger(server: Server, condition: str = "true") -> bool:
    """Whether there is a ledger for which the condition on its row of `pg_class` holds."""
    ledger = f"relname = 'pushed' AND relnamespace = to_regnamespace({sql_text(OURS)})"
    return _exists(server, "pg_class", f"{ledger} AND {condition}")


def live_tables(server: Server) -> dict[tuple[str, str], str]:
    """Schema and name of the tables there that came by a push, with the release each is of."""
    server.doing = "reading which release is live"
    if not has_ledger(server):
        return {}
    rows = server.rows(
        f"SELECT schema_name, table_name, release_id FROM {LEDGER} JOIN pg_namespace ON nspname = schema_name "
        "JOIN pg_class ON relnamespace = pg_namespace.oid AND relname = table_name ORDER BY 1, 2"
    )
    return {(schema, name): release_id for schema, name, release_id in rows}


def refuse_dependents(server: Server) -> None:
    """Raise TargetRefused naming what others have built on our tables: it would have to go with them."""
    live = live_tables(server)
    if not live:
        return
    names = ", ".join(f"CAST({sql_text(sql_name(*table))} AS regclass)" for table in live)
    server.doing = "looking for views on the tables"
    rows = server.rows(
        "SELECT DISTINCT coalesce(CASE v.relkind WHEN 'm' THEN 'materialized view ' ELSE 'view ' END "
        "|| CAST(CAST(v.oid AS regclass) AS text), pg_describe_object(d.classid, d.objid, d.objsubid)) "
        "FROM pg_class AS t LEFT JOIN pg_type AS y ON y.oid = t.reltype "  # its rows, and arrays of them, are types
        "JOIN pg_depend AS d ON d.refobjid IN (t.oid, t.reltype, y.typarray) "
        "AND d.refclassid IN (CAST('pg_class' AS regclass), CAST('pg_type' AS regclass)) "
        "LEFT JOIN pg_rewrite AS r ON d.classid = CAST('pg_rewrite' AS regclass) AND r.oid = d.objid "
        f"LEFT JOIN pg_class AS v ON v.oid = r.ev_class WHERE d.deptype = 'n' AND t.oid IN ({names}) ORDER BY 1"
    )
    if rows:
        raise TargetRefused(
            "view",
            f"{', '.join(name for (name,) in rows)} in PostgreSQL depends on a table that the push replaces, and would "
            "be dropped with it. What is live there stays.",
            next_step="drop it, and keep its SQL as a dataset of the BI tool or in a function of SQL, which binds by "
            "name (docs/push-postgres.md: views of your own); then push again.",
        )


def prepare(server: Server, schemas: Iterable[str], reader: str) -> None:
    """Sweep what a kill left, then make what is missing: the schemas, those for staging, the reader, the ledger."""
    sweep(server)
    server.doing = "making schemas and the reader's role"
    if not _exists(server, "pg_roles", f"rolname = {sql_text(reader)}"):
        server.run(f"CREATE ROLE {sql_name(reader)} NOLOGIN")
    for schema in (OURS, *schemas):
        if not _exists(server, "pg_namespace", f"nspname = {sql_text(schema)}"):
            server.run(f"CREATE SCHEMA {sql_name(schema)}")
            server.run(f"COMMENT ON SCHEMA {sql_name(schema)} IS {sql_text(SAID)}")
    for schema in schemas:
        staging = sql_name(staging_schema(schema))
        server.run(f"CREATE SCHEMA {staging}")
        server.run(f"GRANT USAGE ON SCHEMA {sql_name(schema)} TO {sql_name(reader)}")
        for place in (staging, sql_name(schema)):  # readable from the moment it exists, and so when it is swapped in
            server.run(f"ALTER DEFAULT PRIVILEGES IN SCHEMA {place} GRANT SELECT ON TABLES TO {sql_name(reader)}")
    server.run(
        f"CREATE TABLE IF NOT EXISTS {LEDGER} (schema_name text, table_name text, release_id text, "
        "pushed_at timestamptz DEFAULT now())"
    )


def sweep(server: Server) -> None:
    """Drop the staging schemas; only under the lock of the push, for they are of whoever holds it."""
    server.doing = "sweeping the staging schemas"
    found = server.rows(
        f"SELECT CAST(nspname AS text) FROM pg_namespace WHERE starts_with(nspname, {sql_text(STAGING)})"
    )
    for (schema,) in found:
        server.run(f"DROP SCHEMA {sql_name(schema)} CASCADE")


def _refuse_strangers(server: Server, tables: Iterable[Table]) -> None:
    live = live_tables(server)
    wanted = [table for table in tables if (table.schema, table.name) not in live]
    if not wanted:
        return
    listed = ", ".join(f"({sql_text(table.schema)}, {sql_text(table.name)})" for table in wanted)
    rows = server.rows(
        "SELECT nspname || '.' || relname FROM pg_class JOIN pg_namespace ON relnamespace = pg_namespace.oid "
        f"WHERE (CAST(nspname AS text), CAST(relname AS text)) IN ({listed}) ORDER BY 1"
    )
    if rows:
        raise TargetRefused(
            "taken",
            f"{', '.join(name for (name,) in rows[:5])} in PostgreSQL did not come by a push, and is not replaced.",
            next_step="rename it, or push into a database of its own.",
        )


def _exists(server: Server, catalogue: str, condition: str) -> bool:
    return bool(server.rows(f"SELECT 1 FROM {catalogue} WHERE {condition}"))
