"""Collect messages until told to stop: connect, listen, connect again, and let the intake write group by group."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass

from aiomqtt import MqttError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential_jitter

from ingestion import durable
from ingestion.collectors.mqtt.broker import known_broker, tls_context
from ingestion.collectors.mqtt.connection import Connection, connected
from ingestion.collectors.mqtt.intake import Intake
from ingestion.collectors.mqtt.message import Arrived
from ingestion.collectors.mqtt.tally import Tally
from ingestion.contract import Contract, load_contracts
from ingestion.errors import NothingToDo, SourceRefused, SourceUnavailable
from ingestion.lineage import Dataset
from ingestion.run_log import logged
from ingestion.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rhythm:
    """Seconds. A group ends after `quiet` without a message, after `longest_group`, or at `most` messages."""

    quiet: float = 0.002
    longest_group: float = 0.025
    most: int = 2000
    first_wait: float = 0.5
    longest_wait: float = 30.0
    progress: float = 60.0


@dataclass(frozen=True)
class Until:
    """When a run ends by itself; without either, a signal ends it."""

    seconds: float | None = None
    messages: int | None = None


def collect_messages(settings: Settings, until: Until | None = None, rhythm: Rhythm | None = None) -> Tally:
    """Collect all feeds whose contract has `messages`, until told to stop.

    Always all of them: the session at the broker is one, and what it brings is acknowledged.
    Raises WarehouseBusy when another collector has this home, ContractError for a wrong setting, SourceRefused or
    SourceUnavailable when the broker does not let us in, IntegrityError when the spool cannot be written.
    """
    contracts = [contract for contract in load_contracts(settings).values() if contract.messages]
    if not contracts:
        raise NothingToDo("No feed is collected over MQTT.")
    lock = durable.exclusive(settings.locks / "collect_mqtt.lock", "The spool of the MQTT collector")
    with logged(settings, "collect", "mqtt") as run, lock:
        collector = Collector(settings, contracts, until or Until(), rhythm or Rhythm())
        try:
            return asyncio.run(collector.run())
        finally:
            tally = collector.tally
            run.count(received=tally.messages.total(), segments=len(tally.segments), connections=tally.connections)
            run.outputs = [Dataset(f"inbox/{feed}", rows=rows) for feed, rows in sorted(tally.messages.items())]


class Collector:
    """Collects some feeds over one session."""

    def __init__(self, settings: Settings, contracts: list[Contract], until: Until, rhythm: Rhythm) -> None:
        self.broker = known_broker(settings)
        self.tls = tls_context(self.broker)
        self.intake = Intake(settings, contracts)
        self.tally = self.intake.tally
        self.until = until
        self.rhythm = rhythm
        self._told = time.monotonic()
        self._is_connected = self._was_connected = False

    async def run(self) -> Tally:
        """Recover, collect until the end, seal."""
        self._wake, self._stop = asyncio.Event(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._end)
        self.intake.recover()
        if self.until.seconds is not None:
            asyncio.get_running_loop().call_later(self.until.seconds, self._end)
        while not self._stop.is_set():
            await self._stoppable(self._collect())
        self.intake.seal(at_once=True)
        log.info("mqtt=stopped %s", self.tally.line())
        if not self._was_connected:
            raise SourceUnavailable(
                "connection",
                "The broker could not be reached.",
                next_step="check CITYPULSE_MQTT_HOST and _PORT, and whether the broker runs.",
            )
        return self.tally

    def _end(self) -> None:
        self._stop.set()
        self._wake.set()

    async def _stoppable(self, work: Coroutine[None, None, None]) -> None:
        """Who is connected ends by himself when told to stop; who still tries is cut short."""
        trying, stopped = asyncio.ensure_future(work), asyncio.ensure_future(self._stop.wait())
        await asyncio.wait({trying, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not self._is_connected:
            trying.cancel()
        stopped.cancel()
        with suppress(asyncio.CancelledError):
            await trying

    async def _collect(self) -> None:
        """One connection, from the first try until it is lost; the wait before it grows with each try."""
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(MqttError),
            wait=wait_exponential_jitter(
                self.rhythm.first_wait, self.rhythm.longest_wait, jitter=self.rhythm.first_wait
            ),
            stop=lambda state: self._stop.is_set(),
            sleep=self._pause,
            before_sleep=self._before_waiting,
            reraise=True,
        )
        with suppress(MqttError):
            await retrying(self._connect_and_listen)

    async def _connect_and_listen(self) -> None:
        """Returns when the connection is lost or the run ends. Raises MqttError when there is no connection."""
        try:
            async with connected(self.broker, self.tls, self._receive) as connection:
                self._is_connected = self._was_connected = True
                await self._listen(connection)
        except SourceRefused as refused:
            if not self.tally.connections:
                raise
            raise MqttError(refused.rule) from None  # it let us in before: accounts and files are restored in time
        finally:
            self._is_connected = False
            self.intake.write()  # what came and could not be acknowledged is sent again; landing knows it
        if not self._stop.is_set():
            log.warning("mqtt=lost messages=%d", self.tally.messages.total())
            await self._pause(self.rhythm.first_wait)

    def _note_session(self, connection: Connection) -> None:
        first = not self.tally.connections
        self.tally.connections += 1
        if not connection.has_session and not first:
            self.tally.sessions_lost += 1
        session = "resumed" if connection.has_session else "new"
        log.log(logging.INFO if first else logging.WARNING, "mqtt=connected session=%s", session)

    async def _listen(self, connection: Connection) -> None:
        """Until the connection is lost. What was kept comes before the subscription is confirmed, and is answered."""
        subscribed = asyncio.ensure_future(connection.subscribe(list(self.intake.routes.filters.values())))
        lost = asyncio.ensure_future(connection.lost())
        is_known = False
        for task in (subscribed, lost):
            task.add_done_callback(lambda done: self._wake.set())
        try:
            while not (self._stop.is_set() or lost.done()):
                await self._gather()
                self.intake.write()
                self.intake.seal()
                self._tell_progress()
                if self.until.messages is not None and self.tally.messages.total() >= self.until.messages:
                    self._end()
                if subscribed.done() and not is_known:
                    subscribed.result()
                    self._note_session(connection)
                    is_known = True
            if lost.done():
                lost.result()
        finally:
            subscribed.cancel()
            lost.cancel()
            await asyncio.gather(subscribed, lost, return_exceptions=True)

    async def _gather(self) -> None:
        """Wait for a first message, or until something is due; then a little longer for those that come with it."""
        due = min([*self.intake.due_in, self._told + self.rhythm.progress - time.monotonic()])
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), max(0.0, due))
        self._wake.clear()
        ends = time.monotonic() + self.rhythm.longest_group
        seen = 0
        while seen < len(self.intake.group) < self.rhythm.most and time.monotonic() < ends:
            seen = len(self.intake.group)
            await asyncio.sleep(self.rhythm.quiet)

    def _receive(self, connection: Connection, arrived: Arrived, number: int) -> None:
        """Called for each message while the event loop reads."""
        self.intake.receive(connection, arrived, number)
        self._wake.set()

    def _tell_progress(self) -> None:
        if time.monotonic() >= self._told + self.rhythm.progress:
            self._told = time.monotonic()
            log.info("mqtt=running %s", self.tally.line())

    def _before_waiting(self, state: RetryCallState) -> None:
        """What is spooled is sealed in time, also while there is no broker."""
        self.intake.seal()
        if state.attempt_number == 1:
            log.warning('mqtt=waiting note="the broker cannot be reached; trying again until it can"')

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)
