"""A small city run whole once, from its deliveries to briefs and site, for every test that looks at what it left."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from ingestion.settings import Settings, child_environment
from simulator.simulate import simulate


@pytest.fixture(scope="session")
def whole_city(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A released home; tests only read it, or copy what they change. `output.txt` holds what the run printed."""
    home = tmp_path_factory.mktemp("whole_city") / "home"
    settings = Settings(home=home, key_file=home.parent / "key.json", memory="1GB")
    simulate(settings, days=7, seed=7, until=date(2026, 1, 31), scale=0.05)
    run(settings, home.parent / "output.txt", "--verbose", "run")
    return settings


def run(settings: Settings, output: Path, *arguments: str) -> None:
    """Run the command as a person would, its output appended to a file."""
    with output.open("ab") as stream:
        done = subprocess.run(
            [sys.executable, "-m", "citypulse", *arguments],
            env=child_environment(settings, {}),
            stdout=stream,
            stderr=subprocess.STDOUT,
            timeout=600,
            check=False,
        )
    assert done.returncode == 0, output.read_text("utf-8")[-3000:]
