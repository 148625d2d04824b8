"""What has come and is not yet on disk, and its way there: gathered, written and fsynced, acknowledged, sealed.

Nothing is acknowledged that is not on disk, so a kill at any moment leads to repetition, never to loss; landing knows
repetitions (docs/decisions/0007-mqtt-acknowledged-on-disk.md).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from ingestion.collectors.mqtt.message import Arrived, Line, as_line
from ingestion.collectors.mqtt.routes import Routes
from ingestion.collectors.mqtt.spool import Spool
from ingestion.collectors.mqtt.tally import Tally
from ingestion.contract import Contract
from ingestion.settings import Settings

log = logging.getLogger(__name__)


class Acknowledging(Protocol):
    """The connection a message came by."""

    def acknowledge(self, numbers: Iterable[int]) -> None: ...


class Gathered(NamedTuple):
    """A message in memory: its line, and how to acknowledge it once that is on disk."""

    feed: str
    line: Line
    dup: bool
    retained: bool
    connection: Acknowledging
    number: int


class Intake:
    """The feeds of one collector: which message is whose, and where it is kept."""

    def __init__(self, settings: Settings, contracts: list[Contract]) -> None:
        self.routes = Routes(contracts)
        self.messages = {c.feed: c.messages for c in contracts if c.messages}
        self.spools = {feed: Spool(settings, feed, said.seal) for feed, said in self.messages.items()}
        self.group: list[Gathered] = []
        self.tally = Tally()

    def recover(self) -> None:
        """Seal what a killed run left."""
        for spool in self.spools.values():
            if path := spool.recover():
                self.tally.recovered.append(path.name)
                log.warning("feed=%s recovered=%s", spool.feed, path.name)

    def receive(self, connection: Acknowledging, arrived: Arrived, number: int) -> None:
        """Take a message into the group; `number` acknowledges it on its connection, 0 stands for QoS 0."""
        feed = self.routes.feed_of(arrived.topic)
        if feed is None:
            self.tally.not_ours += 1
            connection.acknowledge([number] if number else [])
            return
        line = as_line(arrived, self.messages[feed], time.time())
        self.group.append(Gathered(feed, line, arrived.dup, arrived.retained, connection, number))

    def write(self) -> None:
        """The group to disk, and only then the acknowledgements. While it is written, nothing more is read."""
        group, self.group = self.group, []
        for feed, spool in self.spools.items():
            if lines := [one.line.data for one in group if one.feed == feed]:
                spool.append(lines)
        for one in group:
            if one.number:
                one.connection.acknowledge([one.number])
        if group:
            self._count(group)

    @property
    def due_in(self) -> list[float]:
        """Seconds until each spool that holds anything must be sealed."""
        return [due for spool in self.spools.values() if (due := spool.due_in) is not None]

    def seal(self, at_once: bool = False) -> None:
        """Seal what is full, or all."""
        for feed, spool in self.spools.items():
            if (at_once or spool.due_in == 0.0) and (path := spool.seal()):
                self.tally.segments.append(path.name)
                log.info("feed=%s segment=%s", feed, path.name)

    def _count(self, group: list[Gathered]) -> None:
        self.tally.groups += 1
        self.tally.messages.update(one.feed for one in group)
        self.tally.flaws.update(one.line.flaw for one in group if one.line.flaw)
        self.tally.sent_again += sum(one.dup for one in group)
        self.tally.retained += sum(one.retained for one in group)
