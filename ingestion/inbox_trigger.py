"""The inbox's doorbell for Airflow: rings when sealed files wait, carries nothing, moves nothing, repeats itself.

All feeds share one look at the inbox. A ring that Airflow has not stored in its database is rung again (ack mode);
so is one whose files still wait, ever more patiently: a trigger that joined late, or a failed run, loses nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent
from airflow.triggers.shared_stream import AdvanceItem, SharedStreamProducer

from ingestion.errors import CitypulseError
from ingestion.inbox import scan
from ingestion.settings import Settings, load_settings

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
FIRST_REPEAT_SECONDS = 30.0
LAST_REPEAT_SECONDS = 600.0


@dataclass
class Ring:
    """The last ring of a feed: how many files waited, and when to ring again if they still do."""

    feed: str
    waiting: int
    patience: float
    again_at: float


class InboxProducer(SharedStreamProducer):
    """Looks at the inbox for all triggers and remembers which feeds have been rung for."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._rung: dict[str, Ring] = {}

    async def open_stream(self) -> AsyncIterator[tuple[Ring, Ring]]:
        while True:
            for ring in self.due(await self._look(), time.monotonic()):
                yield ring, ring
            await asyncio.sleep(POLL_SECONDS)

    async def _look(self) -> dict[str, int]:
        try:
            return await asyncio.to_thread(scan, self._settings)
        except (OSError, CitypulseError) as error:  # a file vanished under our eyes, a contract is being edited
            log.warning('inbox=unreadable error=%s note="looking again"', type(error).__name__)
            return {feed: ring.waiting for feed, ring in self._rung.items()}

    def due(self, waiting: dict[str, int], now: float) -> list[Ring]:
        """The feeds to ring for at this look: new files, or old ones that nobody has fetched."""
        self._rung = {feed: ring for feed, ring in self._rung.items() if feed in waiting}
        rings: list[Ring] = []
        for feed, count in waiting.items():
            last = self._rung.get(feed)
            if last is None or count > last.waiting:
                ring = Ring(feed, count, FIRST_REPEAT_SECONDS, now + FIRST_REPEAT_SECONDS)
            elif now >= last.again_at:
                patience = min(2 * last.patience, LAST_REPEAT_SECONDS)
                ring = Ring(feed, count, patience, now + patience)
            else:
                last.waiting = count  # some were fetched: from here on, one more is news
                continue
            self._rung[feed] = ring
            rings.append(ring)
        return rings

    async def advance(self, batch: Sequence[AdvanceItem]) -> None:
        """Airflow has settled these rings; the next look repeats those it could not store."""
        for ring, outcome in batch:
            if not outcome.is_clean and self._rung.get(ring.feed) is ring:
                del self._rung[ring.feed]


class InboxTrigger(BaseEventTrigger):
    """Fires when sealed files of one feed wait. Lives here because the triggerer cannot import from the DAG folder."""

    def __init__(self, feed: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.feed = feed

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return f"{type(self).__module__}.{type(self).__qualname__}", {"feed": self.feed}

    def shared_stream_key(self) -> Hashable:
        return ("citypulse inbox", str(load_settings().inbox))

    @classmethod
    def create_shared_stream_producer(cls, kwargs: dict[str, Any]) -> SharedStreamProducer:
        return InboxProducer(load_settings())

    async def filter_shared_stream(self, shared_stream: AsyncIterator[Ring]) -> AsyncIterator[TriggerEvent]:
        async for ring in shared_stream:
            if ring.feed == self.feed:
                yield TriggerEvent({"feed": ring.feed, "waiting": ring.waiting})  # type: ignore[no-untyped-call]

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """The same without sharing, for a triggerer that cannot share."""
        producer = self.create_shared_stream_producer({})
        rings = (ring async for ring, _ in producer.open_stream())
        async for event in self.filter_shared_stream(rings):
            yield event
