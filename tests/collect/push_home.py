"""A home with a receiver of pushed deliveries, and a sender that signs as docs/push.md says, not as our code does."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from ingestion.collectors.webhook.app import make_app
from ingestion.collectors.webhook.intake import Intake
from ingestion.collectors.webhook.keys import Keys, PushKey, make_key
from ingestion.collectors.webhook.limits import Limits
from ingestion.collectors.webhook.tally import Tally
from ingestion.contract import load_contracts
from ingestion.errors import NothingToDo
from ingestion.land import LandReport, land_feed
from ingestion.settings import Settings, load_settings, push_receiver
from tests.collect.mqtt_broker import free_port, wait_for
from tests.feeds.forms import headers as header_row

FEED = "heating_room_temperature"
HEADERS = ("Key", "Timestamp", "Sha256", "Signature", "File-Name", "Rows")


def delivery(*numbers: int) -> bytes:
    """A file with an invented reading for each number."""
    said = [f"P{n},2026-01-05 08:{n // 60:02d}:{n % 60:02d},18.00,bedroom,on,210202001,模拟热力" for n in numbers]
    return ("\n".join([",".join(header_row(load_contracts(load_settings())[FEED])), *said]) + "\n").encode()


def sealed(key: PushKey, feed: str, at: str, name: str, rows: str, sha256: str, digest: str = "sha256") -> str:
    """The signature, as docs/push.md describes it."""
    text = f"{at}\nPOST\n/v1/feeds/{feed}\n{name}\n{rows}\n{sha256}"
    return hmac.new(key.secret.encode(), text.encode(), digest).hexdigest()


def signed(key: PushKey, body: bytes, **changes: Any) -> dict[str, str]:
    """The headers of a delivery; `at`, `feed`, `name`, `rows`, `digest` or a header by its name may be otherwise."""
    at, feed = str(int(changes.pop("at", time.time()))), changes.pop("feed", key.feed)
    name, rows = quote(changes.pop("name", "a.csv"), safe=""), str(changes.pop("rows", ""))
    digest, sha256 = changes.pop("digest", "sha256"), hashlib.sha256(body).hexdigest()
    seal = sealed(key, feed, at, name, rows, sha256, digest)
    values = dict(zip(HEADERS, (key.key_id, at, sha256, seal, name, rows), strict=True))
    said = {f"X-Citypulse-{name}": value for name, value in values.items() if value}
    said |= {"Content-Length": str(len(body)), **{name.replace("_", "-"): value for name, value in changes.items()}}
    return {name: value for name, value in said.items() if value is not None}


@dataclass
class Watched:
    """A body that knows how much of it was asked for."""

    pieces: Iterable[bytes]
    read: int = 0
    pause: float = 0.0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            await asyncio.sleep(self.pause)
            self.read += len(piece)
            yield piece


@dataclass
class Receiver:
    """One installation; `post` asks its application in this process, `start` runs the command."""

    settings: Settings
    limits: Limits = field(default_factory=Limits)
    environment: dict[str, str] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self.key = make_key(self.settings, FEED)
        self.open(self.limits)

    def open(self, limits: Limits) -> Receiver:
        """As after a start: what a killed one left is cleared away, and nothing is remembered but what is on disk."""
        self.limits = limits
        self.intake = Intake(self.settings, Keys(push_receiver(self.settings).keys_file), limits)
        self.intake.recover()
        self.app = make_app(self.intake, self.tally)
        return self

    def post(self, body: bytes | Watched, headers: dict[str, str], feed: str = FEED) -> httpx.Response:
        return asyncio.run(self.posting(body, headers, feed))

    async def posting(self, body: bytes | Watched, headers: dict[str, str], feed: str = FEED) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://receiver") as client:
            return await client.post(f"/v1/feeds/{feed}", content=body, headers=headers)

    def push(self, body: bytes, **changes: Any) -> httpx.Response:
        return self.post(body, signed(self.key, body, **changes))

    def land(self, feed: str = FEED) -> LandReport:
        try:
            return land_feed(self.settings, feed)
        except NothingToDo:
            return LandReport(feed)

    def inbox(self, feed: str = FEED) -> list[str]:
        """All that lies in the inbox, hidden or not."""
        return sorted(path.name for path in (self.settings.inbox / feed).glob("*"))

    @property
    def halves(self) -> list[Path]:
        return list(self.intake.parts.iterdir())

    def start(self, *arguments: str, port: int | None = None, **popen: Any) -> Running:
        """The command itself, as a service would run it, once it listens."""
        port = port or free_port()
        command = [sys.executable, "-m", "citypulse", "--home", str(self.settings.home), "-v", "collect", "webhook"]
        environment = {**os.environ, "CITYPULSE_PUSH_PORT": str(port), **self.environment}
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen([*command, *arguments], env=environment, **pipes | popen)
        running = Running(process, port)
        wait_for(lambda: process.poll() is not None or running.answers, "it listens", seconds=30)
        return running


@dataclass
class Running:
    """A receiver as a process."""

    process: subprocess.Popen[str]
    port: int

    @property
    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def post(self, body: bytes, headers: dict[str, str], feed: str = FEED) -> httpx.Response:
        return httpx.post(f"{self.url}/v1/feeds/{feed}", content=body, headers=headers, trust_env=False)

    def half(self, body: bytes, headers: dict[str, str], sent: int) -> socket.socket:
        """A connection on which only the beginning of a body was sent."""
        opened = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        lines = [f"POST /v1/feeds/{FEED} HTTP/1.1", "Host: receiver", *(f"{n}: {v}" for n, v in headers.items())]
        opened.sendall("\r\n".join([*lines, "", ""]).encode() + body[:sent])
        return opened

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[str, str]:
        self.process.send_signal(number)
        return self.process.communicate(timeout=20)
