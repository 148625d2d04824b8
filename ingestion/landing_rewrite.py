"""Landed rows written anew, without what must go: one commit for a feed, and nothing of the old files is left.

Deleting from a table leaves what was deleted in its old files and in their freed pages; so rows go by copy, and the
old files go at once, those included that upkeep keeps a week for readers. Under the feed's landing lock and the
writer's lock: no build holds a list of these files meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import duckdb

from ingestion import durable
from ingestion.contract import Contract
from ingestion.errors import IntegrityError
from ingestion.landing_table import MERGED, PARQUET, PARTITION, LandingTable, landed_rows, period_of
from ingestion.landing_upkeep import removal
from ingestion.normalise import quote, text
from ingestion.settings import Settings
from warehouse.engine import connect

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Batch = tuple[int, str]  # batch_seq, batch_id


@dataclass(frozen=True)
class Change:
    """What is to become of landed rows, in SQL over the columns of a landed row.

    `touched` says which rows a file must hold to be written anew at all, `goes` which rows it loses, and `columns`
    what stands in the place of some columns. `setup` readies a connection; `source` may lay columns of its own,
    named in `beside`, next to those of the rows.
    """

    touched: str
    goes: str = "false"
    columns: dict[str, str] = field(default_factory=dict)
    setup: Callable[[DuckDBPyConnection], None] = lambda connection: None
    source: Callable[[str], str] = lambda rows: rows
    beside: tuple[str, ...] = ()


@dataclass
class Outcome:
    """Rows that change, rows that go by delivery, and the files that go with their sha256 by name in the home."""

    touched: int = 0
    gone: dict[Batch, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


def count(settings: Settings, contract: Contract, change: Change) -> Outcome:
    """What `rewrite` would do, without doing it."""
    with connect(":memory:", settings=settings) as connection:
        change.setup(connection)
        return _count(connection, contract, LandingTable(settings, contract).files(), change)


def rewrite(
    settings: Settings, contract: Contract, change: Change, announce: Callable[[Outcome], None] = lambda outcome: None
) -> Outcome:
    """Write those files of a feed anew that hold touched rows, commit once, and remove every file that fell out.

    `announce` hears what will go before anything does. Repeating it after a kill finishes the work. Raises
    IntegrityError when the copy is not the original but for the change; the table is then as it was.
    """
    table, work = LandingTable(settings, contract), settings.work / f"land_{contract.feed}" / "rewrite"
    durable.discard(work)
    with connect(":memory:", settings=settings) as connection:
        change.setup(connection)
        files = _holding(connection, contract, table.files(), change)
        outcome = _count(connection, contract, files, change)
        outcome.files = sums(settings, [*map(Path, files), *_leftovers(table)])
        copies = [copy for file in files if (copy := _copy(connection, contract, file, change, work))]
    announce(outcome)
    if files:
        _swap(table, files, copies)
    for path in _leftovers(table):
        durable.remove_file(path, "privacy.rows_file")
    _drop_empty(table)
    durable.discard(work)
    return outcome


def sums(settings: Settings, paths: list[Path]) -> dict[str, str]:
    """The sha256 of files by their names in the home."""
    found = {}
    for path in paths:
        with path.open("rb") as stream:
            found[str(path.relative_to(settings.home))] = file_digest(stream, "sha256").hexdigest()
    return found


def _rows(contract: Contract, files: list[str], change: Change) -> str:
    return change.source(landed_rows(contract, files))


def _holding(connection: DuckDBPyConnection, contract: Contract, files: list[str], change: Change) -> list[str]:
    query = "SELECT 1 FROM {} WHERE {} LIMIT 1"
    return [
        file
        for file in files
        if connection.execute(query.format(_rows(contract, [file], change), change.touched)).fetchone()
    ]


def _count(connection: DuckDBPyConnection, contract: Contract, files: list[str], change: Change) -> Outcome:
    rows = _rows(contract, files, change)
    found = connection.execute(f"SELECT count(*) FROM {rows} WHERE {change.touched}").fetchone()
    gone = connection.execute(
        f"SELECT batch_seq, batch_id, count(*) FROM {rows} WHERE {change.goes} GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return Outcome(found[0] if found else 0, {(seq, batch): number for seq, batch, number in gone})


def _copy(
    connection: DuckDBPyConnection, contract: Contract, file: str, change: Change, work: Path
) -> tuple[Path, int, int] | None:
    """The copy of one file, its rows and the last delivery in it; None where no row stays."""
    target = work / uuid4().hex[:8] / f"{PARTITION}={period_of(file)}" / "copy.parquet"
    durable.make_folder(target.parent, 0o700)
    rows = f"{_rows(contract, [file], change)} WHERE ({change.goes}) IS NOT TRUE"
    replaced = ", ".join(f"{value} AS {quote(name)}" for name, value in change.columns.items())
    columns = f"*{_without(change.beside)}" + (f" REPLACE ({replaced})" if replaced else "")
    try:
        connection.execute(
            f"COPY (SELECT {columns} FROM {rows} ORDER BY batch_seq, row_no) TO {text(str(target))} ({PARQUET})"
        )
        before = _mark(connection, f"SELECT *{_without([*change.columns, *change.beside])} FROM {rows}")
        copied = f"read_parquet({text(str(target))}, hive_partitioning = false)"
        after = _mark(connection, f"SELECT *{_without(change.columns)} FROM {copied}")
    except duckdb.Error:  # its text can quote a row
        raise _unsound(contract) from None
    if before != after:
        raise _unsound(contract)
    return (target, after[0], after[2]) if after[0] else None


def _without(names: Iterable[str]) -> str:
    listed = ", ".join(map(quote, names))
    return f" EXCLUDE ({listed})" if listed else ""


def _mark(connection: DuckDBPyConnection, query: str) -> tuple[int, str, int]:
    """How many rows, a sum over all their values that does not ask for an order, and the last delivery."""
    found = connection.execute(
        f"SELECT count(*), sum(hash(whole))::VARCHAR, max(batch_seq) FROM ({query}) AS whole"
    ).fetchone()
    assert found is not None
    return found


def _unsound(contract: Contract) -> IntegrityError:
    step = "run `citypulse keep-house --only scan`: it names the file; restore that one from the backup."
    return IntegrityError(f"{contract.feed}: landed rows cannot be copied as they are.", next_step=step)


def _swap(table: LandingTable, old: list[str], copies: list[tuple[Path, int, int]]) -> None:
    delta = table.table()
    assert delta is not None, "there were files to write anew"
    added = [
        table.take(path, f"{MERGED}{last_seq:08d}-{uuid4().hex[:16]}.parquet", rows) for path, rows, last_seq in copies
    ]
    table.commit(delta, [*(removal(Path(file), data_change=True) for file in old), *added])


def _leftovers(table: LandingTable) -> list[Path]:
    """Files of rows that the table no longer has: replaced just now, merged before, or left by a landing that died."""
    current = set(table.files())
    return sorted(path for path in table.path.glob(f"{PARTITION}=*/*.parquet") if str(path) not in current)


def _drop_empty(table: LandingTable) -> None:
    for folder in table.path.glob(f"{PARTITION}=*"):
        if not any(folder.iterdir()):
            durable.remove_folder(folder, "privacy.partition")
