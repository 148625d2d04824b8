"""One session with the PostgreSQL server, by ADBC; what it refuses becomes an error of ours, without its text.

The server's own words are withheld: they may quote a row (a COPY that fails tells the line), and those of a failed
connection may quote the address with its password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import adbc_driver_manager
from adbc_driver_postgresql import dbapi
from arro3.core import RecordBatchReader, Table
from duckdb import DuckDBPyRelation

from ingestion.errors import ContractError, TargetRefused, TargetUnavailable, WarehouseBusy
from ingestion.settings import PostgresTarget

BATCH_ROWS = 5_000  # DuckDB hands out a million rows at once: encoding them and sending them would take turns
CONNECT_SECONDS = 15
SESSION = {
    "application_name": "citypulse push",
    "client_connection_check_interval": "2000",  # ms; a session whose client was killed ends, where the server can tell
    "datestyle": "ISO",
    "idle_in_transaction_session_timeout": "0",
    "lock_timeout": "60000",
    "search_path": "pg_catalog",
    "standard_conforming_strings": "on",
    "statement_timeout": "0",
}
STAYS = "What is live there stays."
# What libpq says of a connection that it does not get, to the rule of our error; English, or the last line holds.
LET_IN = (
    ("password", r"password|authentication|pg_hba|certificate"),
    ("address", r"invalid|could not translate|does not exist|missing|forbidden|unexpected"),
)
# SQLSTATE or its class, the rule, what happened, the next step, and whether it may pass by itself.
REFUSALS = (
    ("42501", "rights", "the account lacks a right", "grant it; docs/push-postgres.md lists what is needed.", False),
    ("25006", "read_only", "the server takes no writes", "name the primary, not a standby.", False),
    ("2BP01", "view", "something of others depends on a table", "see docs/push-postgres.md: views of your own.", False),
    ("53100", "disk", "the server's disk is full", "make room for the tables twice over, then push again.", True),
    ("53", "resources", "the server lacks memory or connections", "push again when it has some.", True),
    ("57", "ended", "the server or an administrator ended the session", "see the server's log, push again.", True),
    ("08", "connection", "the connection broke", "see the server's log, then push again.", True),
    ("22", "value", "a value does not fit", "make the database with ENCODING 'UTF8'; see the server's log.", False),
)


class Server:
    """A session. `doing` tells, for errors, what it is at."""

    def __init__(self, target: PostgresTarget) -> None:
        """Connect; libpq takes what the address leaves out from its own files and variables (`~/.pgpass`).

        Raises ContractError for an address of another form, TargetRefused or TargetUnavailable where it is not let in.
        """
        self.place = place_of(target.url)
        self.doing = "connecting"
        try:
            self._connection = dbapi.connect(_with_timeout(target.url), autocommit=True)
        except adbc_driver_manager.Error as error:
            raise _not_let_in(self.place, str(error)) from None
        listed = ", ".join(f"('{name}', '{value}')" for name, value in SESSION.items())
        self.rows(
            f"SELECT set_config(name, value, false) FROM (VALUES {listed}) AS wanted (wanted, value) "
            "JOIN pg_catalog.pg_settings ON lower(name) = wanted"
        )

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def run(self, sql: str) -> None:
        """One statement whose answer does not matter."""
        with self._connection.cursor() as cursor, self._translated():
            cursor.execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query; the answer is small, so Python may hold it."""
        with self._connection.cursor() as cursor, self._translated():
            cursor.execute(sql)
            table = Table.from_arrow(cursor.fetch_arrow())
        columns = [[value.as_py() for value in column] for column in table.columns]
        return list(zip(*columns, strict=True))

    def copy(self, schema: str, name: str, relation: DuckDBPyRelation) -> int:
        """Append a relation to a table by binary COPY, and return how many rows that were."""
        with self._connection.cursor() as cursor, self._translated():
            return int(cursor.adbc_ingest(name, _in_batches(relation), mode="append", db_schema_name=schema))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except adbc_driver_manager.Error as error:
            raise _refusal(self.place, self.doing, error.sqlstate or "") from None


def place_of(url: str) -> str:
    """Where an address leads, without its account and password. Raises ContractError where it is not of our form.

    A password that is not percent-encoded ends early at one of `/?#@`, and what is left of it would pass for the host
    or the database. Then an `@` stands behind the part where accounts belong, or a second one in it.
    """
    form = "set CITYPULSE_POSTGRES_URL to postgresql://user@host:5432/database."
    try:
        parts = urlsplit(url)
        place = f"{parts.hostname or 'the local socket'}{f':{parts.port}' if parts.port else ''}{parts.path}"
    except ValueError:
        raise _unreadable(form) from None
    if url.count("@") > 1 or parts.netloc.count("@") < url.count("@") or "/" in parts.path[1:]:
        raise _unreadable(form)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise ContractError("The address of the PostgreSQL server names no database.", next_step=form)
    return place


def _unreadable(form: str) -> ContractError:
    step = f"percent-encode the password (`@` is %40, `/` is %2F), or leave it to ~/.pgpass; {form}"
    return ContractError("The address of the PostgreSQL server cannot be read.", next_step=step)


def _with_timeout(url: str) -> str:
    if "connect_timeout=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}connect_timeout={CONNECT_SECONDS}"


def _in_batches(relation: DuckDBPyRelation) -> RecordBatchReader:
    """The relation as a stream of small batches: the server parses one while the next is being encoded."""
    whole = RecordBatchReader.from_stream(relation)
    return RecordBatchReader.from_batches(
        whole.schema,
        (
            batch.slice(start, min(BATCH_ROWS, batch.num_rows - start))
            for batch in whole
            for start in range(0, batch.num_rows, BATCH_ROWS)
        ),
    )


def _not_let_in(place: str, said: str) -> TargetRefused:
    """Why there is no session. libpq gives no code for it, and its text is not passed on."""
    rule = next((rule for rule, words in LET_IN if re.search(words, said)), "connection")
    if rule == "password":
        return TargetRefused(
            rule,
            f"PostgreSQL at {place} does not let this account in. {STAYS}",
            next_step="check the account, its password (in the address, or in ~/.pgpass with mode 0600), pg_hba.conf.",
        )
    if rule == "address":
        return TargetRefused(
            rule,
            f"PostgreSQL at {place}: the host, the database or the account does not exist, or the address has a part "
            f"that is unknown. {STAYS}",
            next_step="check CITYPULSE_POSTGRES_URL; docs/push-postgres.md shows how to make database and account.",
        )
    return TargetUnavailable(
        rule,
        f"PostgreSQL at {place} does not answer. {STAYS}",
        next_step="check that it runs and that this machine reaches it, then push again.",
    )


def _refusal(place: str, doing: str, code: str) -> TargetRefused | WarehouseBusy:
    said = f"PostgreSQL at {place}, {doing}"
    if code in ("55P03", "40P01", "57014"):
        return WarehouseBusy(
            f"{said}: others held what is needed for too long. {STAYS}", next_step="push again when they are done."
        )
    for prefix, rule, what, step, passes in REFUSALS:
        if (code or "08").startswith(prefix):
            kind = TargetUnavailable if passes else TargetRefused
            return kind(rule, f"{said}: {what}{f' (SQLSTATE {code})' if code else ''}. {STAYS}", next_step=step)
    return TargetRefused(
        "refused", f"{said}: refused with SQLSTATE {code}. {STAYS}", next_step="see the server's log for the reason."
    )
