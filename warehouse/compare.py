"""Two files of release tables set side by side, cell by cell: counts and names of columns, never a value of a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from duckdb import DuckDBPyConnection

from ingestion.settings import Settings
from warehouse.engine import connect
from warehouse.release_tables import sql_name, sql_text
from warehouse.release_zh import ZH

Keys = Mapping[str, Iterable[str]]
PUBLISHED, REPLAYED = "published", "replayed"
WHOLE = "(the whole table)"


@dataclass(frozen=True)
class TableDifference:
    """How one table differs. Where its key names rows, `changed` counts those that both sides have, but not alike.

    `only_published` and `only_replayed` count whole rows, the changed ones among them. `columns` says in which columns
    the changed rows differ, and how often; `strange_columns` are those that only one side has.
    """

    table: str
    published_rows: int
    replayed_rows: int
    only_published: int
    only_replayed: int
    changed: int = 0
    columns: dict[str, int] = field(default_factory=dict)
    strange_columns: list[str] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        return bool(self.only_published or self.only_replayed or self.strange_columns)


def compare(settings: Settings, published: Path, replayed: Path, keys: Keys, left_out: Keys) -> list[TableDifference]:
    """Every table of either file, in order of name; not the copies in `zh`.

    `keys` are the columns that name a row of a table, `left_out` those that cannot be equal, or `WHOLE` for a table.
    """
    with connect(":memory:", settings=settings) as connection:
        connection.execute("SET preserve_insertion_order = false")
        columns = {}
        for side, path in ((PUBLISHED, published), (REPLAYED, replayed)):
            connection.execute(f"ATTACH {sql_text(str(path))} AS {side} (READ_ONLY)")
            columns[side] = _columns(connection, side)
        differences = []
        without = {table for table, names in left_out.items() if WHOLE in names}
        for table in sorted({*columns[PUBLISHED], *columns[REPLAYED]} - without):
            pair = _Pair(connection, table, columns[PUBLISHED].get(table, []), columns[REPLAYED].get(table, []))
            differences.append(pair.difference(list(keys.get(table, ())), set(left_out.get(table, ()))))
        return differences


def _columns(connection: DuckDBPyConnection, side: str) -> dict[str, list[str]]:
    rows = connection.execute(
        "SELECT schema_name || '.' || table_name, list(column_name ORDER BY column_index) FROM duckdb_columns() "
        f"WHERE database_name = {sql_text(side)} AND schema_name != {sql_text(ZH)} GROUP BY ALL"
    ).fetchall()
    return dict(rows)


class _Pair:
    """One table on both sides."""

    def __init__(self, connection: DuckDBPyConnection, table: str, published: list[str], replayed: list[str]) -> None:
        self.connection = connection
        self.table = table
        self.published = published
        self.replayed = replayed

    def difference(self, key: list[str], left_out: set[str]) -> TableDifference:
        there = self._count(self._name(PUBLISHED)) if self.published else 0
        here = self._count(self._name(REPLAYED)) if self.replayed else 0
        if not self.published or not self.replayed:
            return TableDifference(self.table, there, here, there, here, strange_columns=[WHOLE])
        columns = [column for column in self.published if column in self.replayed and column not in left_out]
        found = TableDifference(
            self.table,
            published_rows=there,
            replayed_rows=here,
            only_published=self._keep_only(PUBLISHED, REPLAYED, columns),
            only_replayed=self._keep_only(REPLAYED, PUBLISHED, columns),
            strange_columns=sorted({*self.published} ^ {*self.replayed}),
        )
        if found.only_published and found.only_replayed and self._names_rows([c for c in key if c in columns]):
            return self._by_key(found, [c for c in key if c in columns], columns)
        return found

    def _keep_only(self, side: str, other: str, columns: list[str]) -> int:
        """Keep the rows that this side has more often than the other, and count them."""
        listed = ", ".join(map(sql_name, columns))
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE only_{side} AS SELECT {listed} FROM {self._name(side)} "
            f"EXCEPT ALL SELECT {listed} FROM {self._name(other)}"
        )
        return self._count(f"only_{side}")

    def _names_rows(self, key: list[str]) -> bool:
        """Whether the key names each row that differs; in a release of other code it may not."""
        listed = ", ".join(map(sql_name, key))
        return bool(key) and not any(
            self._count(f"(SELECT 1 FROM only_{side} GROUP BY {listed} HAVING count(*) > 1)")
            for side in (PUBLISHED, REPLAYED)
        )

    def _by_key(self, found: TableDifference, key: list[str], columns: list[str]) -> TableDifference:
        others = [column for column in columns if column not in key]
        same_key = " AND ".join(f"p.{name} IS NOT DISTINCT FROM r.{name}" for name in map(sql_name, key))
        unlike = [f"count(*) FILTER (p.{name} IS DISTINCT FROM r.{name})" for name in map(sql_name, others)]
        changed, *counts = self._row(
            f"SELECT {', '.join(['count(*)', *unlike])} "
            f"FROM only_{PUBLISHED} AS p JOIN only_{REPLAYED} AS r ON {same_key}"
        )
        where = {column: count for column, count in zip(others, counts, strict=True) if count}
        return replace(found, changed=changed, columns=where)

    def _name(self, side: str) -> str:
        return sql_name(side, *self.table.split(".", 1))

    def _count(self, relation: str) -> int:
        return self._row(f"SELECT count(*) FROM {relation}")[0]

    def _row(self, sql: str) -> tuple[int, ...]:
        row = self.connection.execute(sql).fetchone()
        assert row is not None
        return row
