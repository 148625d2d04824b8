"""The nightly care of landing tables: few files instead of many, a log that opens quickly, no file that nobody needs.

Everything here runs under the feed's landing lock, and may be killed at any moment: a merged file counts from its
commit on, in the same breath in which the old ones stop to count, and what was moved without a commit is vacuumed.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import duckdb

from ingestion import durable
from ingestion.contract import Contract
from ingestion.errors import IntegrityError
from ingestion.landing_table import MERGED, PARQUET, PARTITION, LandingTable, period_of
from ingestion.normalise import text
from ingestion.receipts import Ledger
from ingestion.settings import Settings
from warehouse.engine import connect

if TYPE_CHECKING:
    from deltalake.transaction import RemoveAction
    from duckdb import DuckDBPyConnection

log = logging.getLogger(__name__)
MANY = 8  # files of one partition from which merging pays
SMALL = 32 << 20  # bytes; a larger file is never written again
GRACE = timedelta(days=7)  # as long as Delta remembers which files it let go
LOG_GROWTH = 10  # commits since the last checkpoint from which a new one pays


@dataclass(frozen=True)
class Upkeep:
    """What was done to one feed."""

    feed: str
    files_before: int = 0
    files_after: int = 0
    merged_rows: int = 0
    vacuumed: int = 0
    packed_receipts: int = 0
    waits: str = ""


def keep_feed(settings: Settings, contract: Contract, grace: timedelta = GRACE) -> Upkeep:
    """Merge, check-point, vacuum and pack the receipts of one feed.

    Raises WarehouseBusy while the feed is landing, IntegrityError when its files cannot be read back.
    """
    with durable.exclusive(settings.locks / f"land_{contract.feed}.lock", f"Landing of {contract.feed}"):
        table, ledger = LandingTable(settings, contract), Ledger(settings, contract.feed)
        before = len(table.files())
        rows = merge(settings, table, ledger)
        keep_log(table)
        return Upkeep(
            feed=contract.feed,
            files_before=before,
            files_after=len(table.files()),
            merged_rows=rows,
            vacuumed=vacuum(table, grace),
            packed_receipts=ledger.pack(),
        )


def merge(settings: Settings, table: LandingTable, ledger: Ledger) -> int:
    """Make one file of many small ones, partition by partition. Returns how many rows were written anew."""
    crowded = _crowded(table)
    if not crowded:
        return 0
    work = settings.work / f"land_{table.contract.feed}"
    acknowledged = {receipt.batch_id for receipt in ledger.receipts if receipt.status == "landed"}
    rows = 0
    with connect(":memory:", settings=settings) as connection:
        for period, files in crowded.items():
            durable.discard(work)
            durable.make_folder(work / f"{PARTITION}={period}", 0o700)
            rows += _merge(connection, table, files, work / f"{PARTITION}={period}" / "merged.parquet", acknowledged)
    durable.discard(work)
    return rows


def _crowded(table: LandingTable) -> dict[str, list[str]]:
    """The small files of each partition that has too many; partitions finer than the contract's count as one."""
    width = len(time.strftime(table.contract.partition_format))
    found: dict[str, list[str]] = {}
    for file in table.files():
        if Path(file).stat().st_size < SMALL:
            found.setdefault(period_of(file)[:width], []).append(file)
    return {period: files for period, files in found.items() if len(files) > MANY}


def _merge(
    connection: DuckDBPyConnection, table: LandingTable, files: list[str], merged: Path, acknowledged: set[str]
) -> int:
    feed = table.contract.feed
    rows = f"read_parquet([{', '.join(map(text, files))}], hive_partitioning = false, union_by_name = true)"
    written = f"read_parquet({text(str(merged))}, hive_partitioning = false)"
    try:
        batches, newest = _batches(connection, rows)
        if not batches <= acknowledged:  # a killed run left an intent; the next landing decides what counts
            log.warning("feed=%s period=%s merge=waits_for_recovery", feed, merged.parent.name)
            return 0
        connection.execute(f"COPY (FROM {rows} ORDER BY batch_seq, row_no) TO {text(str(merged))} ({PARQUET})")
        mark = _mark(connection, written)
        if mark != _mark(connection, rows):
            raise _unsound(feed, merged.parent.name, "are not what was merged")
    except duckdb.Error:  # its text can quote a row
        raise _unsound(feed, merged.parent.name, "cannot be read back") from None
    replace(table, files, merged, mark[0], newest)
    log.info("feed=%s merged=%s files=%d rows=%d", feed, merged.parent.name, len(files), mark[0])
    return mark[0]


def _batches(connection: DuckDBPyConnection, rows: str) -> tuple[set[str], int]:
    found = connection.execute(f"SELECT batch_id, max(batch_seq) FROM {rows} GROUP BY batch_id").fetchall()
    return {batch for batch, _ in found}, max(seq for _, seq in found)


def _mark(connection: DuckDBPyConnection, rows: str) -> tuple[int, str]:
    """How many rows, and a sum over all their values that does not ask for an order."""
    found = connection.execute(f"SELECT count(*), sum(hash(whole))::VARCHAR FROM {rows} AS whole").fetchone()
    assert found is not None
    return found[0], found[1]


def _unsound(feed: str, period: str, what: str) -> IntegrityError:
    step = "run `citypulse keep-house --only scan`: it names the file; restore that one from the backup."
    return IntegrityError(f"{feed}, {period}: files of the landing table {what}.", next_step=step)


def replace(table: LandingTable, old: list[str], merged: Path, rows: int, last_seq: int) -> None:
    """Put one file in the place of those whose very rows it holds; they stay on the disk for who still reads them."""
    delta = table.table()
    assert delta is not None, "there were files to merge"
    name = f"{MERGED}{last_seq:08d}-{uuid4().hex[:16]}.parquet"
    added = table.take(merged, name, rows, data_change=False)
    table.commit(delta, [*(removal(Path(file), data_change=False) for file in old), added])


def removal(path: Path, *, data_change: bool) -> RemoveAction:
    """The action by which a file of the table stops to count."""
    from deltalake.transaction import RemoveAction

    name, now = f"{path.parent.name}/{path.name}", int(time.time() * 1000)
    return RemoveAction(name, data_change, now, path.stat().st_size, {PARTITION: period_of(path)})


def keep_log(table: LandingTable, growth: int = LOG_GROWTH) -> bool:
    """Sum up the log in a checkpoint when it has grown, and drop what is older than thirty days. Returns whether.

    A checkpoint holds every batch that was ever committed, so that `holds` knows one whose log entry is long gone:
    no `delta.setTransactionRetentionDuration` is set, and none must ever be.
    """
    delta, folder = table.table(), table.path / "_delta_log"
    if delta is None:
        return False
    last = max((int(path.name[:20]) for path in folder.glob("*.checkpoint*.parquet")), default=-1)
    if delta.version() - last < growth:
        return False
    durable.crashpoint("upkeep.checkpoint")
    delta.create_checkpoint()
    durable.crashpoint("upkeep.checkpointed")
    table.fsync_checkpoint(delta.version())
    durable.crashpoint("upkeep.cut_log")
    delta.cleanup_metadata()
    durable.crashpoint("upkeep.log_cut")
    for half in folder.glob("*#*"):  # what a kill left of a file that delta-rs had begun
        durable.remove_file(half, "upkeep.half_file")
    return True


def vacuum(table: LandingTable, grace: timedelta) -> int:
    """Remove files that no version within the grace needs: merged ones, and those of a landing that was killed.

    The grace is for readers that hold a list of files: a build, a replay. Returns how many files went.
    """
    delta = table.table()
    if delta is None:
        return 0
    hours = int(grace / timedelta(hours=1))
    doomed = delta.vacuum(retention_hours=hours, dry_run=True, enforce_retention_duration=False, full=True)
    for name in doomed:
        durable.remove_file(table.path / name, "upkeep.vacuum")
    for folder in {(table.path / name).parent for name in doomed}:
        if not any(folder.iterdir()):
            durable.remove_folder(folder, "upkeep.empty_folder")
    return len(doomed)
