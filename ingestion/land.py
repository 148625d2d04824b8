"""Landing: everything sealed in the inbox becomes rows of the landing table, quarantine entries, or duplicates.

The order of one delivery, each step repeatable after a kill: vault copy, read and type, sort out duplicates, write
quarantine, intent, commit, receipt, and only then the file leaves the inbox.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion import durable, originals, vault
from ingestion.batch import Batch
from ingestion.bundle import unpack
from ingestion.contract import Contract, load_contracts
from ingestion.errors import ContractError, DeliveryRefused, NothingToDo
from ingestion.forgotten import read_tombstones
from ingestion.inbox import Delivery, left_companions, pending
from ingestion.key_marks import require_restored_key
from ingestion.landing_table import LandingTable, landing_columns
from ingestion.lineage import Dataset
from ingestion.manifest import Manifest, read_manifest
from ingestion.privacy import TokenKey, forgotten_key, load_key
from ingestion.readers.pieces import Tally
from ingestion.receipts import Ledger, Receipt
from ingestion.run_log import LiveRun, logged
from ingestion.settings import Settings, local_now
from ingestion.sighting import mark_of, printable
from ingestion.staging import Stage
from ingestion.straight import Straight
from ingestion.trouble import is_ours
from warehouse.engine import connect

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

log = logging.getLogger(__name__)
EAGER = "common_subexpressions"  # it hoists the costly cleaning out of the CASE that avoids it: twenty times slower
Progress = Callable[[Receipt], None]


@dataclass
class LandReport:
    """What one drain of a feed did."""

    feed: str
    receipts: list[Receipt] = field(default_factory=list)

    @property
    def deliveries(self) -> int:
        return len(self.receipts)

    @property
    def landed_rows(self) -> int:
        return sum(receipt.landed for receipt in self.receipts)

    @property
    def business_days(self) -> list[str]:
        """The business days, as YYYY-MM-DD, of which rows landed."""
        return sorted({day for receipt in self.receipts if receipt.landed for day in receipt.business_dates})

    @property
    def refused(self) -> list[Receipt]:
        return [receipt for receipt in self.receipts if receipt.status == "refused"]


def land_feed(settings: Settings, feed: str, progress: Progress = lambda receipt: None) -> LandReport:
    """Drain one feed's sealed deliveries, oldest first.

    Raises NothingToDo when none is pending, WarehouseBusy when another run lands this feed, ContractError for an
    unknown feed or without the key of restored rows. A refused delivery does not stop the others; it stands in the
    report.
    """
    contracts = load_contracts(settings)
    if feed not in contracts:
        raise ContractError(f"No feed named {feed!r}.", next_step=f"choose one of {', '.join(contracts)}.")
    lock = durable.exclusive(settings.locks / f"land_{feed}.lock", f"Landing of {feed}")
    with logged(settings, "land", feed) as run, lock:
        require_restored_key(settings)
        lander = Lander(settings, contracts[feed])
        lander.recover()
        waiting = pending(settings, contracts[feed])
        if not waiting:
            raise NothingToDo(f"{feed}: no sealed delivery is waiting.")
        run.inputs = [Dataset(f"inbox/{feed}", files=len(waiting))]

        def tell(receipt: Receipt) -> None:
            _count(run, receipt)
            progress(receipt)

        report = lander.drain(waiting, tell)
        columns = tuple(landing_columns(contracts[feed]))
        run.outputs = [
            Dataset(f"landing/{feed}", columns, rows=report.landed_rows),
            Dataset(f"quarantine/{feed}", rows=run.counts.get("quarantined", 0)),
        ]
        return report


def _count(run: LiveRun, receipt: Receipt) -> None:
    run.add(
        deliveries=1,
        received=receipt.received,
        landed=receipt.landed,
        quarantined=receipt.quarantined,
        duplicates=receipt.duplicates,
        refused=receipt.status == "refused",
    )


class Lander:
    """Lands the deliveries of one feed, one after the other, over one engine connection."""

    def __init__(self, settings: Settings, contract: Contract) -> None:
        self.settings = settings
        self.contract = contract
        self.ledger = Ledger(settings, contract.feed)
        self.table = LandingTable(settings, contract)
        self.work = settings.work / f"land_{contract.feed}"
        self.key: TokenKey = load_key(settings)
        self.forgotten = read_tombstones(settings)
        self.now = datetime.min

    def recover(self) -> None:
        """Finish or forget what a killed run left: an intent counts exactly when its commit is in the table."""
        for path, receipt in self.ledger.pending():
            if receipt.landed == 0 or self.table.holds(receipt.batch_id):
                self.ledger.acknowledge(receipt, path)
                log.info("feed=%s batch=%s recovered=finished", receipt.feed, receipt.batch_id[:12])
            else:
                durable.remove_file(path, "land.forget_intent")
                log.info("feed=%s batch=%s recovered=undone", receipt.feed, receipt.batch_id[:12])
        for folder in (self.ledger.folder, self.settings.quarantine / self.contract.feed):
            durable.discard_halves(folder)
        for path in left_companions(self.settings, self.contract):
            log.warning("feed=%s file=%s recovered=companion_without_file", self.contract.feed, printable(path.name))
            self._remove(path)
        if swept := vault.sweep(self.settings, self.contract.feed):
            log.info("feed=%s half_copies=%d recovered=swept", self.contract.feed, swept)
        for zone in (self.settings.landing, self.settings.quarantine, self.settings.receipts):
            durable.make_folder(zone, durable.INTERNAL)
        durable.discard(self.work)
        durable.make_folder(self.work, 0o700)

    def drain(self, waiting: list[Delivery], progress: Progress) -> LandReport:
        """Land each delivery and tell `progress` of it."""
        report = LandReport(self.contract.feed)
        connection = connect(":memory:", settings=self.settings)
        connection.execute(f"SET disabled_optimizers = '{EAGER}'")
        try:
            for receipt in (receipt for delivery in waiting for receipt in self.land(connection, delivery)):
                log.info(
                    "feed=%s batch=%s status=%s rows=%d landed=%d set_aside=%d duplicates=%d",
                    *(receipt.feed, receipt.batch_id[:12], receipt.status, receipt.received),
                    *(receipt.landed, receipt.quarantined, receipt.duplicates),
                )
                report.receipts.append(receipt)
                progress(receipt)
        finally:
            connection.close()
            durable.discard(self.work)
        return report

    def land(self, connection: DuckDBPyConnection, delivery: Delivery) -> Iterator[Receipt]:
        """One delivery, from the inbox to its receipt; a zip gives a receipt for each of its files.

        What has changed since it was looked at gives none: the next run looks at it anew.
        """
        self.now = local_now()
        if delivery.has_changed:
            log.warning("feed=%s file=%s waits=changed_since_the_look", self.contract.feed, delivery.name)
            return
        delivery = delivery.marked()
        tally = Tally(self.contract.format.delimiter)
        try:
            batch_id, original = vault.store(self.settings, self.contract.feed, delivery.path, tally.add)
        except DeliveryRefused as refusal:
            yield from self._set_aside(delivery, refusal)
            return
        yield from self._netted(delivery, batch_id, self._land_kept(connection, delivery, batch_id, original, tally))

    def _set_aside(self, delivery: Delivery, refusal: DeliveryRefused) -> Iterator[Receipt]:
        """The intent comes first: once the file has moved, nothing else would tell of it."""
        if delivery.has_changed:
            return  # what lies there now has not been looked at
        receipt = self._refused(delivery, vault.irregular_id(delivery.path), refusal)
        intent = self.ledger.intend(receipt)
        try:
            vault.set_aside(self.settings, self.contract.feed, delivery.path, receipt.batch_id)
        except OSError as error:
            durable.remove_file(intent, "land.no_intent")
            if is_ours(error):
                raise
            kind = type(error).__name__
            log.error("feed=%s file=%s rule=%s stays=%s", self.contract.feed, delivery.name, refusal.rule, kind)
            return
        yield self._finish(delivery, receipt, intent)

    def _netted(self, delivery: Delivery, batch_id: str, landing: Iterator[Receipt]) -> Iterator[Receipt]:
        """A refusal costs one delivery, not the feed; so does what nobody foresaw, and that tells only its class.

        Once its intent or its receipt is written the trouble is ours, and recovery decides what counts.
        """
        begun = self.ledger.next_seq
        try:
            yield from landing
        except DeliveryRefused as refusal:
            yield self._finish(delivery, self._refused(delivery, batch_id, refusal))
        except Exception as error:  # as broad as can be: a file can provoke anything, and the others must still land
            if is_ours(error) or self.ledger.next_seq > begun or self.ledger.pending():
                raise
            kind = type(error).__name__
            log.error("feed=%s batch=%s unexpected=%s", self.contract.feed, batch_id[:12], kind)
            step = "report it with this message; the file is kept in the vault."
            unforeseen = DeliveryRefused("unexpected", f"could not be landed: {kind}.", next_step=step)
            yield self._finish(delivery, self._refused(delivery, batch_id, unforeseen))

    def _land_kept(
        self, connection: DuckDBPyConnection, delivery: Delivery, batch_id: str, original: Path, tally: Tally
    ) -> Iterator[Receipt]:
        """Raises DeliveryRefused when the name, the manifest, the zip or the file as a whole is not what was agreed."""
        is_bundle = delivery.is_bundle(self.contract.arrives.pattern)
        if not is_bundle and not delivery.is_named(self.contract.arrives.pattern):
            raise self._misnamed()
        manifest = read_manifest(delivery.path)
        if manifest:
            manifest.check_bytes(batch_id)
        if is_bundle:
            yield from self._land_members(connection, delivery, batch_id, original)
        else:
            stage = Stage(connection, self.contract, self.work, self.key)
            straight = Straight(stage, tally, batch_id, self.ledger.next_seq)
            yield self._land_file(straight, delivery, original, manifest)

    def _land_members(
        self, connection: DuckDBPyConnection, delivery: Delivery, batch_id: str, original: Path
    ) -> Iterator[Receipt]:
        """The files of a zip in order of name, without those for which a killed run has already given a receipt.

        The change time tells a run that goes on from a sender who sends the same zip again.
        """
        *_, changed = delivery.marks[delivery.path]
        bundle = f"{batch_id}:{changed}"
        members = unpack(original, delivery, bundle, self.contract, self.work / "bundle")
        done = Counter(receipt.file_name for receipt in self.ledger.of_bundle(bundle))
        for member in members:
            if done[member.name]:  # printed names leave out numbers of persons, so two files may share one
                done[member.name] -= 1
            else:
                yield from self.land(connection, member)
        if not vault.is_zip_clean(self.settings, self.contract.feed, self.ledger.of_bundle(bundle)):
            durable.remove_file(original, "privacy.new_zip")
        self._leave(delivery)

    def _land_file(self, straight: Straight, delivery: Delivery, original: Path, manifest: Manifest | None) -> Receipt:
        batch_id = straight.batch_id
        if earlier := self.ledger.accepted(batch_id):
            vault.keep_redacted(self.settings, self.contract.feed, original)
            receipt = self._receipt(
                delivery, batch_id, "duplicate", received=earlier.received, duplicates=earlier.received
            )
            return self._finish(delivery, receipt)
        batch = self._read(straight, delivery, original)
        self._forget(straight.stage, original)
        if manifest:
            manifest.check_rows(batch.records())
        batch.settle(self.table.history(batch.periods))
        return self._commit(batch, delivery, batch_id)

    def _read(self, straight: Straight, delivery: Delivery, original: Path) -> Batch:
        """Rows that need no judgement go straight to Parquet and only the others are staged; or all of them are."""
        stage = straight.stage
        stage.begin(self.now)
        if delivery.is_complete and straight.take(original, self.table):
            return Batch(stage, straight)
        stage.read(original, delivery, self.now)
        return Batch(stage)

    def _forget(self, stage: Stage, original: Path) -> None:
        """Who asked to be forgotten leaves the staged rows, and the vault before the receipt."""
        if self.forgotten:
            key = forgotten_key(self.settings)
            work = self.work / "forget"
            found = originals.forget_in(self.settings, self.contract, original, self.forgotten, key, work)
            stage.let_go((place.row_no, place.column, self.forgotten[place.mark].stand_in) for place in found)

    def _misnamed(self) -> DeliveryRefused:
        pattern = self.contract.arrives.pattern
        return DeliveryRefused("file_name", f"is not named {pattern}.", next_step="ask the sender for the agreed form.")

    def _commit(self, batch: Batch, delivery: Delivery, batch_id: str) -> Receipt:
        counts = batch.counts()
        receipt = self._receipt(delivery, batch_id, "landed", unknown_columns=batch.stage.strangers, **counts)
        written = batch.write_rows(batch_id, receipt.batch_seq) if receipt.landed else None
        batch.write_quarantine(self.settings.quarantine / self.contract.feed / f"{batch_id[:24]}.parquet", batch_id)
        intent = self.ledger.intend(receipt)
        if written:
            self.table.add(written, batch_id, receipt.batch_seq, batch.rows_by_file)
        return self._finish(delivery, receipt, intent)

    def _finish(self, delivery: Delivery, receipt: Receipt, intent: Path | None = None) -> Receipt:
        self.ledger.acknowledge(receipt, intent)
        self._leave(delivery)
        return receipt

    def _leave(self, delivery: Delivery) -> None:
        """Remove what was read, and nothing else: another file under the same name is another delivery."""
        for path, seen in delivery.marks.items():
            found = mark_of(path)
            stays = self._remove(path) if found == seen else "another file"
            if found and stays:
                log.warning("feed=%s file=%s stays=%s", self.contract.feed, delivery.name, stays)

    def _remove(self, path: Path) -> str | None:
        try:
            durable.remove_file(path, "land.leave_inbox")
        except PermissionError:
            return "no right to remove it"
        return None

    def _refused(self, delivery: Delivery, batch_id: str, refusal: DeliveryRefused) -> Receipt:
        message = f"{self.contract.feed}, {delivery.name}: {refusal}"
        return self._receipt(delivery, batch_id, "refused", rule=refusal.rule, message=message)

    def _receipt(self, delivery: Delivery, batch_id: str, status: str, **more: Any) -> Receipt:
        return Receipt(
            feed=self.contract.feed,
            batch_id=batch_id,
            batch_seq=self.ledger.next_seq,
            file_name=delivery.name,
            bundle=delivery.member.bundle if delivery.member else None,
            recorded_at=self.now.isoformat(sep=" "),
            status=status,
            **more,
        )
