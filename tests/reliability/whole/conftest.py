"""A small city run whole once, from its deliveries to briefs and site, for every test that looks at what it left."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from ingestion.settings import Settings, child_environment
from simulator.simulate import simulate
from tests.no_network import can_do_without, without_network

# Invented, and set while the city runs: no byte of what it leaves may hold one.
SECRETS = {
    "CITYPULSE_HTTP_CITY_12345_TOKEN": "canary-token-5d0c1f",
    "CITYPULSE_MQTT_PASSWORD": "canary-password-b84e27",
    "CITYPULSE_WEBHOOK_SECRET": "canary-secret-90a3d6",
}


@pytest.fixture(scope="session")
def whole_city(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A released home; tests only read it, or copy what they change. `output.txt` holds what the run printed.

    It runs without a network where the machine allows, and `output.network` says what it tried to send all the same.
    """
    home = tmp_path_factory.mktemp("whole_city") / "home"
    settings = Settings(home=home, key_file=home.parent / "key.json", memory="1GB")
    simulate(settings, days=7, seed=7, until=date(2026, 1, 31), scale=0.05)
    run(settings, home.parent / "output.txt", "--verbose", "run")
    return settings


def run(settings: Settings, output: Path, *arguments: str) -> None:
    """Run the command as a person would, its output appended to a file."""
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
    assert done.returncode == 0, output.read_text("utf-8")[-3000:]
