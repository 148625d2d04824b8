"""Copy the public tables of a build into a new file: plain types, fixed order, comments, and nothing personal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from ingestion.errors import IntegrityError
from ingestion.settings import Settings
from warehouse.engine import RELEASE_STORAGE, connect

# Every BI driver knows these; DuckDB makes HUGEINT of sum(), so that one is narrowed.
PLAIN_TYPES = {"VARCHAR", "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "DOUBLE", "DATE", "TIMESTAMP"}
WIDEST_DECIMAL = 18
# With the usual blocks of 256 KiB, a file of many small tables is two or three times as big.
RELEASE_BLOCK = 65536
# Rows that a reader takes or passes over together. A dashboard asks for one level and one grain, so those lead the
# order: its queries then read a few of these and not the whole table (benchmarks/readers.py).
RELEASE_ROW_GROUP = 16384
ROW_GROUPS = f"ROW_GROUP_SIZE {RELEASE_ROW_GROUP}"
LEADING = ("area_level", "period_grain")
PUBLISH_INFO = (
    "发布说明：本次发布，一行 / About this release, one row",
    {
        "release_id": "发布编号 / id of the release",
        "published_at": "发布时间（北京时间） / when it was published (Beijing time)",
        "data_as_of": "数据截至 / the moment the data stands for",
        "code_version": "代码版本 / version of the code",
        "checks_passed": "通过的检查数 / checks passed",
        "checks_total": "检查总数 / checks in all",
        "is_synthetic": "是否为模拟数据 / whether the data is simulated",
    },
)


@dataclass(frozen=True)
class PublicTable:
    """A table of the warehouse and the name it gets in the release."""

    source_schema: str
    source_name: str
    schema: str
    name: str
    condition: str = "TRUE"

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


def sql_text(value: str) -> str:
    """A string literal; the first bound parameter of a process would import pandas (seconds)."""
    return "'" + value.replace("'", "''") + "'"


def sql_name(*parts: str) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def public_tables(connection: DuckDBPyConnection, catalog: str, run_id: str, with_runs: bool) -> list[PublicTable]:
    """What may leave the house: models marked public, the audit of this build, the deliveries and runs behind it."""
    rows = connection.execute(
        f"SELECT DISTINCT schema_name, table_name FROM {catalog}.meta.model_catalogue WHERE is_public ORDER BY ALL"
    ).fetchall()
    models = [PublicTable(schema, name, schema, name) for schema, name in rows]
    audit = PublicTable("dq", "check_result", "dq", "check_result", f"run_id = {sql_text(run_id)}")
    tables = [*models, audit, PublicTable("landing", "delivery", "meta", "delivery")]
    if with_runs:
        tables.append(PublicTable("meta", "run_log", "meta", "run_log"))
    names = [table.name for table in tables]
    for name in sorted({name for name in names if names.count(name) > 1}):
        raise IntegrityError(
            f"Two public tables are called {name}.", next_step="rename one: Parquet files share a folder."
        )
    return tables


def write_tables(
    settings: Settings, source: Path, target: Path, run_id: str, publish_info: str, *, with_runs: bool = False
) -> None:
    """Write the public tables of `source` into the new file `target`; `publish_info` is the SELECT of its one row.

    `with_runs`: and `meta.run_log`, which `warehouse.runs.load_runs` has put there.
    """
    catalog = source.stem  # views of the warehouse name it, so it keeps its own name here
    with connect(":memory:", settings=settings) as connection:
        connection.execute(f"ATTACH {sql_text(str(source))} AS {sql_name(catalog)} (READ_ONLY)")
        form = f"STORAGE_VERSION {sql_text(RELEASE_STORAGE)}, BLOCK_SIZE {RELEASE_BLOCK}, {ROW_GROUPS}"
        connection.execute(f"ATTACH {sql_text(str(target))} AS release ({form})")
        connection.execute(f"USE {sql_name(catalog)}")
        for table in public_tables(connection, sql_name(catalog), run_id, with_runs):
            _copy(connection, catalog, table)
        connection.execute(
            f"CREATE SCHEMA IF NOT EXISTS release.meta; CREATE TABLE release.meta.publish_info AS {publish_info}"
        )
        describe(connection, "release.meta.publish_info", *PUBLISH_INFO)
        connection.execute("USE memory; CHECKPOINT release; DETACH release")


def _copy(connection: DuckDBPyConnection, catalog: str, table: PublicTable) -> None:
    columns = connection.execute(
        "SELECT column_name, data_type, comment FROM duckdb_columns() "
        f"WHERE database_name = {sql_text(catalog)} AND schema_name = {sql_text(table.source_schema)} "
        f"AND table_name = {sql_text(table.source_name)} ORDER BY column_index"
    ).fetchall()
    if not columns:
        raise IntegrityError(f"{table} is marked public but was not built.", next_step="run `citypulse build`.")
    selected = ", ".join(_plain(table, name, data_type) for name, data_type, _ in columns)
    names = [name for name, _, _ in columns]
    order = ", ".join(map(sql_name, dict.fromkeys([*(name for name in LEADING if name in names), *names])))
    source = sql_name(catalog, table.source_schema, table.source_name)
    target = sql_name("release", table.schema, table.name)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS release.{sql_name(table.schema)}")
    try:
        connection.execute(
            f"CREATE TABLE {target} AS SELECT {selected} FROM {source} WHERE {table.condition} ORDER BY {order}"
        )
    except duckdb.ConversionException:  # its message holds the value
        raise IntegrityError(f"{table} has a sum beyond BIGINT.", next_step="cast it in the model.") from None
    for name, _, comment in columns:
        _comment(connection, f"COLUMN {target}.{sql_name(name)}", comment)
    _comment(connection, f"TABLE {target}", _table_comment(connection, catalog, table))


def _plain(table: PublicTable, column: str, data_type: str) -> str:
    """The select item that brings a column out in a type every driver reads. Raises IntegrityError for another."""
    name = sql_name(column)
    if data_type == "HUGEINT":
        return f"CAST({name} AS BIGINT) AS {name}"
    if data_type.startswith("DECIMAL("):
        if int(data_type[8:].partition(",")[0]) <= WIDEST_DECIMAL:
            return name
    elif data_type in PLAIN_TYPES:
        return name
    raise IntegrityError(
        f"{table}.{column} has type {data_type}, which BI drivers do not read alike.",
        next_step=f"cast it in the model to one of {', '.join(sorted(PLAIN_TYPES))} or DECIMAL({WIDEST_DECIMAL},s).",
    )


def _table_comment(connection: DuckDBPyConnection, catalog: str, table: PublicTable) -> str | None:
    place = f"database_name = {sql_text(catalog)} AND schema_name = {sql_text(table.source_schema)}"
    name = sql_text(table.source_name)
    row = connection.execute(
        f"SELECT comment FROM duckdb_tables() WHERE {place} AND table_name = {name} "
        f"UNION ALL SELECT comment FROM duckdb_views() WHERE {place} AND view_name = {name}"
    ).fetchone()
    return row[0] if row else None


def _comment(connection: DuckDBPyConnection, target: str, comment: str | None) -> None:
    if comment:
        connection.execute(f"COMMENT ON {target} IS {sql_text(comment)}")


def describe(connection: DuckDBPyConnection, table: str, meaning: str, columns: Mapping[str, str]) -> None:
    """Write the comments of a table that dbt does not make; `table` is its name in SQL."""
    _comment(connection, f"TABLE {table}", meaning)
    for column, said in columns.items():
        _comment(connection, f"COLUMN {table}.{sql_name(column)}", said)
