"""One home for all of these tests, made by `make run` itself, and one Airflow on it that they may break."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from ingestion.settings import Settings
from tests.airflow.books import released_hazards
from tests.airflow.fleet import Fleet, Worker, now
from tests.airflow.processes import about
from tests.airflow.sender import Sender, Sent
from tests.airflow.waiting import Clock

FEEDS = ("capacity_service_case", "grid_event", "mediation_case", "mediation_dispute", "safety_hazard")
FROZEN = "capacity_activity"
ORDER = ("make_run", "bursts", "parts", "pauses", "zombies", "kills", "recompute", "canaries")
COMMAND = [sys.executable, "-m", "citypulse"]


def citypulse(home: Path, *arguments: str, timeout: int = 60) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, "--home", str(home), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs Airflow whole comes first; what leaves it anew, or needs a release of everything, comes last."""
    ours = [item for item in items if item.path.parent == Path(__file__).parent]
    ours.sort(key=lambda item: ORDER.index(item.path.stem.removeprefix("test_")))
    items[:] = [*(item for item in items if item not in ours), *ours]


@dataclass(frozen=True)
class FirstRun:
    """A home in which `make run` has landed, built, released and briefed a simulated day, and what it said."""

    settings: Settings
    done: subprocess.CompletedProcess[str]
    left_running: list[str]
    hazards: int
    seconds: float


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> FirstRun:
    home = tmp_path_factory.mktemp("airflow") / "home"
    clock = Clock()
    done = citypulse(home, "airflow", "--days", "1", timeout=900)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    settings = Settings(home=home, key_file=home.parent / ".citypulse.key")
    return FirstRun(settings, done, about(home), released_hazards(settings), clock.seconds)


@pytest.fixture(scope="session")
def settings(first_run: FirstRun) -> Settings:
    return first_run.settings


@pytest.fixture(scope="session")
def sender(settings: Settings) -> Sender:
    """Everything these tests send goes through one office, so that the books balance over all of it."""
    return Sender(settings)


@pytest.fixture(scope="session")
def running(settings: Settings) -> Iterator[Fleet]:
    fleet = Fleet(settings)
    fleet.keep_awake({*(f"ingest_{feed}" for feed in (*FEEDS, FROZEN)), "build_warehouse", "publish_snapshots"})
    fleet.start()
    yield fleet
    fleet.stop()
    assert about(settings.home) == [], "Airflow has left something running"


@pytest.fixture
def fleet(running: Fleet) -> Fleet:
    """Airflow in good health; what the test before has paused or frozen, that test has put right."""
    running.airflow.check_alive()
    return running


@dataclass(frozen=True)
class Frozen:
    """A task that stands still amid its landing, with the lock in its hand."""

    feed: str
    sent: Sent
    worker: Worker
    since: datetime
    clock: Clock


@pytest.fixture(scope="session")
def frozen(running: Fleet, sender: Sender) -> Iterator[Frozen]:
    """Frozen first, for Airflow takes a minute to give it up; the stories of that minute go on beside it."""
    feed, since = FROZEN, now()
    sent = sender.deliver(feed, rows=2000)
    worker = running.worker_holding(f"land_{feed}")
    worker.freeze()
    yield Frozen(feed, sent, worker, since, Clock())
    worker.thaw()


@pytest.fixture
def landing_only(fleet: Fleet) -> Iterator[Fleet]:
    """The same while no build runs: for faults of landing, which a build would only make slower."""
    fleet.pause("build_warehouse")
    yield fleet
    fleet.pause("build_warehouse", False)
