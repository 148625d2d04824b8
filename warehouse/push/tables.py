"""The tables of a release in PostgreSQL's terms: types, indexes, and the figures by which two copies are compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from duckdb import DuckDBPyConnection

from ingestion.errors import ContractError
from warehouse.release_tables import sql_name

TYPES = {
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "DOUBLE": "double precision",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
}
LONGEST_NAME = 63  # bytes; PostgreSQL cuts a longer one without a word, and two may become one

# Columns by which BI tools filter, in the order of the index. A table gets an index for each line whose first column it
# has, over those of the line that it has. In `zh` a column is known by its comment, which is that of its original.
INDEXES = (
    ("kpi_code", "area_code", "period_start"),
    ("area_code",),
    ("region_code",),
    ("period_start",),
    ("month_start",),
    ("week_start",),
    ("date_day",),
    ("measured_date",),
    ("received_date",),
)
FILTERED = {name for line in INDEXES for name in line}
FEWEST_ROWS = 1000  # below, reading the whole table is faster than its index

Figures = dict[str, str | None]


@dataclass(frozen=True)
class Column:
    """A column of the release: `kind` is its type in DuckDB."""

    name: str
    kind: str
    comment: str | None

    @property
    def type(self) -> str:
        """Its type in PostgreSQL."""
        return TYPES.get(self.kind) or self.kind.replace("DECIMAL", "numeric")


@dataclass(frozen=True)
class Table:
    """A table of the release, with what is filtered by: the columns of each index."""

    schema: str
    name: str
    comment: str | None
    columns: tuple[Column, ...]
    indexes: tuple[tuple[str, ...], ...]
    rows: int

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


def read_tables(connection: DuckDBPyConnection) -> list[Table]:
    """All tables of an open release, the largest first.

    Raises ContractError for a type that has none in PostgreSQL, or a name that it would cut.
    """
    found = connection.execute(
        "SELECT t.schema_name, t.table_name, t.comment, t.estimated_size, "
        "list((c.column_name, c.data_type, c.comment) ORDER BY c.column_index) "
        "FROM duckdb_tables() AS t JOIN duckdb_columns() AS c USING (database_oid, schema_name, table_name) "
        "WHERE t.database_name = current_database() GROUP BY ALL ORDER BY 4 DESC, 1, 2"
    ).fetchall()
    listed = [
        (schema, name, comment, rows, tuple(Column(*column) for column in columns))
        for schema, name, comment, rows, columns in found
    ]
    originals = {c.comment: c.name for *_, columns in listed for c in columns if c.name in FILTERED and c.comment}
    tables = [
        Table(schema, name, comment, columns, tuple(_indexes(columns, originals, rows)), rows)
        for schema, name, comment, rows, columns in listed
    ]
    for table in tables:
        _check(table)
    return tables


def _indexes(columns: Iterable[Column], originals: dict[str, str], rows: int) -> Iterable[tuple[str, ...]]:
    if rows < FEWEST_ROWS:
        return
    own = {c.name if c.name in FILTERED else originals.get(c.comment or "", ""): c.name for c in columns}
    for line in INDEXES:
        if line[0] in own:
            yield tuple(own[name] for name in line if name in own)


def _check(table: Table) -> None:
    for column in table.columns:
        if column.kind not in TYPES and not column.kind.startswith("DECIMAL("):
            raise ContractError(
                f"{table}.{column.name} has type {column.kind}, for which no type of PostgreSQL is named.",
                next_step="cast it in the model, or name one in warehouse/push/tables.py.",
            )
    for name in (table.schema, table.name, *(column.name for column in table.columns)):
        if len(name.encode()) > LONGEST_NAME:
            raise ContractError(
                f"{table}: the name {name} is longer than {LONGEST_NAME} bytes ({LONGEST_NAME // 3} Chinese "
                "characters), and PostgreSQL would cut it.",
                next_step="give it a shorter one.",
            )


def figures_query(table: Table, schema: str) -> str:
    """The SELECT of what is compared, in words that DuckDB and PostgreSQL understand alike."""
    asked = ["count(*)", *(f"{sql}" for column in table.columns for sql in _asked(column).values())]
    return f"SELECT {', '.join(f'CAST({sql} AS VARCHAR)' for sql in asked)} FROM {sql_name(schema, table.name)}"


def figures(table: Table, row: Iterable[str | None]) -> Figures:
    """The answer to `figures_query` by what it tells of: `rows`, then `<column>: <what>`."""
    names = ["rows", *(f"{column.name}: {what}" for column in table.columns for what in _asked(column))]
    return dict(zip(names, row, strict=True))


def differences(ours: Figures, theirs: Figures) -> list[str]:
    """Names of the figures that differ; numbers are compared as such, for each engine writes zeros in its own way."""
    return [name for name, value in ours.items() if value != theirs[name] and not _same(value, theirs[name])]


def _asked(column: Column) -> dict[str, str]:
    """Which figures stand for a column. A sum of DOUBLE depends on the order of rows, so that one has none."""
    name = sql_name(column.name)
    told = {"values": f"count({name})"}
    if column.kind == "VARCHAR":
        return {**told, "characters": f"sum(length({name}))"}
    if column.kind == "BOOLEAN":
        return {**told, "true": f"count(*) FILTER (WHERE {name})"}
    if column.kind in ("DATE", "TIMESTAMP", "DOUBLE"):
        return {**told, "least": f"min({name})", "greatest": f"max({name})"}
    return {**told, "sum": f"sum({name})"}


def _same(ours: str | None, theirs: str | None) -> bool:
    try:
        return ours is not None and theirs is not None and Decimal(ours) == Decimal(theirs)
    except InvalidOperation:
        return False
