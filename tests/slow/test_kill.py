"""Killing the run at any moment and starting it again gives the same KPI rows as an undisturbed run.

Whole processes are killed with SIGKILL, children included or not, at moments spread over the run; the seed is printed.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

SEED = 20260131
KILLS = 5
COMMAND = [sys.executable, "-m", "citypulse"]


def citypulse(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, "--home", str(home), *arguments], capture_output=True, text=True, timeout=300, check=False
    )


def deliver(home: Path) -> None:
    done = citypulse(home, "simulate", "--days", "5", "--scale", "0.1", "--seed", "3")
    assert done.returncode == 0, done.stderr


def run_to_the_end(home: Path) -> float:
    """Run until nothing is left to do; returns the seconds of the first run."""
    started = time.monotonic()
    done = citypulse(home, "run")
    assert done.returncode in (0, 3), done.stderr
    seconds = time.monotonic() - started
    assert citypulse(home, "run").returncode == 3, "a second run finds nothing to do"
    return seconds


def kpi_rows(home: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "serving" / "governance.duckdb"), read_only=True) as connection:
        return connection.execute("SELECT * FROM marts.fct_kpi_value ORDER BY ALL").fetchall()


def counts(home: Path) -> dict[str, dict[str, int]]:
    feeds = json.loads(citypulse(home, "status", "--json").stdout)["feeds"]
    names = ("pending", "received", "landed", "quarantined", "duplicates")
    return {feed: {name: found[name] for name in names} for feed, found in feeds.items()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    deliver(home)
    return home, run_to_the_end(home)


def test_a_run_killed_again_and_again_ends_with_the_same_rows(undisturbed: tuple[Path, float], tmp_path: Path) -> None:
    calm, seconds = undisturbed
    dice = random.Random(SEED)
    print(f"seed {SEED}")
    home = tmp_path / "home"
    deliver(home)
    time.sleep(1.2)
    for number in range(KILLS):
        moment = 1.5 + seconds * (number + dice.random()) / KILLS
        process = subprocess.Popen(
            [*COMMAND, "--home", str(home), "run"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(timeout=moment)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        served = home / "serving" / "governance.duckdb"
        if served.exists():  # a reader never meets a half-written release
            assert kpi_rows(home) == kpi_rows(calm)
    run_to_the_end(home)
    assert kpi_rows(home) == kpi_rows(calm)

    ours, theirs = counts(home), counts(calm)
    for feed, found in ours.items():
        assert found["received"] == found["landed"] + found["quarantined"] + found["duplicates"]
        # a delivery whose receipt was written before it left the inbox comes back as a duplicate, and as nothing else
        assert (found["landed"], found["quarantined"], found["pending"]) == (
            theirs[feed]["landed"],
            theirs[feed]["quarantined"],
            0,
        )
    doctor = citypulse(home, "doctor")
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
