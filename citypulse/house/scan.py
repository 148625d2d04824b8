"""Is everything stored still what was written? Landing, receipts, vault, releases and warehouse, read whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from citypulse.house.digests import digests, due
from citypulse.privacy.certificates import lawfully_gone
from ingestion.contract import Contract, load_contracts
from ingestion.durable import INTERNAL, make_folder, write_file
from ingestion.errors import IntegrityError, NothingToDo, WarehouseBusy
from ingestion.landing_table import LandingTable
from ingestion.receipts import Ledger
from ingestion.settings import Settings
from ingestion.vault import REDACTED
from warehouse.engine import connect, writer_lock
from warehouse.release_scan import unreadable_tables
from warehouse.release_tables import sql_text
from warehouse.serving import release_problems, verify_release

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SHA256 = 64


@dataclass
class Scan:
    """What was read and what is wrong with it, each problem with the name of its file."""

    settings: Settings
    now: datetime
    files: int = 0
    rows: int = 0
    _gone: dict[str, set[int]] = field(default_factory=dict)

    def problems(self) -> list[str]:
        """Read everything."""
        return [*self.landing(), *self._sums(), *self._vault(), *self._releases(), *self._warehouse()]

    def landing(self) -> Iterator[str]:
        """Whether each landing table can be read and agrees with receipts and deletion certificates."""
        try:
            self._gone = lawfully_gone(self.settings)
        except IntegrityError as error:
            yield f"certificates: {error.message}"
            return
        with connect(":memory:", settings=self.settings) as connection:
            for feed, contract in load_contracts(self.settings).items():
                try:
                    yield from self._feed(connection, contract)
                except IntegrityError as error:  # a receipt
                    yield f"receipts/{feed}: {error.message}"

    def _feed(self, connection: DuckDBPyConnection, contract: Contract) -> Iterator[str]:
        """Receipts are read first: what landing adds meanwhile lacks a receipt here, never the reverse."""
        feed, receipts = contract.feed, Ledger(self.settings, contract.feed).receipts
        table = LandingTable(self.settings, contract)
        promised = table.rows_by_file()
        self.files += len(promised)
        if damaged := [file for file in promised if _rows_in(connection, file) != promised[file]]:
            yield from (f"{self._name(file)} is missing, damaged, or has another number of rows." for file in damaged)
            return
        try:
            found = _rows_by_batch(connection, list(promised))
        except duckdb.Error:
            damaged = [file for file in promised if not _is_readable(connection, file)]
            yield from (f"{self._name(file)} cannot be read to its end." for file in damaged)
            return
        self.rows += sum(found.values())
        for receipt in receipts:
            missing = receipt.landed - found.get(receipt.batch_id, 0)
            if receipt.status == "landed" and missing not in self._gone.get(receipt.batch_id, {0}):
                lie = f"{found.get(receipt.batch_id, 0)} rows lie in landing/{feed}, its receipt says {receipt.landed}"
                yield f"{feed}, delivery {receipt.batch_seq} ({receipt.batch_id[:12]}): {lie}."

    def _sums(self) -> Iterator[str]:
        """Files of the landing tables keep the sum that they had when they were first read."""
        place = self.settings.home / "house" / "landing_sums.json"
        known: dict[str, str] = json.loads(place.read_bytes()) if place.exists() else {}
        there = [path for path in self.settings.landing.glob("*/*/*.parquet") if path.parent.name != "_delta_log"]
        for path, digest in digests(due(there, self.now)):
            if not digest or known.setdefault(self._name(path), digest) != digest:
                yield f"{self._name(path)} is not what was written."
        make_folder(place.parent, INTERNAL)
        left = {name: digest for name, digest in known.items() if (self.settings.home / name).exists()}
        write_file(place, json.dumps(left).encode(), "scan.sums")

    def _vault(self) -> Iterator[str]:
        """A file of the vault is named after its bytes; one from which somebody was cut, after both its sums."""
        there = [path for path in self.settings.vault.glob("*/*") if len(path.name) >= SHA256 and path.is_file()]
        for path, digest in digests(due(there, self.now)):
            self.files += 1
            if not path.name.rpartition(REDACTED)[2].startswith(digest or "unreadable"):
                yield f"{self._name(path)} is not what was delivered."

    def _releases(self) -> Iterator[str]:
        found = dict.fromkeys(verify_release(self.settings))
        for manifest in sorted(self.settings.releases.glob("r*.json")):
            self.files += 1
            found |= dict.fromkeys(release_problems(self.settings, manifest.stem))
        yield from found

    def _warehouse(self) -> Iterator[str]:
        """DuckDB checks the sum of each block as it reads it, so every block is read, alone with the file."""
        if not self.settings.warehouse_db.is_file():
            return
        try:
            with writer_lock(self.settings):
                damaged = unreadable_tables(self.settings, self.settings.warehouse_db)
        except WarehouseBusy:
            return  # a build is at work, and it reads and writes these tables itself
        except IntegrityError as error:
            yield error.message
        else:
            self.files += 1
            place = f"warehouse/{self.settings.warehouse_db.name}"
            yield from (f"{place}, {table}: cannot be read; build anew." for table in damaged)

    def _name(self, path: str | Path) -> str:
        return str(Path(path).relative_to(self.settings.home))


def scan(settings: Settings, now: datetime) -> dict[str, int]:
    """Read back what is stored. Raises IntegrityError naming what is damaged, NothingToDo in an empty home."""
    looked = Scan(settings, now)
    problems = looked.problems()
    if problems:
        more = f" And {len(problems) - 10} more." if len(problems) > 10 else ""
        raise IntegrityError(
            f"{len(problems)} things are not as they were written. {' '.join(problems[:10])}{more}",
            next_step="restore the named files from the backup; releases and warehouse can be made again.",
        )
    if not looked.files:
        raise NothingToDo("Nothing is stored yet.")
    return {"files": looked.files, "rows": looked.rows}


def damaged_files(connection: DuckDBPyConnection, promised: dict[str, int]) -> list[str]:
    """Those files of a landing table that are missing, hold another number of rows, or cannot be read to their end."""
    if damaged := [file for file in promised if _rows_in(connection, file) != promised[file]]:
        return damaged
    try:
        _rows_by_batch(connection, list(promised))
    except duckdb.Error:
        return [file for file in promised if not _is_readable(connection, file)]
    return []


def _rows_in(connection: DuckDBPyConnection, file: str) -> int:
    """Rows that the file's footer promises, -1 where it has none."""
    try:
        found = connection.execute(f"SELECT num_rows FROM parquet_file_metadata({sql_text(file)})").fetchone()
    except duckdb.Error:
        return -1
    return int(found[0]) if found else -1


def _is_readable(connection: DuckDBPyConnection, file: str) -> bool:
    try:
        return bool(_rows_by_batch(connection, [file]))
    except duckdb.Error:
        return False


def _rows_by_batch(connection: DuckDBPyConnection, files: list[str]) -> dict[str, int]:
    if not files:
        return {}
    listed = ", ".join(map(sql_text, files))
    rows = f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"
    query = f"SELECT batch_id, count(*), bit_xor(hash(whole)) FROM {rows} AS whole GROUP BY batch_id"
    return {batch: count for batch, count, _ in connection.execute(query).fetchall()}
