"""A release opened locked down answers its own tables and reads nothing else: every way out of it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from tests.reliability.figures import record
from tests.warehouse_fixture import make_settings
from warehouse.engine import connect, connect_locked

SECRET = "row of a single case"
# {home}: the home; {vault}: a file beside the release that must not be read; {out}: a place to carry things off to.
ATTEMPTS = [
    *(f"SELECT * FROM {read}('{{vault}}')" for read in ("read_text", "read_blob", "read_csv", "read_json_auto")),
    "SELECT * FROM '{vault}'",
    "SELECT * FROM read_parquet('{vault}')",
    "SELECT * FROM read_text('{home}/serving/../vault/a.csv')",
    "SELECT * FROM read_text('{home}/serving/link.csv')",
    "SELECT * FROM read_text('{home}/serving/folder/a.csv')",
    "SELECT * FROM read_text('{home}/serving/*')",
    "SELECT * FROM read_text('file://{vault}')",
    "SELECT * FROM glob('{home}/**')",
    "SELECT * FROM glob('{home}/serving/*')",
    "SELECT * FROM sniff_csv('{vault}')",
    "SELECT * FROM parquet_metadata('{vault}')",
    "SELECT * FROM read_csv('/proc/self/environ', delim = '', header = false)",
    "ATTACH '{home}/warehouse/governance.duckdb' AS w (READ_ONLY)",
    "ATTACH '{home}/serving/link.duckdb' AS w (READ_ONLY)",
    "ATTACH '{out}/new.duckdb' AS w",
    "COPY (SELECT * FROM marts.a) TO '{out}/a.csv'",
    "COPY marts.a TO '{home}/serving/a.parquet' (FORMAT parquet)",
    "COPY (SELECT 1) TO '/dev/stdout'",
    "EXPORT DATABASE '{out}/all'",
    "IMPORT DATABASE '{home}'",
    *(f"{verb} {name}" for verb in ("INSTALL", "LOAD") for name in ("httpfs", "'{out}/x.duckdb_extension'")),
    "INSTALL shellfs FROM community",
    "SELECT * FROM read_csv('https://example.invalid/a.csv')",
    "SELECT * FROM read_parquet('s3://bucket/a.parquet')",
    "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "SET enable_external_access = true",
    "SET allowed_directories = ['/']",
    "SET allowed_paths = ['{vault}']",
    "SET lock_configuration = false",
    "RESET lock_configuration",
    "RESET enable_external_access",
    "SET autoload_known_extensions = true",
    "SET autoinstall_known_extensions = true",
    "SET allow_unsigned_extensions = true",
    "SET extension_directory = '{out}'",
    "SET temp_directory = '{out}'",
    "SET home_directory = '{home}'",
    "SET log_query_path = '{out}/queries.log'",
    "PRAGMA profiling_output = '{out}/profile.json'",
    "PRAGMA enable_profiling = 'json'",
    "DELETE FROM marts.a",
    "CREATE TABLE marts.b AS SELECT 1",
    "UPDATE marts.a SET n = 2",
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    settings = make_settings(home)
    for place in (settings.serving / "governance.duckdb", settings.warehouse_db):
        with connect(place, settings=settings) as connection:
            connection.execute("CREATE SCHEMA marts; CREATE TABLE marts.a AS SELECT 1 AS n")
    (home / "vault").mkdir()
    (home / "vault" / "a.csv").write_text(f"{SECRET}\n", encoding="utf-8")
    (settings.serving / "link.csv").symlink_to(home / "vault" / "a.csv")
    (settings.serving / "folder").symlink_to(home / "vault")
    (settings.serving / "link.duckdb").symlink_to(settings.warehouse_db)
    (tmp_path / "out").mkdir()
    return home


@pytest.fixture
def locked(home: Path) -> Iterator[DuckDBPyConnection]:
    with connect_locked(home / "serving" / "governance.duckdb", settings=make_settings(home)) as connection:
        yield connection


def said(attempt: str, home: Path) -> str:
    return attempt.format(home=home, vault=home / "vault" / "a.csv", out=home.parent / "out")


def is_refused(connection: DuckDBPyConnection, statement: str) -> bool:
    try:
        found = str(connection.execute(statement).fetchall())
    except duckdb.Error as error:
        found = str(error)
        assert SECRET not in found
        return True
    assert SECRET not in found
    return False


def test_the_release_answers(locked: DuckDBPyConnection) -> None:
    assert locked.execute("SELECT n FROM marts.a").fetchall() == [(1,)]


def test_every_way_out_is_refused(home: Path, locked: DuckDBPyConnection) -> None:
    allowed = [attempt for attempt in ATTEMPTS if not is_refused(locked, said(attempt, home))]
    record("lockdown", attempts=len(ATTEMPTS), refused=len(ATTEMPTS) - len(allowed))
    assert allowed == []
    assert list((home.parent / "out").iterdir()) == [], "nothing was carried off"
    assert sorted(path.name for path in (home / "serving").iterdir()) == [
        "folder", "governance.duckdb", "link.csv", "link.duckdb"
    ]  # fmt: skip
    assert locked.execute("SELECT n FROM marts.a").fetchall() == [(1,)], "and it answers still"


def test_without_the_lock_the_ways_out_are_open(home: Path) -> None:
    """The attempts are real ones: an ordinary connection lets most of them through."""
    reads = [attempt for attempt in ATTEMPTS if "read_text('{" in attempt or "glob" in attempt or "COPY" in attempt]
    with connect(home / "serving" / "governance.duckdb", settings=make_settings(home), read_only=True) as connection:
        opened = [attempt for attempt in reads if _is_open(connection, said(attempt, home))]
    assert len(opened) >= len(reads) - 1


def _is_open(connection: DuckDBPyConnection, statement: str) -> bool:
    try:
        connection.execute(statement).fetchall()
    except duckdb.Error:
        return False
    return True
