"""kill -9 of each part of Airflow and of a task at each step: the work is done once, and nobody has to help."""

from __future__ import annotations

import os
import time
from datetime import datetime

from ingestion.settings import Settings
from tests.airflow.books import (
    assert_balanced,
    everything_is_released,
    is_booked,
    released_hazards,
    served,
    waiting,
)
from tests.airflow.conftest import FEEDS, FirstRun
from tests.airflow.fleet import Fleet, now
from tests.airflow.sender import Sender
from tests.airflow.waiting import Clock, wait_for

FEED = "safety_hazard"


def test_the_triggerer_is_killed(settings: Settings, sender: Sender, landing_only: Fleet) -> None:
    """One file was seen but perhaps not told yet, one comes while nobody looks: both are fetched after the restart."""
    sender.deliver("mediation_case")
    landing_only.kill("triggerer")
    sender.deliver("mediation_dispute")
    clock = Clock()
    landing_only.restart("triggerer")
    up = clock.seconds
    wait_for("empty inbox", lambda: not waiting(settings, *FEEDS), 120)
    print(f"\n  triggerer up after {up:.1f} s, all fetched after {clock.seconds:.1f} s")
    assert_balanced(settings, sender, *FEEDS)


def test_the_scheduler_is_killed_while_a_task_runs(settings: Settings, sender: Sender, landing_only: Fleet) -> None:
    """The task lives on without its scheduler, and what comes meanwhile waits for the next one."""
    running = sender.deliver("grid_event", rows=2000)
    landing_only.worker_holding("land_grid_event")
    landing_only.kill("scheduler")
    waits = [sender.deliver("grid_event"), sender.deliver("mediation_case")]
    wait_for("receipt of the orphan's file", lambda: is_booked(settings, running), 60)
    clock = Clock()
    landing_only.restart("scheduler")
    wait_for("empty inbox", lambda: not waiting(settings, *FEEDS), 180)
    print(f"\n  all fetched {clock.seconds:.1f} s after the scheduler's restart")
    assert all(is_booked(settings, sent) for sent in waits)
    assert_balanced(settings, sender, *FEEDS)


def test_the_task_of_each_step_is_killed(first_run: FirstRun, sender: Sender, fleet: Fleet) -> None:
    """From the file to the brief; landing and release die at the worst moment, with their work done but not told."""
    settings, since, clock = first_run.settings, now(), Clock()
    before = served(settings)
    told: list[str] = []

    def tell(what: str) -> None:
        told.append(f"{what} {clock.seconds:.0f} s")

    sent = sender.deliver(FEED)
    worker = fleet.worker_holding(f"land_{FEED}")
    worker.freeze_supervisor()
    wait_for("receipt", lambda: is_booked(settings, sent), 120, every=0.01)
    worker.kill()
    worker.thaw()
    tell("land killed")
    for step in ("build", "gate"):
        fleet.worker_of("build_warehouse", step)
        fleet.worker_holding("warehouse").kill()
        tell(f"{step} killed")
        wait_for_attempt(fleet, "build_warehouse", step, 2, since)
    worker = fleet.worker_of("build_warehouse", "release")
    fleet.worker_holding("warehouse")
    worker.freeze_supervisor()
    wait_for("release", lambda: served(settings) != before, 300, every=0.01)
    worker.kill()
    worker.thaw()
    tell("release killed")
    fleet.worker_of("publish_snapshots", "snapshot").kill()
    tell("snapshot killed")
    briefs = settings.briefs / served(settings)
    wait_for("brief", lambda: list(briefs.glob("*_zh.pdf")) and not fleet.api.active_runs(), 600)
    tell("brief out")
    print("\n  " + ", ".join(told))
    assert everything_is_released(settings)
    assert released_hazards(settings) == first_run.hazards + sender.landed(FEED)
    assert_balanced(settings, sender, *FEEDS)


def wait_for_attempt(fleet: Fleet, dag: str, task: str, attempt: int, since: datetime) -> None:
    """Wait until a task runs again."""

    def runs_again() -> bool:
        return any(run.attempt >= attempt for run in fleet.tasks(dag, task, since))

    wait_for(f"attempt {attempt} of {dag}.{task}", runs_again, 600)


def test_everything_is_killed_and_a_day_of_files_comes_before_the_next_start(
    settings: Settings, sender: Sender, landing_only: Fleet
) -> None:
    """A power cut amid a landing; the inbox fills for a day; Airflow starts and has drained it without help."""
    cut = [sender.deliver("grid_event", rows=2000), sender.deliver("grid_event")]
    landing_only.worker_holding("land_grid_event")
    landing_only.kill_all()
    came = time.time() - 86400
    for hour in range(24):
        path = sender.hand_over(sender.prepare("mediation_dispute" if hour % 2 else "grid_event"), sealed=False)
        os.utime(path, (came + 3600 * hour, came + 3600 * hour))
    clock = Clock()
    landing_only.start()
    up = clock.seconds
    wait_for("empty inbox", lambda: not waiting(settings, *FEEDS), 300)
    print(f"\n  up after {up:.1f} s, all fetched {clock.seconds - up:.1f} s later")
    assert all(is_booked(settings, sent) for sent in cut)
    assert_balanced(settings, sender, *FEEDS)
