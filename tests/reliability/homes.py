"""Damaged deliveries of one reader put into one inbox, landed in one drain, and what lies there afterwards."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import duckdb

from ingestion.land import land_feed
from ingestion.receipts import Ledger, Receipt
from ingestion.settings import Settings
from tests.feeds.forms import seal
from tests.feeds.landed import landed
from tests.reliability.mutate import Case
from tests.reliability.pristine import Reader, Truth
from tests.reliability.verdict import Outcome, Row, judge

LONGEST = 20.0  # seconds for one file, on a busy machine; the slowest so far took less than one


class Hang(BaseException):
    """One file took longer than any may; no net of the code under test may catch it."""


@dataclass
class Watch:
    """Seconds from receipt to receipt; rings when one takes too long."""

    slowest: float = 0.0
    _since: float = field(default_factory=time.monotonic)

    def tick(self, receipt: Receipt | None = None) -> None:
        now = time.monotonic()
        self.slowest, self._since = max(self.slowest, now - self._since), now
        signal.setitimer(signal.ITIMER_REAL, LONGEST)

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Watch]:
        def ring(*_: object) -> None:
            raise Hang

        before = signal.signal(signal.SIGALRM, ring)
        watch = cls()
        try:
            watch.tick()
            yield watch
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


@dataclass
class Home:
    """A home for a handful of deliveries of one reader."""

    settings: Settings
    reader: Reader
    cases: list[Case]
    slowest: float = 0.0
    stopped_by: str = ""

    def fill(self) -> None:
        folder = self.settings.inbox / self.reader.feed
        folder.mkdir(parents=True)
        for case in self.cases:
            path = folder / self._name(case)
            path.write_bytes(case.content)
            if case.manifest is None:
                seal(path)
            else:
                path.with_name(f"{path.name}.manifest.json").write_bytes(case.manifest)

    def land(self) -> None:
        """Drain the inbox; an error that gets out is kept, not raised, so that the other homes are still tried."""
        with Watch.running() as watch:
            try:
                land_feed(self.settings, self.reader.feed, watch.tick)
            except (Exception, Hang) as error:  # noqa: BLE001 - whatever it is, it is the finding
                self.stopped_by = f"{type(error).__name__} came out of land_feed"
        self.slowest = watch.slowest

    def outcomes(self) -> list[tuple[Case, Outcome]]:
        names = [column.name for column in self.reader.contract.kept]
        rows: dict[str, list[Row]] = {}
        for row in landed(self.settings, self.reader.feed):
            rows.setdefault(row["batch_id"], []).append(tuple(row[name] for name in names))
        entries = self._entries()
        found = {self._name(case): (case, Outcome()) for case in self.cases}
        for receipt in Ledger(self.settings, self.reader.feed).receipts:
            outcome = found[receipt.file_name.partition("!")[0]][1]
            outcome.receipts.append(asdict(receipt))
            outcome.rows += rows.pop(receipt.batch_id, [])
            outcome.entries += entries.pop(receipt.batch_id, 0)
        if (rows or entries) and not self.stopped_by:
            self.stopped_by = "rows lie there without a receipt"
        return list(found.values())

    def _name(self, case: Case) -> str:
        return f"{case.seed}-{case.number}{self.reader.suffix}"

    def _entries(self) -> Counter[str]:
        files = sorted(map(str, (self.settings.quarantine / self.reader.feed).glob("*.parquet")))
        if not files:
            return Counter()
        with duckdb.connect() as connection:
            query = "SELECT batch_id, count(*) FROM read_parquet(?) GROUP BY 1"
            return Counter(dict(connection.execute(query, [files]).fetchall()))


class Words:
    """What the tokens and fingerprints of the invented persons stand for, learnt from sound deliveries."""

    def __init__(self) -> None:
        self._meaning: dict[tuple[str, str, Any], Any] = {}

    def learn(self, reader: Reader, truth: list[Truth], rows: list[Row]) -> None:
        """From the rows of one sound delivery, in their order."""
        for meant, row in zip(truth, rows, strict=True):
            for column, value in zip(reader.contract.kept, row, strict=True):
                if column.personal and value is not None:
                    self._meaning[reader.feed, column.name, value] = meant[column.name]

    def verdict(self, case: Case, found: Outcome) -> str:
        kept = case.reader.contract.kept
        truth = [tuple(row[column.name] for column in kept) for row in case.truth]
        places = [(case.reader.feed, column.name) for column in kept]
        found.rows = [
            tuple(self._meaning.get((*at, value), value) for at, value in zip(places, row, strict=True))
            for row in found.rows
        ]
        return judge(truth, case.reader.files, found)
