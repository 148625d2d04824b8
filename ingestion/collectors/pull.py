"""Pull one feed over HTTP: read its pages until they hold still, seal them as a segment, then move the cursor."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from ingestion import durable
from ingestion.collectors.client import Client
from ingestion.collectors.cursor import Cursor, read_cursor, write_cursor
from ingestion.collectors.envelope import open_envelope
from ingestion.collectors.passes import Reading, Records, read_until_settled
from ingestion.collectors.patience import Patience
from ingestion.collectors.segment import as_bytes, as_record, seal, sweep
from ingestion.collectors.source import known_source
from ingestion.contract import Contract, Window, load_contracts
from ingestion.errors import ContractError, IntegrityError, NothingToDo
from ingestion.lineage import Dataset
from ingestion.run_log import logged
from ingestion.settings import Settings, local_now

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pulled:
    """One sealed segment, and how the pages behaved while they were read.

    Not `settled`: rows came and went during every pass, and the segment holds all that any pass showed. Not `whole`:
    it still has fewer rows than the source says, so the cursor stays and the next pull asks for the same time again.
    """

    feed: str
    segment: str
    rows: int
    passes: int
    settled: bool
    whole: bool


def collect_feed(
    settings: Settings,
    feed: str,
    since: datetime | None = None,
    patience: Patience | None = None,
    until: datetime | None = None,
) -> Pulled:
    """Pull one feed since its cursor, or since a given moment; up to now, or to a given moment.

    Raises NothingToDo when there is nothing new, WarehouseBusy when another run pulls it, SourceRefused or
    SourceUnavailable when the source does not keep to the contract or does not answer.
    """
    contract = load_contracts(settings)[feed]
    lock = durable.exclusive(settings.locks / f"collect_{feed}.lock", f"The inbox of {feed}")
    with logged(settings, "collect", feed) as run, lock:
        done = Puller(settings, contract, patience or Patience(), until).pull(since)
        run.count(received=done.rows, passes=done.passes, segments=1)
        run.outputs = [Dataset(f"inbox/{feed}", rows=done.rows, files=1)]
        return done


class Puller:
    """Pulls one feed."""

    def __init__(
        self, settings: Settings, contract: Contract, patience: Patience, until: datetime | None = None
    ) -> None:
        if contract.collect is None:
            raise ContractError(f"{contract.feed} is not pulled over HTTP.", next_step="add `collect` to its contract.")
        self.settings = settings
        self.contract = contract
        self.feed = contract.feed
        self.collect = contract.collect
        self.patience = patience
        self.source = known_source(contract)
        self.cursor = read_cursor(settings, contract.feed)
        now = local_now()
        self.is_bounded = until is not None
        self.until = min(now, until or now)  # what a source says of the future is not yet so

    def pull(self, since: datetime | None) -> Pulled:
        """Read, seal, and only then move the cursor."""
        sweep(self.settings, self.feed)
        due = self._due(self.collect.window)
        begin = due and (since or due)
        reading = self._read(self._parameters(begin))
        data = as_bytes(reading.records)
        digest = hashlib.sha256(data).hexdigest()
        # Over nothing new the cursor does not move: rows that appear later still lie in the next window.
        if not data or (digest == self.cursor.sha256 and since is None):
            raise NothingToDo(f"{self.feed}: the source has nothing new.")
        path = seal(self.settings, self.feed, data, begin, self.until)
        leaves_gap = begin is not None and due is not None and begin > due  # what lies before is still to be read
        leads_on = self.cursor.until is None or self.until >= self.cursor.until  # a window long past moves nothing back
        if reading.is_whole and leads_on and not leaves_gap:
            write_cursor(self.settings, self.feed, Cursor(self.until, digest))
        done = Pulled(
            feed=self.feed,
            segment=path.name,
            rows=len(reading.records),
            passes=reading.passes,
            settled=reading.is_settled,
            whole=reading.is_whole,
        )
        log.info("feed=%s rows=%d passes=%d settled=%s", done.feed, done.rows, done.passes, done.settled)
        return done

    def _read(self, window: dict[str, str]) -> Reading:
        with Client(self.feed, self.collect, self.source, self.patience) as client:

            def page_of(number: int) -> Records:
                page = open_envelope(self.feed, number, self.collect.envelope, client.ask(number, window))
                client.allowance.take_rows(len(page.records))
                return Records([as_record(self.contract, found) for found in page.records], page.total)

            first, size = self.collect.first_page, self.collect.page_size
            return read_until_settled(self.feed, page_of, first, size, self.patience.passes)

    def _due(self, window: Window | None) -> datetime | None:
        """From when on to ask: a little before the last pull ended; None for an API that always gives everything."""
        if window is None:
            return None
        start = datetime.combine(window.start, time())
        if self.cursor.until is None:
            return start
        return max(start, self.cursor.until - timedelta(hours=window.overlap_hours))

    def _parameters(self, begin: datetime | None) -> dict[str, str]:
        window = self.collect.window
        if window is None or begin is None:
            return {}
        if begin >= self.until and self.is_bounded:
            raise ContractError(
                f"{self.feed}: the pull would begin at {begin}, after it ends.",
                next_step="give `--since` as well, earlier than `--until`.",
            )
        if begin >= self.until:
            raise IntegrityError(
                f"{self.feed}: the pull would begin in the future.",
                next_step=f"check the clock, then delete collect/{self.feed}.json or correct `window.start`.",
            )
        return {window.since: begin.strftime(window.format), window.until: self.until.strftime(window.format)}
