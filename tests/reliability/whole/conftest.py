"""A small city run whole once, from its deliveries to briefs and site, for every test that looks at what it left."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from ingestion.errors import DeliveriesRefused
from ingestion.settings import Settings, child_environment
from simulator.simulate import simulate
from tests.no_network import can_do_without, without_network
from tests.reliability.canaries import Planted, plant

# Set for the run as an installation would; none may be found in what it leaves. Nothing listens at that port.
SECRETS = {
    "CITYPULSE_HTTP_CITY_12345_TOKEN": "canary-bearer-5f2e9c41d7",
    "CITYPULSE_MQTT_PASSWORD": "canary-broker-8a1b6e03f5",
    "CITYPULSE_WEBHOOK_URL": "http://127.0.0.1:9/canary-robot-c7d90e2b14",
    "CITYPULSE_WEBHOOK_SECRET": "canary-signing-3e64fa80b9",
}


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """The deliveries of a simulated week, and canary persons among them."""
    home = tmp_path_factory.mktemp("whole_city") / "home"
    settings = Settings(
        home=home, key_file=home.parent / "key.json", memory="1GB", lineage_file=home / "logs" / "lineage.jsonl"
    )
    settings.logs.mkdir(parents=True)
    simulate(settings, days=7, seed=7, until=date(2026, 1, 31), scale=0.05)
    return plant(settings)


@pytest.fixture(scope="session")
def whole_city(planted: Planted) -> Settings:
    """A released home; tests only read it, or copy what they change. `output.txt` holds what the run printed.

    It runs without a network where the machine allows, and `output.network` says what it tried to send all the same.
    """
    settings = planted.settings
    run(settings, settings.home.parent / "output.txt", "--verbose", "run", code=DeliveriesRefused.exit_code)
    return settings


def run(settings: Settings, output: Path, *arguments: str, code: int = 0) -> None:
    """Run the command as a person would, its output appended to a file; it must end with `code`."""
    command = [sys.executable, "-m", "citypulse", *arguments]
    if can_do_without():
        command = without_network(command, output.with_suffix(".network"))
    with output.open("ab") as stream:
        done = subprocess.run(
            command,
            env=child_environment(settings, SECRETS),
            stdout=stream,
            stderr=subprocess.STDOUT,
            timeout=600,
            check=False,
        )
    assert done.returncode == code, output.read_text("utf-8")[-3000:]
