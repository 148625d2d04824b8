"""A home whose collector talks to a broker on loopback, and messages as devices write them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

from ingestion.collectors.mqtt.collector import Rhythm, Until, collect_messages
from ingestion.collectors.mqtt.tally import Tally
from ingestion.errors import NothingToDo
from ingestion.land import LandReport, land_feed
from ingestion.settings import LOCAL_TIME, Settings
from tests.collect.mqtt_broker import Broker
from tests.feeds.landed import landed

ROOM, STATION = "heating_room_message", "heating_station_message"
NOW = datetime.now(LOCAL_TIME).replace(tzinfo=None, microsecond=0)
Message = tuple[str, bytes | str]


@dataclass
class Home:
    """One installation, its broker, and the processes of its collector."""

    settings: Settings
    broker: Broker
    environment: dict[str, str] = field(default_factory=dict)

    def collect(self, messages: int | None = None, seconds: float = 15.0, **rhythm: float) -> Tally:
        """In this process, until so many messages are on disk."""
        quick = {"first_wait": 0.05, "longest_wait": 0.2, **rhythm}
        return collect_messages(self.settings, Until(seconds, messages), Rhythm(**quick))  # type: ignore[arg-type]

    def subscribe(self) -> None:
        """Have the broker open the session, so that it keeps what comes from now on."""
        self.collect(seconds=0.4)

    def start(self, *arguments: str, log: TextIO | None = None) -> subprocess.Popen[str]:
        """The command itself, as a service would run it; what it says goes into pipes, or into a log."""
        command = [sys.executable, "-m", "citypulse", "--home", str(self.settings.home), "-v", "collect", "mqtt"]
        environment = {**os.environ, **self.environment}
        pipes: dict[str, Any] = {"stdout": log or subprocess.PIPE, "stderr": log or subprocess.PIPE, "text": True}
        return subprocess.Popen([*command, *arguments], env=environment, **pipes)

    def land(self, feed: str = ROOM) -> LandReport:
        try:
            return land_feed(self.settings, feed)
        except NothingToDo:
            return LandReport(feed)

    def rows(self, feed: str = ROOM) -> list[dict[str, Any]]:
        return landed(self.settings, feed)

    def segments(self, feed: str = ROOM) -> list[Path]:
        return sorted((self.settings.inbox / feed).glob("*.jsonl"))

    def spool(self, feed: str = ROOM) -> Path:
        return self.settings.collect / "mqtt" / f"{feed}.jsonl"


def end(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Ask it to stop and hear what it says."""
    process.send_signal(signal.SIGTERM)
    return process.communicate(timeout=20)


def moment(number: int) -> datetime:
    return NOW - timedelta(days=30) + timedelta(seconds=number)


def reading(number: int, point: str = "P1", **members: Any) -> Message:
    """One invented reading; its value follows from its number, so that nothing else need be remembered."""
    said = {"time": moment(number).isoformat(), "temp": f"{18 + number % 100 / 10:.2f}", **members}
    return f"heating/room/{point}/up", json.dumps(said, ensure_ascii=False)


def epoch(at: datetime) -> int:
    return int(at.replace(tzinfo=LOCAL_TIME).timestamp())
