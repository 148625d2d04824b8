"""What goes wrong with a push: the old release stays live and whole, and the error says what to do."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingestion.errors import (
    CitypulseError,
    ContractError,
    IntegrityError,
    TargetRefused,
    TargetUnavailable,
    WarehouseBusy,
)
from ingestion.run_log import recent
from ingestion.settings import PostgresTarget, Settings, child_environment
from tests.bi.postgres_server import PASSWORD, WITH_PASSWORD, PostgresServer, free_port
from tests.bi.small_release import ROWS, small_release
from warehouse.engine import connect
from warehouse.push.push import push, rehearse
from warehouse.release import publish

STORIES = count(1)
MANY = 200_000  # rows that take long enough to be caught at


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return small_release(tmp_path_factory.mktemp("old"), 1)


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return small_release(tmp_path_factory.mktemp("new"), 2)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return small_release(tmp_path_factory.mktemp("large"), 3, rows=MANY)


@pytest.fixture
def url(server: PostgresServer, old: Settings) -> str:
    """The address of a database of one test, in which the old release is live."""
    made = server.make_database(f"story_{next(STORIES)}")
    push(old, PostgresTarget(made))
    return made


def mark_of(url: str) -> int:
    """The mark of the live release, whose tables must be whole and of one release."""
    with psycopg.connect(url) as session:
        found = session.execute(
            "SELECT DISTINCT mark, (SELECT count(*) FROM marts.fct_one), (SELECT count(*) FROM marts.fct_two) FROM "
            "(SELECT mark FROM marts.fct_one UNION ALL SELECT mark FROM marts.fct_two) AS marks"
        ).fetchall()
    ((mark, one, two),) = found
    assert one == two == (MANY if mark == 3 else ROWS)
    return int(mark)


def staging_schemas(url: str) -> list[Any]:
    with psycopg.connect(url) as session:
        return session.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE '%staging%'").fetchall()


def refused(kind: type[CitypulseError], settings: Settings, url: str, **options: Any) -> str:
    """Push, which must fail so, and return what it says: nothing secret, and a next step."""
    with pytest.raises(kind) as failure:
        push(settings, PostgresTarget(url, **options))
    message = str(failure.value)
    assert failure.type is kind
    assert "canary" not in message
    assert "Next step: " in message
    return message


def test_a_server_that_is_down_may_come_back(old: Settings) -> None:
    message = refused(TargetUnavailable, old, f"postgresql://postgres:canary-5@127.0.0.1:{free_port()}/gov")
    assert "does not answer" in message
    assert TargetUnavailable.transient
    assert TargetUnavailable.exit_code == 4
    assert (recent(old)[0].step, recent(old)[0].error) == ("push_postgres", "TargetUnavailable connection")


def test_a_wrong_password_is_not_tried_again(server: PostgresServer, old: Settings, tmp_path: Path) -> None:
    name = "passwords"
    with server.connect() as admin:
        admin.execute(f"CREATE ROLE {WITH_PASSWORD} LOGIN CREATEROLE PASSWORD '{PASSWORD}'")
        admin.execute(f"CREATE DATABASE {name} OWNER {WITH_PASSWORD}")
    wrong = server.url(name, WITH_PASSWORD, "canary-wrong")
    assert "does not let this account in" in refused(TargetRefused, old, wrong)
    assert "does not let this account in" in refused(TargetRefused, old, server.url(name, WITH_PASSWORD))
    passfile = tmp_path / "pgpass"
    passfile.write_text(f"127.0.0.1:*:{name}:{WITH_PASSWORD}:{PASSWORD}\n")
    passfile.chmod(0o600)
    with_file = f"{server.url(name, WITH_PASSWORD)}?passfile={passfile}"
    assert push(old, PostgresTarget(with_file)).place == f"127.0.0.1:{server.port}/{name}"


def test_a_database_or_account_that_does_not_exist_is_named_so(server: PostgresServer, old: Settings) -> None:
    assert "does not exist" in refused(TargetRefused, old, server.url("nowhere"))
    assert "does not exist" in refused(TargetRefused, old, server.url("postgres", "nobody_of_that_name"))


def test_an_account_without_rights_is_told_which(server: PostgresServer, old: Settings) -> None:
    server.make_database("rights")
    with server.connect() as admin:
        admin.execute("CREATE ROLE weak LOGIN")
    weak = server.url("rights", "weak")
    message = refused(TargetRefused, old, weak, reader="other_reader")
    assert 'GRANT CREATE ON DATABASE "rights" TO "weak";' in message
    assert 'CREATE ROLE "other_reader" NOLOGIN;' in message
    run_what_it_says(server, "rights", message)
    push(old, PostgresTarget(weak, "other_reader"))
    assert mark_of(server.url("rights")) == 1


def run_what_it_says(server: PostgresServer, database: str, message: str) -> None:
    """Have an administrator run the statements of a message in psql, as it asks."""
    line = [str(server.binaries / "psql"), "-XAt", "-v", "ON_ERROR_STOP=1", server.url(database)]
    statements = message.partition("in psql: ")[2]
    assert statements
    subprocess.run(line, input=f"{statements}\n", check=True, capture_output=True, text=True)


@pytest.mark.parametrize("made", ["CREATE SCHEMA marts; CREATE SCHEMA zh", "CREATE SCHEMA citypulse"])
def test_a_schema_of_another_role_is_asked_for_before_rows_are_copied(
    server: PostgresServer, old: Settings, made: str
) -> None:
    database = f"story_{next(STORIES)}"
    server.make_database(database)
    account = f"account_of_{database}"
    with server.connect(database) as admin:
        admin.execute(f"CREATE ROLE {account} LOGIN; GRANT CREATE ON DATABASE {database} TO {account}; {made}")
    url = server.url(database, account)
    message = refused(TargetRefused, old, url)
    names = ", ".join(f'"{statement.split()[-1]}"' for statement in made.split(";"))
    assert f'GRANT USAGE, CREATE ON SCHEMA {names} TO "{account}" WITH GRANT OPTION;' in message
    with pytest.raises(TargetRefused, match="WITH GRANT OPTION"):
        rehearse(old, PostgresTarget(url))
    run_what_it_says(server, database, message)
    push(old, PostgresTarget(url))
    assert mark_of(server.url(database)) == 1


def test_a_right_without_the_grant_option_does_where_the_reader_has_it(server: PostgresServer, old: Settings) -> None:
    server.make_database("granted")
    with server.connect("granted") as admin:
        admin.execute(
            "CREATE ROLE plain LOGIN; GRANT CREATE ON DATABASE granted TO plain; CREATE SCHEMA marts; "
            "CREATE ROLE granted_reader; GRANT USAGE, CREATE ON SCHEMA marts TO plain"
        )
    url = server.url("granted", "plain")
    assert "may not fill marts" in refused(TargetRefused, old, url, reader="granted_reader")
    with server.connect("granted") as admin:
        admin.execute("GRANT USAGE ON SCHEMA marts TO granted_reader")
    push(old, PostgresTarget(url, "granted_reader"))
    assert mark_of(server.url("granted")) == 1


def test_what_another_account_pushed_is_handed_over_by_the_statements_of_the_messages(
    url: str, server: PostgresServer, old: Settings, new: Settings
) -> None:
    database = url.rpartition("/")[2]
    heir = server.url(database, f"heir_of_{database}")
    with server.connect(database) as admin:
        admin.execute(f"CREATE ROLE heir_of_{database} LOGIN; CREATE SCHEMA citypulse_staging_marts")
        admin.execute("CREATE TABLE citypulse_staging_marts.left_by_a_kill (a int)")
    message = refused(TargetRefused, new, heir)
    assert "drop citypulse_staging_marts" in message
    assert "GRANT SELECT, INSERT, DELETE ON" in message
    run_what_it_says(server, database, message)
    message = refused(TargetRefused, new, heir)
    assert "may not replace what postgres pushed" in message
    assert mark_of(url) == 1
    run_what_it_says(server, database, message)
    push(new, PostgresTarget(heir))
    assert mark_of(url) == 2


@pytest.mark.parametrize("reader", ["public", "none", "pg_read_all_data"])
def test_a_name_that_the_server_keeps_for_itself_is_no_reader(old: Settings, reader: str) -> None:
    assert f"CITYPULSE_POSTGRES_READER is {reader}" in refused(ContractError, old, "postgresql://db/x", reader=reader)


def test_a_table_that_someone_else_made_is_not_replaced(server: PostgresServer, old: Settings) -> None:
    url = server.make_database("strangers")
    with server.connect("strangers") as admin:
        admin.execute("CREATE SCHEMA marts; CREATE TABLE marts.fct_one AS SELECT 42 AS theirs")
    assert "marts.fct_one in PostgreSQL did not come by a push" in refused(TargetRefused, old, url)
    assert server.psql(url, "TABLE marts.fct_one").strip() == "42"


def test_a_database_that_cannot_hold_chinese_is_refused(server: PostgresServer, old: Settings) -> None:
    with server.connect() as admin:
        admin.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    assert "ENCODING 'UTF8'" in refused(TargetRefused, old, server.url("latin"))


@pytest.mark.parametrize("table", ["marts.fct_one", "zh.fct_one"])
def test_a_damaged_release_is_told_from_a_lost_server_and_can_be_written_anew(
    url: str, tmp_path: Path, table: str
) -> None:
    broken = small_release(tmp_path, 4)
    (release,) = broken.releases.glob("r*.duckdb")
    with connect(release, settings=broken, read_only=True) as connection:
        block, size = connection.execute(
            f"SELECT max(block_id), any_value(block_size) FROM pragma_storage_info('{table}'), pragma_database_size()"
        ).fetchall()[0]
    release.chmod(0o644)
    with release.open("r+b") as file:
        file.seek(3 * 4096 + block * size)  # three headers, then the blocks
        file.write(b"\xff" * size)
    message = refused(IntegrityError, broken, url)
    assert message.startswith(f"{release.name} cannot be read back: ")
    assert table in message
    assert "`citypulse release` writes the release in service anew" in message
    assert mark_of(url) == 1
    publish(broken, checks_passed=1, checks_total=1)
    push(broken, PostgresTarget(url))
    assert mark_of(url) == 4


def test_a_name_that_would_be_cut_is_refused(url: str, tmp_path: Path) -> None:
    name = "很" * 22
    longest = small_release(tmp_path, 4, f'ALTER TABLE marts.fct_one RENAME COLUMN numerator TO "{name}"')
    assert name in refused(ContractError, longest, url)
    assert mark_of(url) == 1


def test_a_view_of_a_user_is_never_dropped_and_a_function_keeps_working(url: str, new: Settings) -> None:
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("CREATE SCHEMA own; CREATE VIEW own.january AS SELECT mark FROM marts.fct_one")
        session.execute("CREATE MATERIALIZED VIEW own.kept AS SELECT mark FROM own.january")
        session.execute("CREATE FUNCTION own.rows_of(t marts.fct_two) RETURNS int LANGUAGE sql AS 'SELECT 1'")
        session.execute("CREATE TABLE own.whole (kept marts.fct_two, many marts.fct_one[])")
        message = refused(TargetRefused, new, url)
        assert "view own.january" in message
        assert "own.rows_of" in message
        assert "column kept of table own.whole" in message
        assert "column many of table own.whole" in message
        assert session.execute("SELECT count(*) FROM own.january").fetchall() == [(ROWS,)]
        session.execute("DROP VIEW own.january CASCADE; DROP FUNCTION own.rows_of; DROP TABLE own.whole")
        session.execute(
            "CREATE FUNCTION own.marks() RETURNS TABLE (mark bigint) LANGUAGE sql STABLE "
            "AS 'SELECT DISTINCT mark FROM marts.fct_one'; CREATE VIEW own.marks_view AS SELECT * FROM own.marks()"
        )
        push(new, PostgresTarget(url))
        assert session.execute("TABLE own.marks_view").fetchall() == [(2,)]


@contextmanager
def pushing(settings: Settings, url: str, done: list[object], **options: Any) -> Iterator[None]:
    """Push beside the block, and wait for the end of it after; what came of it goes into `done`."""

    def work() -> None:
        try:
            done.append(push(settings, PostgresTarget(url), **options))
        except CitypulseError as error:
            done.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def wait_until(session: psycopg.Connection[Any], condition: str) -> None:
    """Until a query of the server's own views has a row."""
    deadline = time.monotonic() + 30
    while not session.execute(f"SELECT 1 {condition}").fetchall():
        assert time.monotonic() < deadline, condition
        time.sleep(0.001)


COPYING = (
    "FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE 'COPY%FROM STDIN%'"
)
LOCKING = (
    "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LOCK TABLE%' AND wait_event = 'relation'"
)


def test_a_long_reader_holds_up_no_other_reader_and_no_push_for_long(url: str, new: Settings) -> None:
    done: list[object] = []
    with psycopg.connect(url) as long, psycopg.connect(url, autocommit=True) as other:
        long.execute("SELECT count(*) FROM marts.fct_two")  # and does not end its transaction
        slowest = 0.0
        with pushing(new, url, done, patience=1.0):
            wait_until(other, LOCKING)
            second = refused(WarehouseBusy, new, url)
            while not done:
                began = time.monotonic()
                other.execute("SELECT count(*) FROM marts.fct_two")
                slowest = max(slowest, time.monotonic() - began)
        assert slowest < 1.0, "who reads waits no longer than one look for the lock"
        assert "Another push" in second
        (busy,) = done
        assert isinstance(busy, WarehouseBusy)
        assert f"{long.info.backend_pid} (postgres)" in str(busy)
    assert mark_of(url) == 1
    assert staging_schemas(url) == []
    push(new, PostgresTarget(url))
    assert mark_of(url) == 2


def test_a_push_waits_for_a_reader_that_ends(url: str, new: Settings) -> None:
    done: list[object] = []
    with psycopg.connect(url) as reader, psycopg.connect(url, autocommit=True) as other:
        reader.execute("SELECT count(*) FROM marts.fct_one")
        with pushing(new, url, done):
            wait_until(other, LOCKING)
            reader.commit()
    assert mark_of(url) == 2


def test_a_session_that_is_ended_while_it_copies_leaves_the_old_release(url: str, large: Settings) -> None:
    done: list[object] = []
    with psycopg.connect(url, autocommit=True) as admin, pushing(large, url, done):
        wait_until(admin, COPYING)
        admin.execute(f"SELECT pg_terminate_backend(pid) {COPYING}")
    (error,) = done
    assert isinstance(error, TargetUnavailable)
    assert "copying marts.fct_" in str(error)
    assert mark_of(url) == 1
    assert staging_schemas(url) == []


STAGING = "FROM pg_namespace WHERE nspname LIKE 'citypulse_staging%'"
STAGED = "FROM pg_tables WHERE tablename = 'fct_two' AND schemaname LIKE 'citypulse_staging%'"


@pytest.mark.parametrize("moment", [STAGING, COPYING, STAGED, LOCKING], ids=["begun", "copying", "staged", "swapping"])
def test_a_push_that_is_killed_leaves_the_old_release_and_the_next_one_sweeps(
    url: str, large: Settings, new: Settings, moment: str
) -> None:
    command = [sys.executable, "-m", "citypulse", "--home", str(large.home), "push", "postgres"]
    environment = child_environment(large, {"CITYPULSE_POSTGRES_URL": url})
    with psycopg.connect(url) as reader, psycopg.connect(url, autocommit=True) as admin:
        if moment == LOCKING:
            reader.execute("SELECT count(*) FROM marts.fct_one")
        pushed = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        wait_until(admin, moment)
        pushed.send_signal(signal.SIGKILL)
        assert pushed.wait() == -signal.SIGKILL
        reader.rollback()
        assert mark_of(url) == 1
        wait_until(admin, "WHERE NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory')")
    push(new, PostgresTarget(url))
    assert mark_of(url) == 2
    assert staging_schemas(url) == []


def make_trouble(url: str, when: str, tag: str, statement: str) -> Callable[[], None]:
    """Have the server run a statement at the end or begin of every command of a kind; returns what ends that."""
    with psycopg.connect(url, autocommit=True) as admin:
        body = f"BEGIN {statement}; END".replace("'", "''")
        admin.execute(f"CREATE FUNCTION public.trouble() RETURNS event_trigger LANGUAGE plpgsql AS '{body}'")
        admin.execute(f"CREATE EVENT TRIGGER trouble ON {when} WHEN TAG IN ('{tag}') EXECUTE FUNCTION public.trouble()")

    def end() -> None:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("DROP EVENT TRIGGER trouble; DROP FUNCTION public.trouble()")

    return end


@pytest.mark.parametrize(
    ("tag", "code", "kind", "said"),
    [
        ("ALTER TABLE", "XX000", TargetRefused, "swapping the tables: refused with SQLSTATE XX000"),
        ("CREATE INDEX", "53100", TargetUnavailable, "the server's disk is full"),
        ("CREATE SCHEMA", "42501", TargetRefused, "the account lacks a right"),
        ("DROP TABLE", "40P01", WarehouseBusy, "held what is needed for too long"),
    ],
)
def test_a_statement_that_fails_leaves_the_old_release(
    url: str, new: Settings, tag: str, code: str, kind: type[CitypulseError], said: str
) -> None:
    end = make_trouble(url, "ddl_command_start", tag, f"RAISE EXCEPTION 'canary' USING ERRCODE = '{code}'")
    assert said in refused(kind, new, url)
    assert mark_of(url) == 1
    end()
    push(new, PostgresTarget(url))
    assert mark_of(url) == 2
    assert staging_schemas(url) == []


def test_rows_that_are_lost_on_the_way_never_go_live(url: str, new: Settings) -> None:
    make_trouble(
        url, "ddl_command_end", "CREATE INDEX", "IF to_regclass('citypulse_staging_marts.fct_two') IS NOT NULL THEN "
        "DELETE FROM citypulse_staging_marts.fct_two WHERE area_code = '7'; END IF",
    )  # fmt: skip
    message = refused(IntegrityError, new, url)
    assert message.startswith("marts.fct_two in PostgreSQL is not that of the release, in rows, kpi_code: values")
    assert mark_of(url) == 1


def test_rows_that_change_in_the_swap_are_told_of_loudly(url: str, new: Settings) -> None:
    make_trouble(
        url, "ddl_command_end", "ALTER TABLE", "IF to_regclass('marts.fct_two') IS NOT NULL THEN "
        "UPDATE marts.fct_two SET numerator = numerator + 1 WHERE area_code = '7'; END IF",
    )  # fmt: skip
    message = refused(IntegrityError, new, url)
    assert message.startswith("marts.fct_two in PostgreSQL is not that of the release, in numerator: sum.")
    assert "--force" in message
    assert IntegrityError.exit_code == 7
