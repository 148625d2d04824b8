"""A private copy of the warehouse in which rows are broken, a question is asked, and everything is taken back."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.settings import Settings
from warehouse.engine import connect

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Statements = list[str]
Attempt = tuple[Statements, Statements]  # what leaves a check as it is, and what on top of it must turn it red
FOREIGN = "✗"
PLAIN = {"VARCHAR": "'1'", "DATE": "DATE '2026-01-02'", "BOOLEAN": "FALSE", "JSON": "'{}'"}
VALUES = {  # what a cell can become, by the kind of its column
    "text": ("NULL", f"'{FOREIGN}'", "''"),
    "number": ("NULL", "{} + 1", "-1", "0", "-abs({}) - 1", "{} / 2", "999999"),
    "boolean": ("NOT {}", "TRUE", "FALSE", "NULL"),
    "moment": ("NULL", "DATE '1900-01-01'", "DATE '2099-12-31'", "{} + INTERVAL 1 DAY"),
    "other": ("NULL",),
}


@dataclass(frozen=True)
class Table:
    """A table as `schema.name` with the types of its columns."""

    name: str
    columns: dict[str, str]
    is_empty: bool

    def kind(self, column: str) -> str:
        """What its values are, as far as breaking them goes."""
        kind = self.columns[column]
        if kind.startswith(("DECIMAL", "DOUBLE", "FLOAT")) or kind.endswith("INT") or kind in ("INTEGER", "BIGINT"):
            return "number"
        moments = kind == "DATE" or kind.startswith("TIMESTAMP")
        return {"VARCHAR": "text", "BOOLEAN": "boolean"}.get(kind, "moment" if moments else "other")

    def filled(self) -> list[str]:
        """Statements that give it a row if it has none."""
        cells = ", ".join(f"CAST({_plain(kind)} AS {kind})" for kind in self.columns.values())
        return [f"INSERT INTO {self.name} SELECT {cells}"] if self.is_empty else []

    def doubled(self, column: str | None = None) -> list[str]:
        """Statements that repeat one of its rows; of a column, one that has a value there."""
        given = f"WHERE {quoted(column)} IS NOT NULL" if column else ""
        return [f"INSERT INTO {self.name} SELECT * FROM {self.name} {given} LIMIT 1"]

    def set_one(self, column: str, value: str) -> list[str]:
        """Statements that change the cell of one row."""
        one = f"(SELECT min(rowid) FROM {self.name})"
        return [f"UPDATE {self.name} SET {quoted(column)} = {value} WHERE rowid = {one}"]

    def set_all(self, **values: str) -> list[str]:
        """Statements that change these cells in all rows; `{}` stands for what was there."""
        cells = ", ".join(f"{quoted(name)} = {value.replace('{}', quoted(name))}" for name, value in values.items())
        return [f"UPDATE {self.name} SET {cells}"]


class Bench:
    """The copy, opened. Mutations are made and taken back in one transaction."""

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self.connection = connection
        self._tables: dict[str, Table] = {}

    def table(self, relation: str) -> Table:
        """A relation by its name, quoted or not, with or without the database. A view becomes a table first."""
        name = plain_name(relation)
        if name not in self._tables:
            self._tables[name] = self._look(name)
        return self._tables[name]

    def fill(self, relation: str) -> Table:
        """The table, with a row for good if it had none."""
        table = self.table(relation)
        self.execute(*table.filled())
        self._tables[table.name] = replace(table, is_empty=False)
        return self._tables[table.name]

    def execute(self, *statements: str) -> None:
        """Change the copy for good."""
        for statement in statements:
            self.connection.execute(statement)

    def count(self, query: str) -> int:
        """How many rows a query finds."""
        found = self.connection.execute(f"SELECT count(*) FROM ({query})").fetchone()
        return int(found[0]) if found else 0

    def turns_red(self, query: str, attempt: Attempt, before: int = 0) -> bool:
        """Whether it finds no more than before under the first statements, and more with the others on top."""
        sound, broken = attempt
        is_sound = not sound or self.count_after(sound, query) == before
        return is_sound and self.count_after([*sound, *broken], query) > before

    def count_after(self, statements: list[str], query: str) -> int:
        """The same while the statements hold; -1 where they cannot be made, for a type forbids them."""
        import duckdb

        self.connection.execute("BEGIN")
        try:
            self.execute(*statements)
            return self.count(query)
        except (duckdb.ConversionException, duckdb.OutOfRangeException, duckdb.BinderException):
            return -1
        finally:
            self.connection.execute("ROLLBACK")

    def _look(self, name: str) -> Table:
        schema, plain = name.split(".")
        views = f"SELECT 1 FROM duckdb_views() WHERE schema_name = '{schema}' AND view_name = '{plain}'"
        if self.connection.execute(views).fetchall():
            self.connection.execute(f"CREATE TABLE {name}__as_table AS FROM {name}")
            self.connection.execute(f"DROP VIEW {name}")
            self.connection.execute(f"ALTER TABLE {name}__as_table RENAME TO {plain}")
        columns = self.connection.execute(
            "SELECT column_name, data_type FROM duckdb_columns() "
            f"WHERE schema_name = '{schema}' AND table_name = '{plain}' ORDER BY column_index"
        ).fetchall()
        return Table(name, dict(columns), self.count(f"FROM {name}") == 0)


@contextmanager
def warehouse_copy(settings: Settings, home: Path) -> Iterator[tuple[Settings, Bench]]:
    """A copy of the warehouse under `home`, and its settings: `settings` are those of the home that is copied."""
    copy = replace(settings, home=home)
    copy.warehouse_db.parent.mkdir(parents=True)
    shutil.copyfile(settings.warehouse_db, copy.warehouse_db)
    with opened(copy) as bench:
        yield copy, bench


@contextmanager
def opened(copy: Settings) -> Iterator[Bench]:
    """A copy that lies there already."""
    connection = connect(copy.warehouse_db, settings=copy)
    try:
        yield Bench(connection)
    finally:
        connection.close()


def anything(table: Table, query: str = "") -> Iterator[Attempt]:
    """Rows gone, rows twice, each column with each value, in all rows and in one; of a query, the columns it names."""
    filled, literals = table.filled(), [f"'{word}'" for word in re.findall(r"'([^']*)'", query)]
    yield filled, [f"DELETE FROM {table.name}"]
    yield filled, [f"INSERT INTO {table.name} SELECT * FROM {table.name}"]
    for column in (column for column in table.columns if not query or column in words(query)):
        for value in [*VALUES[table.kind(column)], *(literals if table.kind(column) == "text" else [])]:
            yield filled, table.set_all(**{column: value})
            yield filled, table.set_one(column, value.replace("{}", quoted(column)))


def plain_name(relation: str) -> str:
    """`schema.table` of a relation as dbt writes it."""
    return ".".join(relation.replace('"', "").split(".")[-2:])


def quoted(column: str) -> str:
    """A column as SQL names it."""
    return f'"{column}"'


def words(text: str) -> set[str]:
    """The names that a piece of SQL uses, without what stands in quotation marks."""
    return set(re.findall(r"[a-z_][a-z0-9_]*", re.sub(r"'[^']*'", "", text)))


def _plain(kind: str) -> str:
    if kind.endswith("[]"):
        return "[]"
    return PLAIN.get(kind, "TIMESTAMP '2026-01-02 08:00:00'" if kind.startswith("TIMESTAMP") else "1")
