"""A city whose hotline events come from an API on loopback, and a home of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestion.collectors.patience import Patience
from ingestion.collectors.pull import Pulled, collect_feed
from ingestion.settings import PACKAGE_ROOT, Settings
from tests.collect.api import Api, serving
from tests.collect.mqtt_broker import Broker, Gateway
from tests.collect.mqtt_home import Home

FEED = "hotline_city_event"
TOKEN = "secret-of-the-city"
BUILT_IN = PACKAGE_ROOT / "feeds" / f"{FEED}.yml"
ENVELOPES = {
    "counted": {"records": "result.pageData.records", "total": "result.pageData.total"},
    "flat": {"records": "data", "total": "total"},
    "bare": {"records": "result.pageData"},
}


@dataclass
class City:
    """One installation with its API, and how it pulls."""

    settings: Settings
    api: Api
    slept: list[float] = field(default_factory=list)

    def contract(self, envelope: str = "counted", **collect: Any) -> None:
        """Write the city's own contract: small pages, and whatever a test wants otherwise."""
        content = yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))
        content["collect"] |= {"page_size": 3, **collect}
        content["collect"]["envelope"] = {"code": "code", "success": "0000", **ENVELOPES[envelope]}
        self.api.envelope = envelope
        path = self.settings.contract_dirs[0] / f"{FEED}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")

    def pull(self, since: Any = None, **patience: Any) -> Pulled:
        quick: dict[str, Any] = {"attempts": 4, "first_wait": 0.001, "longest_wait": 0.002, "timeout": 5.0}
        return collect_feed(self.settings, FEED, since, Patience(**{"sleep": self.slept.append, **quick, **patience}))

    @property
    def segments(self) -> list[Path]:
        return sorted((self.settings.inbox / FEED).glob("*.jsonl"))


def event(number: int, **changes: Any) -> dict[str, Any]:
    """One invented event as the source writes it."""
    names = ["cbdwbm", "cbdw", "dwcj", "zxblx", "jzsj", "yqts", "sfjt", "sflx", "sfjj", "sfss", "myd", "glgdbh", "yylx"]
    moment = f"2026-01-05 {number // 60 % 24:02d}:{number % 60:02d}:00"
    own = {"lzbh": f"L{number:06d}", "gdbh": f"G{number // 3:06d}", "czlx": "20", "czsj": moment}
    return own | dict.fromkeys(names) | changes


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    settings = Settings(home=tmp_path / "home", key_file=tmp_path / "key.json", city=tmp_path / "city", memory="1GB")
    with serving(Api()) as api:
        monkeypatch.setenv("CITYPULSE_HTTP_CITY_12345_URL", f"{api.url}/")
        monkeypatch.setenv("CITYPULSE_HTTP_CITY_12345_TOKEN", f"{TOKEN}\n")
        made = City(settings, api)
        made.contract()
        yield made


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    started = Broker(tmp_path / "broker").start()
    yield started
    started.kill()


@pytest.fixture
def home(tmp_path: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Home:
    environment = {"CITYPULSE_MQTT_HOST": "127.0.0.1", "CITYPULSE_MQTT_PORT": str(broker.port)}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = Settings(home=tmp_path / "home", key_file=tmp_path / "key.json", memory="1GB")
    return Home(settings, broker, environment)


@pytest.fixture
def gateway(broker: Broker) -> Iterator[Gateway]:
    opened = Gateway(broker.port)
    yield opened
    opened.close()
