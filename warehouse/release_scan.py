"""Read every row of a written release back: same content as written, and no value shaped like personal data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from ingestion.errors import IntegrityError
from ingestion.settings import Settings
from warehouse.engine import connect
from warehouse.release_tables import sql_name, sql_text
from warehouse.release_zh import ZH, chinese_tables, same_content

# Hexadecimal digests hold long runs of digits, so a number must not stand next to a hexadecimal digit.
_EDGE = r"(^|[^0-9A-Fa-f])", r"($|[^0-9A-Fa-f])"
PERSONAL = {
    "a mobile number": _EDGE[0] + r"(86[ -]?)?1[3-9][0-9]([ -]?[0-9]{4}){2}" + _EDGE[1],
    "an ID card number": _EDGE[0]
    + r"[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]"
    + _EDGE[1],
    "a keyed token": r"^v[0-9]+:[0-9a-f]{16,}$",  # a token is still personal data
}
SHORTEST = 11  # characters of the shortest match: a mobile number

Fingerprints = dict[str, tuple[int, str]]


def scan(settings: Settings, database: Path) -> Fingerprints:
    """Read the whole file. Returns rows and fingerprint by table; raises IntegrityError for damage or personal data.

    A table of `zh` has the fingerprint of the one it is a copy of, once it is known to hold the same.
    """
    with connect(database, settings=settings, read_only=True) as connection:
        try:
            tables = release_tables(connection)
            found = {f"{schema}.{name}": fingerprint(connection, schema, name) for schema, name in tables}
            found |= _fingerprints_of_zh(connection, database, found)
        except (duckdb.IOException, duckdb.SerializationException, duckdb.InvalidInputException):
            raise IntegrityError(
                f"{database.name} cannot be read back.", next_step="check the disk, then release again."
            ) from None
        for schema, name in tables:
            refuse_personal_data(connection, schema, name)
    return found


def _fingerprints_of_zh(connection: DuckDBPyConnection, database: Path, found: Fingerprints) -> Fingerprints:
    copies = {}
    for table in chinese_tables(connection, database.stem):
        copy, source = f"{ZH}.{table.chinese}", f"{table.schema}.{table.name}"
        if not same_content(connection, table):
            raise IntegrityError(
                f"{copy} does not hold what {source} holds.", next_step="check the disk, then release again."
            )
        copies[copy] = found[source]
    return copies


def unreadable_tables(settings: Settings, database: Path) -> list[str]:
    """Tables, of all schemas, with a block that is not what was written: DuckDB checks its sum as it reads it.

    Raises IntegrityError where the file does not even open.
    """
    damaged = []
    with connect(database, settings=settings, read_only=True) as connection:
        try:
            tables = _all_tables(connection)
        except duckdb.Error:
            return ["its catalogue"]
        for schema, name in tables:
            try:
                connection.execute(f"SELECT sum(hash(whole)) FROM {sql_name(schema, name)} AS whole").fetchone()
            except duckdb.Error:
                damaged.append(f"{schema}.{name}")
    return damaged


def damage_of(settings: Settings, database: Path) -> IntegrityError | None:
    """The refusal of a warehouse or release that cannot be read to its end, with the way out; None for a sound one."""
    damaged = unreadable_tables(settings, database)
    if not damaged:
        return None
    what = f"{database.name} cannot be read back: {', '.join(damaged[:5])}."
    if database.parent == settings.releases:
        return IntegrityError(
            f"{what} That file is a release.",
            next_step="look after the disk; `citypulse release` writes the release in service anew.",
        )
    return IntegrityError(
        f"{what} What is published stays as it is.",
        next_step=f"look after the disk; remove {database}, and `citypulse run` builds it anew from landing.",
    )


@contextmanager
def readable(settings: Settings, database: Path) -> Iterator[None]:
    """Turn what goes wrong in the block into IntegrityError where the file is damaged; its text can quote a row."""
    try:
        yield
    except duckdb.Error:
        if damage := damage_of(settings, database):
            raise damage from None
        raise


def release_tables(connection: DuckDBPyConnection) -> list[tuple[str, str]]:
    """Schema and name of every table of the open database in a fixed order, without the copies in `zh`."""
    return [(schema, name) for schema, name in _all_tables(connection) if schema != ZH]


def _all_tables(connection: DuckDBPyConnection) -> list[tuple[str, str]]:
    rows = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = current_database() ORDER BY ALL"
    ).fetchall()
    return [(schema, name) for schema, name in rows]


def fingerprint(connection: DuckDBPyConnection, schema: str, name: str) -> tuple[int, str]:
    """Rows and a digest of all values, in whatever order; DuckDB before 1.4 writes some rows otherwise."""
    row = connection.execute(
        "SELECT count(*), coalesce(sum(md5_number_lower(CAST(whole AS VARCHAR))::HUGEINT), 0)::VARCHAR "
        f"FROM {sql_name(schema, name)} AS whole"
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def refuse_personal_data(connection: DuckDBPyConnection, schema: str, name: str) -> None:
    """Raise IntegrityError naming the column, never the value, when a number looks like a person's."""
    columns = _long_columns(connection, schema, name)
    wanted = [(column, kind, pattern) for column in columns for kind, pattern in PERSONAL.items()]
    if not wanted:
        return
    counts = ", ".join(_hits(column, pattern) for column, _, pattern in wanted)
    row = connection.execute(f"SELECT {counts} FROM {sql_name(schema, name)}").fetchone()
    for (column, kind, _), hits in zip(wanted, row or (), strict=True):
        if hits:
            raise IntegrityError(
                f"{schema}.{name}.{column}: {hits} rows look like {kind}.",
                next_step="drop the column from the model or repair its contract, then build again.",
            )


def _long_columns(connection: DuckDBPyConnection, schema: str, name: str) -> list[str]:
    """Columns with a value long enough for any of the patterns: most hold codes, counts and short words."""
    columns = connection.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = current_database() "
        f"AND schema_name = {sql_text(schema)} AND table_name = {sql_text(name)} "
        "AND data_type IN ('VARCHAR', 'BIGINT') ORDER BY column_index"
    ).fetchall()
    if not columns:
        return []
    longest = ", ".join(_is_long(sql_name(column), data_type) for column, data_type in columns)
    row = connection.execute(f"SELECT {longest} FROM {sql_name(schema, name)}").fetchone()
    return [column for (column, _), is_long in zip(columns, row or (), strict=True) if is_long]


def _is_long(column: str, data_type: str) -> str:
    if data_type == "BIGINT":
        return f"max({column}) >= 1e{SHORTEST - 1} OR min({column}) <= -1e{SHORTEST - 1}"
    return f"max(strlen({column})) >= {SHORTEST}"  # bytes: never fewer than characters


def _hits(column: str, pattern: str) -> str:
    """Count the rows whose text, with full-width digits folded, matches."""
    folded = f"translate(CAST({sql_name(column)} AS VARCHAR), '０１２３４５６７８９', '0123456789')"
    return f"count(*) FILTER (regexp_matches({folded}, {sql_text(pattern)}))"
