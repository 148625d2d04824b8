"""An office that sends invented cases, and writes down what it sent: the truth that the books are held against."""

from __future__ import annotations

import os
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from ingestion.contract import Contract, load_contracts
from ingestion.settings import Settings
from simulator.forms import Row, write_delivery

MARK = "FAULT"  # how all invented keys begin


@dataclass(frozen=True)
class Sent:
    """One file, and what must become of it."""

    feed: str
    path: Path
    booked_as: str
    rows: int
    bad: int
    repeated: int

    @property
    def landed(self) -> int:
        return self.rows - self.bad - self.repeated


class Sender:
    """Writes deliveries of case feeds: the first example of the contract, each time under a new number."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.contracts = load_contracts(settings)
        self.sent: dict[str, list[Sent]] = defaultdict(list)
        self._numbers = count(1)

    def deliver(self, feed: str, *, rows: int = 10, bad: int = 0, repeated: int = 0, sealed: bool = True) -> Sent:
        """Put one file into the inbox, whole from the first moment; `bad` and `repeated` are among its `rows`."""
        sent = self.prepare(feed, rows=rows, bad=bad, repeated=repeated)
        self.hand_over(sent, sealed=sealed)
        return sent

    def prepare(self, feed: str, *, rows: int = 10, bad: int = 0, repeated: int = 0, packed: bool = False) -> Sent:
        """Write a file outside the inbox, or a zip that holds it. It counts as sent, so hand it over."""
        contract = self.contracts[feed]
        sound = [self._row(contract, is_sound=True) for _ in range(rows - bad - repeated)]
        others = [self._row(contract, is_sound=False) for _ in range(bad)] + sound[:repeated]
        ending = contract.arrives.pattern.removeprefix("*")
        path = self.settings.home / "outbox" / feed / f"{MARK}_{feed}_{next(self._numbers):04d}{ending}"
        write_delivery(contract, [*sound, *others], path)
        path.with_name(f"{path.name}.ok").unlink()
        booked_as = path.name
        if packed:
            path = _zipped(path)
            booked_as = f"{path.name}!{booked_as}"
        sent = Sent(feed, path, booked_as, rows, bad, repeated)
        self.sent[feed].append(sent)
        return sent

    def hand_over(self, sent: Sent, *, sealed: bool = True) -> Path:
        """Move a prepared file into the inbox, with or without its sentinel."""
        final = self.settings.inbox / sent.feed / sent.path.name
        final.parent.mkdir(parents=True, exist_ok=True)
        os.replace(sent.path, final)
        if sealed:
            final.with_name(f"{final.name}.ok").touch()
        return final

    def landed(self, feed: str) -> int:
        """How many rows of a feed must have landed."""
        return sum(sent.landed for sent in self.sent[feed])

    def _row(self, contract: Contract, *, is_sound: bool) -> Row:
        example = next(e for e in contract.examples if (e.becomes is not None) == is_sound)
        (key,) = contract.key
        header = next(column.header[0] for column in contract.columns if column.name == key)
        return {**example.source, header: f"{MARK}{next(self._numbers):08d}"}


def _zipped(path: Path) -> Path:
    packed = path.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, path.name)
    path.unlink()
    return packed
