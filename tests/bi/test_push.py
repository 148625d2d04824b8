"""A release pushed into a real PostgreSQL, looked at as tools do: psql, SQLAlchemy, the catalogue queries of JDBC."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
import sqlalchemy
from psycopg import IsolationLevel
from typer.testing import CliRunner

from citypulse.cli import app
from ingestion.errors import NothingToDo
from ingestion.run_log import recent
from ingestion.settings import PROJECT_ROOT, PostgresTarget, Settings
from tests.bi.postgres_server import PostgresServer
from tests.bi.small_release import ROWS, small_release
from warehouse.engine import connect
from warehouse.push.push import push, rehearse
from warehouse.release_tables import sql_name
from warehouse.serving import current_release

# The joins of pgjdbc's PgDatabaseMetaData.getTables and getColumns: what FineBI, DBeaver and their like ask.
JDBC_TABLES = """
SELECT n.nspname, c.relname, CASE c.relkind WHEN 'r' THEN 'TABLE' ELSE 'OTHER' END, d.description
FROM pg_catalog.pg_namespace n, pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_description d
    ON (c.oid = d.objoid AND d.objsubid = 0 AND d.classoid = 'pg_class'::regclass)
WHERE c.relnamespace = n.oid AND n.nspname LIKE %s AND c.relname LIKE %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""
JDBC_COLUMNS = """
SELECT a.attname, t.typname, information_schema._pg_numeric_precision(a.atttypid, a.atttypmod), dsc.description
FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_class c ON (c.relnamespace = n.oid)
JOIN pg_catalog.pg_attribute a ON (a.attrelid = c.oid) JOIN pg_catalog.pg_type t ON (a.atttypid = t.oid)
LEFT JOIN pg_catalog.pg_attrdef def ON (a.attrelid = def.adrelid AND a.attnum = def.adnum)
LEFT JOIN pg_catalog.pg_description dsc ON (c.oid = dsc.objoid AND a.attnum = dsc.objsubid)
LEFT JOIN pg_catalog.pg_class dc ON (dc.oid = dsc.classoid AND dc.relname = 'pg_class')
WHERE a.attnum > 0 AND NOT a.attisdropped AND n.nspname LIKE %s AND c.relname LIKE %s ORDER BY a.attnum
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return small_release(tmp_path_factory.mktemp("small"), 1)


@pytest.fixture(scope="module")
def pushed(server: PostgresServer, small: Settings) -> str:
    """The address of a database that holds the small release."""
    url = server.make_database("small")
    push(small, PostgresTarget(url))
    return url


def both_sides(settings: Settings, url: str, sql: str) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    path = settings.serving / "governance.duckdb"
    with connect(path, settings=settings, read_only=True) as release, psycopg.connect(url) as session:
        return release.execute(sql).fetchall(), session.execute(sql).fetchall()


def test_the_whole_city_arrives(released_city: Settings, server: PostgresServer) -> None:
    url = server.make_database("city")
    done = push(released_city, PostgresTarget(url))
    with connect(released_city.serving / "governance.duckdb", settings=released_city, read_only=True) as release:
        tables = release.execute(
            "SELECT schema_name, table_name, "
            "list(column_name) FILTER (data_type LIKE 'DECIMAL%' OR data_type = 'BIGINT') "
            "FROM duckdb_columns() WHERE NOT internal GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    assert sorted(done.rows) == sorted(f"{schema}.{name}" for schema, name, _ in tables)
    for schema, name, numbers in tables:
        sums = [f"sum({sql_name(column)})" for column in numbers or []]
        ours, theirs = both_sides(
            released_city, url, f"SELECT {', '.join(['count(*)', *sums])} FROM {schema}.{sql_name(name)}"
        )
        assert theirs == ours, name
    assert done.rows["marts.fct_kpi_value"] > 1000
    indexes = server.psql(url, "SELECT indexdef FROM pg_indexes WHERE tablename = 'fct_kpi_value'")
    assert "(kpi_code, area_code, period_start)" in indexes
    assert server.psql(url, "SELECT count(*) FROM pg_stats WHERE tablename = 'fct_kpi_value'").strip() != "0"


def test_every_value_of_every_type_arrives_as_it_is(small: Settings, pushed: str) -> None:
    ours, theirs = both_sides(small, pushed, "SELECT * FROM marts.every_type ORDER BY large NULLS FIRST, words")
    assert theirs == ours
    assert len(ours) == 4


def on_the_page(name: str, kind: str) -> str:
    """The query with a notice in it of a page of docs; `kind` as the page marks it."""
    page = (PROJECT_ROOT / "docs" / name).read_text(encoding="utf-8")
    blocks = re.findall(rf"<!-- run: {kind} -->\n```sql\n(.*?)```", page, re.DOTALL)
    (text,) = (sql for sql in blocks if "notice" in sql)
    return str(text)


def only_row(answer: Any) -> dict[str, Any]:
    """The one row that a query has, of either database, by the names of its columns."""
    (row,) = answer.fetchall()
    return dict(zip([column[0] for column in answer.description], row, strict=True))


def test_the_query_of_the_page_says_how_old_the_data_are_as_that_of_the_release_does(
    small: Settings, pushed: str
) -> None:
    asked, of_release = on_the_page("push-postgres.md", "postgresql"), on_the_page("bi.md", "sql")
    assert on_the_page("push-postgres.zh-CN.md", "postgresql") == asked
    file = small.serving / "governance.duckdb"
    with connect(file, settings=small, read_only=True) as release, psycopg.connect(pushed) as session:
        before = only_row(release.execute(of_release))
        theirs = only_row(session.execute(asked))
        after = only_row(release.execute(of_release))
        assert before.pop("hours_old") <= theirs.pop("hours_old") <= after["hours_old"]
        assert theirs == before
        assert theirs["notice_zh"] == "数据未及时更新，数据截至 2026-02-01 06:00（模拟数据）"
        fresh = datetime.now(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None) - timedelta(hours=2)
        session.execute("UPDATE meta.publish_info SET data_as_of = %s, is_synthetic = false", [fresh])
        told = only_row(session.execute(asked))
        assert told["hours_old"] in (2, 3)  # hours that began since, as DuckDB counts
        assert told["notice_zh"] == f"数据截至 {fresh:%Y-%m-%d %H:%M}"
        assert told["notice_en"] == f"data as of {fresh:%Y-%m-%d %H:%M}"
        session.rollback()


def test_what_was_put_on_a_table_goes_with_it_as_the_page_says(small: Settings, server: PostgresServer) -> None:
    url = server.make_database("additions")
    push(small, PostgresTarget(url))
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("CREATE ROLE single; GRANT SELECT ON marts.fct_one TO single")
        session.execute("CREATE INDEX own ON marts.fct_one (mark)")
        session.execute("CREATE STATISTICS public.own ON kpi_code, area_code FROM marts.fct_one")
        session.execute("CREATE POLICY own ON marts.fct_one USING (true)")
        session.execute("CREATE PUBLICATION own FOR TABLE marts.fct_one")
        there = (
            "SELECT has_table_privilege('single', 'marts.fct_one', 'SELECT'), to_regclass('marts.own') IS NOT NULL, "
            "EXISTS (TABLE pg_statistic_ext), EXISTS (TABLE pg_policy), EXISTS (TABLE pg_publication_rel)"
        )
        assert session.execute(there).fetchall() == [(True,) * 5]
        push(small, PostgresTarget(url), force=True)
        assert session.execute(there).fetchall() == [(False,) * 5]


def test_types_are_the_ones_that_tools_know(pushed: str) -> None:
    columns = sqlalchemy.inspect(sqlalchemy.create_engine(pushed.replace("postgresql", "postgresql+psycopg", 1)))
    types = {column["name"]: str(column["type"]) for column in columns.get_columns("every_type", schema="marts")}
    assert types == {
        "words": "TEXT", "flag": "BOOLEAN", "tiny": "SMALLINT", "small": "SMALLINT", "whole": "INTEGER",
        "large": "BIGINT", "real_number": "DOUBLE PRECISION", "date_day": "DATE", "moment": "TIMESTAMP",
        "share": "NUMERIC(18, 8)", "amount": "NUMERIC(12, 2)",
    }  # fmt: skip


def test_comments_are_seen_by_psql_sqlalchemy_and_jdbc(server: PostgresServer, pushed: str) -> None:
    table, column = "各种类型 / every type: it's a $citypulse$ test", "文字 / words"
    assert table in server.psql(pushed, "\\dt+ marts.every_type")
    assert column in server.psql(pushed, "\\d+ marts.every_type")
    inspector = sqlalchemy.inspect(sqlalchemy.create_engine(pushed.replace("postgresql", "postgresql+psycopg", 1)))
    assert inspector.get_table_comment("every_type", schema="marts") == {"text": table}
    assert inspector.get_columns("every_type", schema="marts")[0]["comment"] == column
    assert "every_type" in inspector.get_table_names(schema="marts")
    with psycopg.connect(pushed) as session:
        assert session.execute(JDBC_TABLES, ("marts", "every\\_type")).fetchall() == [
            ("marts", "every_type", "TABLE", table)
        ]
        columns = session.execute(JDBC_COLUMNS, ("marts", "every\\_type")).fetchall()
    assert columns[0] == ("words", "text", None, column)
    assert columns[9][:3] == ("share", "numeric", 18)


def test_the_readers_role_reads_and_does_nothing_else(server: PostgresServer, pushed: str) -> None:
    with server.connect("small") as admin:
        admin.execute("CREATE ROLE finebi LOGIN IN ROLE citypulse_reader")
    with server.connect("small", "finebi") as session:
        assert session.execute("SELECT count(*) FROM marts.fct_one JOIN meta.publish_info ON true").fetchall() == [
            (ROWS,)
        ]
        for refused in (
            "DELETE FROM marts.fct_one", "UPDATE meta.publish_info SET release_id = 'x'",
            "CREATE TABLE marts.own (a int)",
            "DROP TABLE marts.fct_one", "TRUNCATE marts.fct_one", "SELECT * FROM citypulse.pushed",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(refused)


def test_the_same_release_again_is_nothing_to_do_unless_forced(small: Settings, pushed: str) -> None:
    with pytest.raises(NothingToDo, match="is live at"):
        push(small, PostgresTarget(pushed))
    done = push(small, PostgresTarget(pushed), force=True)
    assert done.replaced == done.release_id == current_release(small)
    assert recent(small)[0].step == "push_postgres"
    assert recent(small)[0].counts["tables"] == len(done.rows)


def test_another_reader_asks_for_another_push_and_the_one_before_reads_no_more(
    small: Settings, server: PostgresServer
) -> None:
    url = server.make_database("readers")
    push(small, PostgresTarget(url))
    for reader in ("second_reader", "third_reader"):
        assert rehearse(small, PostgresTarget(url, reader)).replaced == current_release(small)
        push(small, PostgresTarget(url, reader))
        with pytest.raises(NothingToDo, match="is live at"):
            push(small, PostgresTarget(url, reader))
    may = "SELECT has_table_privilege('{}', 'marts.fct_one', 'SELECT')"
    assert server.psql(url, may.format("third_reader")).strip() == "t"
    assert server.psql(url, may.format("second_reader")).strip() == "f"


def test_columns_and_tables_may_come_go_and_change(small: Settings, server: PostgresServer, tmp_path: Path) -> None:
    url = server.make_database("changing")
    push(small, PostgresTarget(url))
    other = small_release(
        tmp_path, 2, "ALTER TABLE marts.fct_one ADD COLUMN added VARCHAR DEFAULT '新'",
        "ALTER TABLE marts.fct_one DROP COLUMN numerator", "ALTER TABLE marts.fct_one ALTER mark TYPE VARCHAR",
        "DELETE FROM meta.model_catalogue WHERE table_name = 'fct_two'",
        'CREATE TABLE marts."指标表" AS SELECT kpi_code AS "指标代码", area_code AS "区域代码" FROM marts.fct_one',
        """COMMENT ON COLUMN marts."指标表"."指标代码" IS '指标代码 / KPI code'""",
        "INSERT INTO meta.model_catalogue VALUES ('marts', '指标表', TRUE)",
    )  # fmt: skip
    push(other, PostgresTarget(url))
    with psycopg.connect(url) as session:
        assert session.execute("SELECT DISTINCT mark, added FROM marts.fct_one").fetchall() == [("2", "新")]
        assert session.execute("SELECT to_regclass('marts.fct_two')").fetchall() == [(None,)]
        assert session.execute('SELECT count(*) FROM marts."指标表"').fetchall() == [(ROWS,)]
        ours = "schemaname = 'marts' AND tablename = '指标表'"
        indexes = session.execute(f"SELECT indexdef FROM pg_indexes WHERE {ours}").fetchall()
    assert [text.partition("(")[2] for (text,) in indexes] == ['"指标代码")'], "known by the comment of its original"


def test_the_command_tells_by_its_exit_code_and_never_the_password(
    small: Settings, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["--home", str(small.home), "push", "postgres", *arguments])
        assert "canary" not in result.output + repr(result.exception)
        return result.exit_code, result.output

    monkeypatch.delenv("CITYPULSE_POSTGRES_URL", raising=False)
    assert run("--json")[0] == 3
    url = server.make_database("command")
    monkeypatch.setenv("CITYPULSE_POSTGRES_URL", url)
    assert run("--dry-run")[0] == 0
    assert server.psql(url, "SELECT count(*) FROM pg_namespace WHERE nspname = 'marts'").strip() == "0"
    code, output = run("--json")
    assert code == 0
    assert json.loads(output.splitlines()[-1])["rows"]["marts.fct_one"] == ROWS
    assert run()[0] == 3
    broken = url.replace("postgres@", "postgres:canary-1@")
    for wrong in (
        f"{broken}?canary-2",
        broken.replace("127.0.0.1", "[canary"),
        broken.replace("canary-1", "12/canary-3"),
        "canary://x",
        broken.replace("command", ""),
    ):
        monkeypatch.setenv("CITYPULSE_POSTGRES_URL", wrong)
        assert run()[0] == 4, "an address of another form is refused"


@dataclass
class Reader:
    """Reads in a loop, each time in one transaction, and notes which releases it saw and what was torn."""

    url: str
    level: IsolationLevel
    seen: set[str] = field(default_factory=set)
    reads: int = 0
    torn: list[object] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def read(self, marks: dict[str, int], stop: threading.Event) -> None:
        try:
            with psycopg.connect(self.url) as session:
                session.isolation_level = self.level
                while not stop.is_set():
                    began = time.monotonic()
                    release = session.execute("SELECT release_id FROM meta.publish_info").fetchall()[0][0]
                    one = session.execute("SELECT count(*), min(mark), max(mark) FROM marts.fct_one").fetchall()[0]
                    two = session.execute("SELECT count(*), min(mark), max(mark) FROM marts.fct_two").fetchall()[0]
                    session.commit()
                    self.slowest = max(self.slowest, time.monotonic() - began)
                    if not one == two == (ROWS, marks[release], marks[release]):
                        self.torn.append((release, one, two))
                    self.seen.add(release)
                    self.reads += 1
        except psycopg.Error as error:
            self.errors.append(str(error))


def test_readers_see_whole_releases_and_no_error_while_releases_are_swapped(
    small: Settings, server: PostgresServer, tmp_path: Path
) -> None:
    url = server.make_database("swapped")
    other = small_release(tmp_path, 2)
    marks = {str(current_release(small)): 1, str(current_release(other)): 2}
    push(small, PostgresTarget(url))
    levels = [IsolationLevel.READ_COMMITTED, IsolationLevel.READ_COMMITTED, IsolationLevel.REPEATABLE_READ]
    readers, stop = [Reader(url, level) for level in levels], threading.Event()
    threads = [threading.Thread(target=reader.read, args=(marks, stop)) for reader in readers]
    for thread in threads:
        thread.start()
    try:
        for settings, _ in zip(cycle([other, small]), range(6), strict=False):
            push(settings, PostgresTarget(url))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert [reader.errors + reader.torn for reader in readers] == [[], [], []]
    assert all(reader.seen == set(marks) and reader.reads > 20 for reader in readers)
