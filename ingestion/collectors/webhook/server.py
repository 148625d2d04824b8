"""The receiver as a process: where it may listen, how long it waits for a request, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ingestion import durable
from ingestion.collectors.mqtt.broker import is_loopback
from ingestion.collectors.webhook.app import make_app
from ingestion.collectors.webhook.intake import Intake
from ingestion.collectors.webhook.keys import Keys
from ingestion.collectors.webhook.limits import Limits
from ingestion.collectors.webhook.tally import Tally
from ingestion.contract import load_contracts
from ingestion.errors import ContractError
from ingestion.lineage import Dataset
from ingestion.run_log import logged
from ingestion.settings import PushReceiver, Settings, push_receiver

log = logging.getLogger(__name__)
LONGEST_HEAD = 16 << 10


def receive_deliveries(settings: Settings, seconds: float | None = None, limits: Limits | None = None) -> Tally:
    """Receive until told to stop, or for so many seconds.

    Raises WarehouseBusy when another receiver has this home, ContractError for a wrong setting or unfit keys.
    """
    receiver = push_receiver(settings)
    limits = limits or Limits(largest=receiver.largest, per_minute=receiver.per_minute)
    keys, context = known_keys(settings, receiver), tls_context(receiver)
    tally = Tally()
    lock = durable.exclusive(settings.locks / "collect_push.lock", "The receiver of pushed deliveries")
    with logged(settings, "collect", "push") as run, lock, _listening(receiver) as listening:
        intake = Intake(settings, keys, limits)
        if left := intake.recover():
            log.warning("push=recovered half_uploads=%d", left)
        try:
            asyncio.run(_serve(intake, tally, listening, context, seconds))
        finally:
            run.count(received=tally.files.total(), repeated=tally.repeated, refused=tally.refused.total())
            run.outputs = [Dataset(f"inbox/{feed}", files=files) for feed, files in sorted(tally.files.items())]
    log.info("push=stopped %s", tally.line())
    return tally


def known_keys(settings: Settings, receiver: PushReceiver) -> Keys:
    """Raises ContractError when there are none, the file is unfit, or a key is for a feed that does not exist."""
    keys = Keys(receiver.keys_file)
    found, contracts = keys.all(), load_contracts(settings)
    if not found:
        raise ContractError(
            "There is no key under which anyone may push.",
            next_step="make one with `citypulse collect webhook --new-key FEED`.",
        )
    if strange := [key for key in found.values() if key.feed not in contracts]:
        raise ContractError(
            f"The key {strange[0].key_id} is for a feed that has no contract.",
            next_step="take it out of the key file, or bring the contract back.",
        )
    return keys


def tls_context(receiver: PushReceiver) -> ssl.SSLContext | None:
    """What TLS needs, or None for plain HTTP. Raises ContractError where that must not be, or a file is unfit."""
    if not receiver.tls and not receiver.behind_proxy and not is_loopback(receiver.host):
        raise ContractError(
            "CITYPULSE_PUSH_HOST is beyond this machine, and nothing encrypts the way there.",
            next_step="set CITYPULSE_PUSH_CERT_FILE and _KEY_FILE; or, where a proxy before it ends TLS, "
            "CITYPULSE_PUSH_BEHIND_PROXY=1.",
        )
    if not receiver.tls:
        return None
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(receiver.certificate, receiver.key or None, password=lambda: b"")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise ContractError(
            f"CITYPULSE_PUSH_CERT_FILE or _KEY_FILE cannot be used ({type(error).__name__}).",
            next_step="check that they are PEM files which this account may read; the key has no passphrase.",
        ) from None
    return context


@contextmanager
def _listening(receiver: PushReceiver) -> Iterator[socket.socket]:
    """The socket, bound. Raises ContractError when the address cannot be had."""
    try:
        family = socket.AF_INET6 if ":" in receiver.host else socket.AF_INET
        made = socket.create_server((receiver.host, receiver.port), family=family, backlog=128)
    except (OSError, OverflowError) as error:
        raise ContractError(
            f"CITYPULSE_PUSH_HOST and _PORT cannot be listened at ({type(error).__name__}).",
            next_step="choose an address of this machine and a free port; 0 takes any.",
        ) from None
    with made:
        yield made


class Server(uvicorn.Server):
    """Ends politely when told to, and leaves the signals to us: uvicorn would raise them again after the end."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class OneRequest(H11Protocol):
    """A connection whose request must have come within some seconds: uvicorn waits for ever for the first headers."""

    patience = Limits.headers

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.loop.call_later(self.patience, self._hang_up)

    def _hang_up(self) -> None:
        begun: object = self.cycle  # which uvicorn sets with the first request
        if begun is None and not self.transport.is_closing():
            self.transport.abort()


async def _serve(
    intake: Intake, tally: Tally, listening: socket.socket, context: ssl.SSLContext | None, seconds: float | None
) -> None:
    limits = intake.limits
    for name in ("uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # it logs addresses and tracebacks; we log every answer
    config = uvicorn.Config(
        make_app(intake, tally),
        http=type("Patient", (OneRequest,), {"patience": limits.headers}),
        ws="none",
        lifespan="off",
        loop="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=limits.connections,
        timeout_graceful_shutdown=limits.drain,
        h11_max_incomplete_event_size=LONGEST_HEAD,
    )
    config.load()
    config.ssl = context
    server = Server(config)

    def end() -> None:
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    if seconds is not None:
        loop.call_later(seconds, end)
    log.info("push=listening port=%d tls=%s", listening.getsockname()[1], "on" if context else "off")
    await server.serve(sockets=[listening])
