"""The schema `zh` of a release: the tables BI authors use most, once more under Chinese names.

The names are no list of their own: each is the Chinese half of a comment up to its first mark of punctuation, so
"区域层级：city、district / area level" names a column 区域层级; tests/structure/test_chinese_names.py holds the
comments to it. They are tables, for a view breaks when the file is renamed; they have no Parquet, for the same rows
lie there under the English names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection

from ingestion.errors import IntegrityError
from ingestion.settings import Settings
from warehouse.engine import connect
from warehouse.release_tables import ROW_GROUPS, sql_name, sql_text

ZH = "zh"
OF_META = ("kpi_dictionary", "publish_info", "restatement")  # of the schema `meta`; of `marts`, every table
ENDS = re.compile(r"[：（，；、。？ ]")
OLDER = re.compile(r"_v\d+$")  # an older version, kept beside the latest of the same words (docs/decisions/0020)


@dataclass(frozen=True)
class ChineseTable:
    """A table of the release and what it is called in `zh`; `columns` are pairs of names, in order."""

    schema: str
    name: str
    chinese: str
    columns: tuple[tuple[str, str], ...]


def chinese_name(comment: str | None, otherwise: str) -> str:
    """The name a comment gives in Chinese; `otherwise` where there is no comment."""
    return ENDS.split((comment or "").partition(" / ")[0].strip(), maxsplit=1)[0] or otherwise


def chinese_table_name(comment: str | None, name: str) -> str:
    """The same for a table; an older version keeps the end of its name."""
    older = OLDER.search(name)
    return chinese_name(comment, name) + (older.group() if older and comment else "")


def chinese_tables(connection: DuckDBPyConnection, database: str) -> list[ChineseTable]:
    """The tables that `zh` shows, by the comments of an open database.

    Raises IntegrityError where two tables, or two columns of one, would bear one name.
    """
    listed = ", ".join(map(sql_text, OF_META))
    rows = connection.execute(
        "SELECT t.schema_name, t.table_name, t.comment, list((c.column_name, c.comment) ORDER BY c.column_index) "
        "FROM duckdb_tables() AS t JOIN duckdb_columns() AS c USING (database_name, schema_name, table_name) "
        f"WHERE database_name = {sql_text(database)} "
        f"AND (schema_name = 'marts' OR schema_name = 'meta' AND table_name IN ({listed})) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    found = [
        ChineseTable(
            schema, name, chinese_table_name(comment, name), tuple((c, chinese_name(said, c)) for c, said in columns)
        )
        for schema, name, comment, columns in rows
    ]
    _refuse_twins([(table.chinese, f"{table.schema}.{table.name}") for table in found])
    for table in found:
        _refuse_twins([(chinese, f"{table.schema}.{table.name}.{name}") for name, chinese in table.columns])
    return found


def write_chinese(settings: Settings, database: Path) -> None:
    """Add the schema `zh`, with its comments, to a file that holds all else of a release."""
    with connect(":memory:", settings=settings) as connection:
        connection.execute(f"ATTACH {sql_text(str(database))} AS release ({ROW_GROUPS}); CREATE SCHEMA release.{ZH}")
        for table in chinese_tables(connection, "release"):
            source, target = sql_name("release", table.schema, table.name), sql_name("release", ZH, table.chinese)
            named = ", ".join(f"{sql_name(name)} AS {sql_name(chinese)}" for name, chinese in table.columns)
            connection.execute(f"CREATE TABLE {target} AS SELECT {named} FROM {source}")
            _copy_comments(connection, table, target)
        connection.execute("CHECKPOINT release; DETACH release")


def same_content(connection: DuckDBPyConnection, table: ChineseTable) -> bool:
    """Whether the copy holds the very rows of its table; one cheap pass, for the table itself is read with care."""
    rows = connection.execute(
        " UNION ".join(
            f"SELECT count(*), sum(hash(whole)) FROM (SELECT {', '.join(map(sql_name, columns))} FROM {name}) AS whole"
            for columns, name in (
                ([name for name, _ in table.columns], sql_name(table.schema, table.name)),
                ([chinese for _, chinese in table.columns], sql_name(ZH, table.chinese)),
            )
        )
    ).fetchall()
    return len(rows) == 1


def _copy_comments(connection: DuckDBPyConnection, table: ChineseTable, target: str) -> None:
    place = f"database_name = 'release' AND schema_name = {sql_text(table.schema)}"
    place += f" AND table_name = {sql_text(table.name)} AND comment IS NOT NULL"
    for (said,) in connection.execute(f"SELECT comment FROM duckdb_tables() WHERE {place}").fetchall():
        connection.execute(f"COMMENT ON TABLE {target} IS {sql_text(said)}")
    names = dict(table.columns)
    for column, said in connection.execute(
        f"SELECT column_name, comment FROM duckdb_columns() WHERE {place}"
    ).fetchall():
        connection.execute(f"COMMENT ON COLUMN {target}.{sql_name(names[column])} IS {sql_text(said)}")


def _refuse_twins(named: list[tuple[str, str]]) -> None:
    places: dict[str, list[str]] = {}
    for chinese, place in named:
        places.setdefault(chinese.casefold(), []).append(place)
    for twins in places.values():
        if len(twins) > 1:
            raise IntegrityError(
                f"{' and '.join(twins)} would bear one Chinese name.",
                next_step="begin their descriptions with different words.",
            )
