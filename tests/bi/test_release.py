"""What a BI tool finds when it opens the served file: plain tables, each explained, and the same in Chinese."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import duckdb
import pytest
from duckdb import DuckDBPyConnection
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from citypulse.cli import app
from ingestion.settings import Settings
from warehouse.engine import connect

# What drivers read alike, listed here once more: JDBC and ODBC bridges of the last two years know no other of DuckDB's.
PLAIN = {"VARCHAR", "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "DOUBLE", "DATE", "TIMESTAMP"}
DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
TABLES = "SELECT schema_name, table_name, comment FROM duckdb_tables() ORDER BY ALL"
COLUMNS = "SELECT schema_name, table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal"
IN_ZH = {("meta", "kpi_dictionary"), ("meta", "publish_info"), ("meta", "restatement")}


@pytest.fixture(scope="module")
def con(released_city: Settings) -> Iterator[DuckDBPyConnection]:
    with connect(released_city.serving / "governance.duckdb", settings=released_city, read_only=True) as con:
        yield con


def named(comment: str) -> str:
    """The Chinese name as docs/bi.md tells it: up to the first mark of punctuation or blank."""
    match = re.match(r"[\u4e00-\u9fffA-Za-z0-9]+", comment)
    return match.group() if match else ""


def test_a_write_is_refused(con: DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.InvalidInputException, match="read-only"):
        con.execute("DELETE FROM marts.fct_kpi_value")


def test_there_are_tables_alone_in_known_schemas(con: DuckDBPyConnection) -> None:
    assert con.execute("SELECT count(*) FROM duckdb_views() WHERE NOT internal").fetchall() == [(0,)]
    tables = con.execute(TABLES).fetchall()
    assert {schema for schema, _, _ in tables} == {"marts", "meta", "dq", "zh"}
    assert {name for schema, name, _ in tables if schema == "meta"} == {
        "delivery", "kpi_dictionary", "publish_info", "restatement", "run_log",
    }  # fmt: skip


def test_every_type_is_one_that_drivers_read_alike(con: DuckDBPyConnection) -> None:
    kinds = {kind for _, _, _, kind, _ in con.execute(COLUMNS).fetchall()}
    wide = {kind for kind in kinds - PLAIN if not (match := DECIMAL.fullmatch(kind)) or int(match[1]) > 18}
    assert not wide
    assert len(kinds) > 5


def test_every_table_and_column_is_explained_in_both_languages(con: DuckDBPyConnection) -> None:
    said = {f"{schema}.{table}": comment for schema, table, comment in con.execute(TABLES).fetchall()}
    said |= {
        f"{schema}.{table}.{column}": comment for schema, table, column, _, comment in con.execute(COLUMNS).fetchall()
    }
    assert len(said) > 1000
    assert [
        name for name, comment in said.items() if not re.search(r"[\u4e00-\u9fff].* / .*[A-Za-z]", comment or "")
    ] == []


def test_each_table_of_the_marts_stands_in_zh_with_the_same_rows(con: DuckDBPyConnection) -> None:
    listed = con.execute(COLUMNS + " ORDER BY schema_name, table_name, column_index").fetchall()
    comments = {(schema, table): comment for schema, table, comment in con.execute(TABLES).fetchall()}
    wanted = {key: named(comment) for key, comment in comments.items() if key[0] == "marts" or key in IN_ZH}
    assert Counter(wanted.values()) == Counter(table for schema, table in comments if schema == "zh")
    for (schema, table), chinese in wanted.items():
        columns = [(name, named(said)) for s, t, name, _, said in listed if (s, t) == (schema, table)]
        assert [name for s, t, name, _, _ in listed if (s, t) == ("zh", chinese)] == [zh for _, zh in columns]
        english = ", ".join(f'"{name}"' for name, _ in columns)
        renamed = ", ".join(f'"{zh}"' for _, zh in columns)
        source, copy = f"SELECT {english} FROM {schema}.{table}", f"SELECT {renamed} FROM zh.{chinese}"
        differing = con.execute(
            f"SELECT count(*) FROM (({source} EXCEPT ALL {copy}) UNION ALL ({copy} EXCEPT ALL {source}))"
        ).fetchone()
        assert differing == (0,), chinese


def test_chinese_names_stand_in_sql_without_quotes(con: DuckDBPyConnection) -> None:
    rows = con.execute(
        "SELECT 区域.中文名, sum(分子) / sum(分母) FROM zh.指标值 JOIN zh.区域 USING (区域代码) "
        "WHERE 指标代码 = 'hotline.on_time_rate' AND 区域层级 = 'region' AND 周期 = 'month' GROUP BY ALL"
    ).fetchall()
    assert len(rows) > 5


def test_zh_has_no_parquet_of_its_own(released_city: Settings, con: DuckDBPyConnection) -> None:
    stored = {path.stem for path in (released_city.serving / "parquet").glob("*.parquet")}
    assert stored == {table for schema, table, _ in con.execute(TABLES).fetchall() if schema != "zh"}


def test_the_manifest_names_every_table_of_the_file(released_city: Settings, con: DuckDBPyConnection) -> None:
    pointer = json.loads((released_city.serving / "current.json").read_bytes())
    manifest = json.loads((released_city.releases / f"{pointer['release_id']}.json").read_bytes())
    assert set(manifest["tables"]) == {f"{schema}.{table}" for schema, table, _ in con.execute(TABLES).fetchall()}
    (rows,) = con.execute("SELECT count(*) FROM marts.fct_kpi_value").fetchone() or (0,)
    assert manifest["tables"]["marts.fct_kpi_value"] == manifest["tables"]["zh.指标值"]
    assert manifest["tables"]["marts.fct_kpi_value"][0] == rows > 1000


def test_the_workbook_has_the_figures_of_the_release(
    released_city: Settings, con: DuckDBPyConnection, session_folder: Path
) -> None:
    """File, Parquet and workbook tell one figure: every rate of a region, by month; too few cases have none."""
    path = session_folder / "kpi_pack.xlsx"
    done = CliRunner().invoke(app, ["--home", str(released_city.home), "pack", "--out", str(path), "--json"])
    assert done.exit_code == 0, done.output
    book = CalamineWorkbook.from_filelike(BytesIO(path.read_bytes()))
    heads, *rows = book.get_sheet_by_name("月度指标 Monthly figures").to_python()
    place = {head.split("\n")[1]: n for n, head in enumerate(heads)}
    picked = [row for row in rows if row[place["kpi_code"]].endswith("_rate") and row[place["area_level"]] == "region"]
    told = {
        tuple(row[place[name]] for name in ("kpi_code", "area_code", "period_start")): (
            row[place["numerator"]], row[place["denominator"]], row[place["value"]]
        )
        for row in picked
    }  # fmt: skip
    parquet = released_city.serving / "parquet" / "fct_kpi_value.parquet"
    figures = con.execute(
        "SELECT kpi_code, area_code, period_start, numerator, denominator, "
        "if(status IN ('ok', 'provisional'), value, NULL) FROM read_parquet($1) "
        "WHERE kpi_code LIKE '%\\_rate' ESCAPE '\\' AND area_level = 'region' AND period_grain = 'month' "
        "AND status <> 'no_base' QUALIFY as_of = max(as_of) OVER (PARTITION BY kpi_code, area_code, period_start)",
        [str(parquet)],
    ).fetchall()
    assert told == {tuple(row[:3]): tuple(map(_cell, row[3:])) for row in figures}
    assert len(told) > 50


def _cell(number: Decimal | None) -> float | str:
    return "" if number is None else float(number)
