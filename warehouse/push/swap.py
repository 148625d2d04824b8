"""The swap: in one transaction the old tables go and the staged ones take their names.

Every old table is locked first, in one statement. A reader that has read one of them in its transaction holds it until
that ends, so no transaction sees tables of two releases. While we wait for such a reader, others queue behind us: so we
wait shorter than the server takes to look for a deadlock, let go, and come again later, for a minute at most.
"""

from __future__ import annotations

import time
from collections import Counter

from ingestion.errors import IntegrityError, TargetUnavailable, WarehouseBusy
from warehouse.push.place import LEDGER, live_tables, refuse_dependents
from warehouse.push.rights import unread
from warehouse.push.server import Server
from warehouse.push.stage import as_one, staging_schema
from warehouse.push.tables import Table
from warehouse.release_tables import sql_name, sql_text

PATIENCE_SECONDS = 60.0
LONGEST_PAUSE = 2.0
FIRST_READ = ("meta", "publish_info")  # by readers that want to know what they look at


def swap(server: Server, tables: list[Table], release_id: str, reader: str, patience: float = PATIENCE_SECONDS) -> None:
    """Put the staged tables into service. Tables of the release before that this one no longer has go.

    Raises WarehouseBusy where readers keep a table for longer than `patience`, TargetRefused for views on the tables.
    """
    live = list(live_tables(server))
    _begin_locked(server, live, patience)
    refuse_dependents(server)
    server.doing = "swapping the tables"
    moves = [
        f"ALTER TABLE {sql_name(staging_schema(table.schema), table.name)} SET SCHEMA {sql_name(table.schema)}"
        for table in tables
    ]
    listed = ", ".join(f"({', '.join(map(sql_text, (t.schema, t.name, release_id)))})" for t in tables)
    server.run(
        as_one(
            [
                *([f"DROP TABLE {', '.join(sql_name(*table) for table in live)}"] if live else []),
                *moves,
                f"DELETE FROM {LEDGER}",
                f"INSERT INTO {LEDGER} (schema_name, table_name, release_id) VALUES {listed}",
            ]
        )
    )
    _check_reader(server, tables, reader)
    server.doing = "ending the swap"
    try:
        server.run("COMMIT")
    except TargetUnavailable as lost:
        raise TargetUnavailable(
            lost.rule,
            f"PostgreSQL at {server.place} was lost while the swap ended: either release may be live, whole.",
            next_step="push again: exit 3 says that it was done.",
        ) from None


def _begin_locked(server: Server, live: list[tuple[str, str]], patience: float) -> None:
    """Begin a transaction that holds every live table for itself.

    The tables that readers were seen to hold most come first: who then waits for one of them holds none of the others,
    so we and the reader do not wait for each other.
    """
    server.doing = "waiting for readers to end"
    shortest = "SELECT CAST(setting AS integer) FROM pg_settings WHERE name = 'deadlock_timeout'"
    wait = min(500, server.rows(shortest)[0][0] // 2)  # ms, for all of them together
    deadline, pause, held = time.monotonic() + patience, 0.1, Counter[tuple[str, str]]()
    while True:
        sessions = _holders(server)
        held.update(table for table, _ in sessions)
        order = sorted(live, key=lambda table: (-held[table], table != FIRST_READ, table))
        server.run("BEGIN")
        server.run(f"SET LOCAL statement_timeout = {wait}")
        try:
            if order:
                server.run(f"LOCK TABLE {', '.join(sql_name(*table) for table in order)} IN ACCESS EXCLUSIVE MODE")
            server.run("SET LOCAL statement_timeout = 0")
            return
        except WarehouseBusy:
            server.run("ROLLBACK")
            if time.monotonic() >= deadline:
                raise _busy(server, patience) from None
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _holders(server: Server) -> list[tuple[tuple[str, str], str]]:
    """Which of our tables other sessions hold now, and which sessions, by number and account."""
    rows = server.rows(
        f"SELECT schema_name, table_name, format('%s (%s)', pid, usename) FROM {LEDGER} "
        "JOIN pg_namespace ON nspname = schema_name JOIN pg_class AS c ON relnamespace = pg_namespace.oid "
        "AND relname = table_name JOIN pg_locks ON relation = c.oid AND granted JOIN pg_stat_activity USING (pid) "
        "WHERE pid != pg_backend_pid() ORDER BY pid"
    )
    return [((schema, name), session) for schema, name, session in rows]


def _busy(server: Server, patience: float) -> WarehouseBusy:
    sessions = ", ".join(dict.fromkeys(session for _, session in _holders(server))) or "that have ended"
    return WarehouseBusy(
        f"Readers kept the tables open for {patience:g} seconds; now it is sessions {sessions}. "
        "What is live there stays.",
        next_step="push again when they are done, or end them: SELECT pg_terminate_backend(<number>).",
    )


def _check_reader(server: Server, tables: list[Table], reader: str) -> None:
    """Raise IntegrityError, and so undo the swap, where a table would be live that the reader cannot read."""
    if names := unread(server, tables, reader):
        raise IntegrityError(
            f"{reader} could not read {', '.join(names[:5])}. What is live there stays.",
            next_step="see whether someone took the rights from it: \\ddp in psql.",
        )
