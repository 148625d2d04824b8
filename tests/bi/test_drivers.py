"""The served file opens in the drivers of the last two years, each in a small environment of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from tests.bi.environments import environment
from warehouse.engine import RELEASE_STORAGE, connect
from warehouse.serving import current_release, read_manifest

# The oldest one promised, the last of each line after it, and the first of the next. docs/bi.md names the same.
DRIVERS = ("1.2.2", "1.3.2", "1.4.5", "1.5.6", "2.0.0")
TOO_OLD = ("1.0.0", "1.1.3")
# duckdb-engine is what Superset 6.1 has, with SQLAlchemy 1.4; duckdb-sqlalchemy is its maintained fork.
DIALECTS = {
    "duckdb-engine on SQLAlchemy 1.4": ("duckdb-engine==0.17.0", "sqlalchemy==1.4.54", "duckdb==1.5.6"),
    "duckdb-engine on SQLAlchemy 2.0": ("duckdb-engine==0.17.0", "sqlalchemy==2.0.45", "duckdb==2.0.0"),
    "duckdb-sqlalchemy on SQLAlchemy 2.1": (),  # the project's own environment
}
PAGES = [(PROJECT_ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("bi.md", "bi.zh-CN.md")]

READ = """
import duckdb, json, sys
connection = duckdb.connect(sys.argv[1], read_only=True)
connection.execute("SET enable_progress_bar = false")
content = {table: connection.execute(sql).fetchone() for table, sql in connection.execute(sys.argv[3]).fetchall()}
comments = connection.execute(sys.argv[2]).fetchall()
kinds = sorted({type(value).__name__ for table in content
    for row in connection.execute(f"SELECT * FROM {table} LIMIT 50").fetchall() for value in row})
refused = []
for statement in ("DELETE FROM marts.dim_area", "CREATE TABLE marts.mine (a INTEGER)", "DROP TABLE marts.dim_area"):
    try:
        connection.execute(statement)
    except duckdb.Error as error:
        refused.append("read-only" in str(error))
print(json.dumps([duckdb.__version__, content, comments, kinds, refused]))
"""
OPEN = """
import duckdb, sys
try:
    duckdb.connect(sys.argv[1], read_only=True)
except duckdb.Error as error:
    print(f"{type(error).__name__}: {error}")
"""
REFLECT = """
import json, sqlalchemy, sys
engine = sqlalchemy.create_engine(f"duckdb:///{sys.argv[1]}", connect_args={"read_only": True},
    poolclass=sqlalchemy.pool.NullPool)
seen = sqlalchemy.inspect(engine)
found = {"version": sqlalchemy.__version__, "schemas": seen.get_schema_names(), "of_table": {},
    "names": {schema: seen.get_table_names(schema) for schema in ("marts", "meta", "dq")}}
for whole in sys.argv[2:]:
    schema, name = whole.split(".")
    found["of_table"][whole] = {"comment": seen.get_table_comment(name, schema=schema)["text"],
        "columns": [[column["name"], str(column["type"]), column["comment"]]
            for column in seen.get_columns(name, schema=schema)],
        "keys": [seen.get_pk_constraint(name, schema=schema)["constrained_columns"],
            seen.get_foreign_keys(name, schema=schema), seen.get_indexes(name, schema=schema)]}
with engine.connect() as connection:
    found["counted"] = connection.execute(sqlalchemy.text("SELECT count(*) FROM marts.fct_kpi_value")).scalar()
    try:
        connection.execute(sqlalchemy.text("DELETE FROM marts.fct_kpi_value"))
    except sqlalchemy.exc.SQLAlchemyError as error:
        found["refused"] = str(error)
print(json.dumps(found))
"""
COMMENTS = """
SELECT schema_name || '.' || table_name AS whole, '', '', comment FROM duckdb_tables()
UNION ALL SELECT schema_name || '.' || table_name, column_name, data_type, comment FROM duckdb_columns()
WHERE NOT internal ORDER BY ALL
"""
# For each table, the statement that counts its rows and digests them column by column: the text of a whole row differs
# between 1.2 and 1.3, that of a value does not.
CONTENT = """
SELECT whole, 'SELECT count(*), sum(md5_number_lower(concat_ws(chr(31), ' ||
    string_agg('coalesce("' || column_name || '"::VARCHAR, chr(30))', ', ' ORDER BY column_index)
    || '))::HUGEINT)::VARCHAR FROM ' || whole
FROM (SELECT *, '"' || schema_name || '"."' || table_name || '"' AS whole FROM duckdb_columns() WHERE NOT internal)
GROUP BY whole ORDER BY whole
"""
REFLECTED = ("marts.fct_kpi_value", "meta.kpi_dictionary")


def ask(python: Path, script: str, *arguments: str | Path) -> str:
    whole = [str(python), "-W", "ignore", "-c", script, *map(str, arguments)]
    done = subprocess.run(whole, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def served(settings: Settings) -> Path:
    return settings.serving / "governance.duckdb"


def rows(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with connect(served(settings), settings=settings, read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def own_content(released_city: Settings) -> dict[str, tuple[int, str]]:
    """Rows and digest of every table, as the project's own DuckDB reads them."""
    with connect(served(released_city), settings=released_city, read_only=True) as connection:
        return {table: connection.execute(sql).fetchone() for table, sql in connection.execute(CONTENT).fetchall()}


@pytest.mark.parametrize("version", DRIVERS)
def test_a_driver_reads_every_table_with_its_comments_and_writes_none(
    version: str, released_city: Settings, session_folder: Path, own_content: dict[str, tuple[int, str]]
) -> None:
    python = environment(session_folder, f"duckdb=={version}") / "python"
    driver, content, comments, kinds, refused = json.loads(ask(python, READ, served(released_city), COMMENTS, CONTENT))
    assert driver == version
    manifest = read_manifest(released_city, current_release(released_city) or "")
    assert manifest
    counted = {name.replace('"', ""): said[0] for name, said in content.items()}
    assert counted == {name: said[0] for name, said in manifest.tables.items()}
    assert {name: tuple(said) for name, said in content.items()} == own_content
    assert [tuple(row) for row in comments] == rows(released_city, COMMENTS)
    assert set(kinds) <= {"str", "bool", "int", "float", "Decimal", "date", "datetime", "NoneType"}
    assert refused == [True, True, True]


@pytest.mark.parametrize("version", TOO_OLD)
def test_a_driver_that_is_too_old_says_what_the_page_quotes(
    version: str, released_city: Settings, session_folder: Path
) -> None:
    python = environment(session_folder, f"duckdb=={version}") / "python"
    said = ask(python, OPEN, served(released_city)).splitlines()[0].removeprefix("IOException: ")
    assert "version number" in said
    for page in PAGES:
        assert said in page


def test_a_file_of_the_next_duckdb_is_refused_with_what_the_page_quotes(session_folder: Path, tmp_path: Path) -> None:
    """Why the release has a storage version of its own: the next DuckDB's default is for the next DuckDB alone."""
    python = environment(session_folder, "duckdb==2.0.0") / "python"
    made = tmp_path / "made.duckdb"
    ask(python, "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('CREATE TABLE t (a INTEGER)')", made)
    with pytest.raises(duckdb.IOException) as refused:
        duckdb.connect(str(made), read_only=True)
    for page in PAGES:
        assert str(refused.value).splitlines()[0] in page


def test_the_pages_name_the_drivers_that_are_tested() -> None:
    for page in PAGES:
        assert ", ".join(DRIVERS) in page
        assert RELEASE_STORAGE in page


@pytest.mark.parametrize("dialect", DIALECTS)
def test_sqlalchemy_finds_tables_types_and_comments(
    dialect: str, released_city: Settings, session_folder: Path
) -> None:
    packages = DIALECTS[dialect]
    python = environment(session_folder, *packages) / "python" if packages else Path(sys.executable)
    found = json.loads(ask(python, REFLECT, served(released_city), *REFLECTED))
    assert dialect.endswith(found["version"][:3])
    assert {"governance.marts", "governance.meta", "governance.dq"} <= set(found["schemas"])
    ours = rows(released_city, COMMENTS)
    names = {f"{schema}.{name}" for schema, names in found["names"].items() for name in names}
    assert names == {table for table, *_ in ours if table.startswith(("marts.", "meta.", "dq."))}
    for name, said in found["of_table"].items():
        assert said["comment"] == next(comment for table, column, _, comment in ours if (table, column) == (name, ""))
        assert sorted(column for column in said["columns"]) == sorted(
            [column, kind.replace("DECIMAL", "NUMERIC").replace(",", ", "), comment]
            for table, column, kind, comment in ours
            if table == name and column
        )
        assert said["keys"] == [[], [], []]  # a release has neither keys nor indexes: its tables are only read
    assert [(found["counted"],)] == rows(released_city, "SELECT count(*) FROM marts.fct_kpi_value")
    assert "read-only" in found["refused"]
