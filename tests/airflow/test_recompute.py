"""A backfill of business days while live files land and are built: both are taken, and each case is counted once."""

from __future__ import annotations

import json

from ingestion.settings import Settings
from tests.airflow.books import assert_balanced, everything_is_released, is_booked, released_hazards, served
from tests.airflow.conftest import FEEDS, FirstRun
from tests.airflow.fleet import Fleet
from tests.airflow.sender import Sender
from tests.airflow.waiting import Clock, wait_for

DAYS = 3
BACKFILL = {
    "dag_id": "recompute_days",
    "from_date": "2026-01-04T00:00:00+08:00",
    "to_date": "2026-01-06T00:00:00+08:00",
    "reprocess_behavior": "completed",
    "max_active_runs": 3,
}


def test_a_backfill_races_live_runs(first_run: FirstRun, sender: Sender, fleet: Fleet) -> None:
    """A file lands, and while its build is at work a backfill is asked for and another file lands."""
    settings, clock = first_run.settings, Clock()
    fleet.pause("recompute_days", False)
    first = sender.deliver("safety_hazard")
    fleet.worker_of("build_warehouse", "build")
    fleet.ask("POST", "/backfills", BACKFILL)
    second = sender.deliver("safety_hazard")
    wait_for("request of each day", lambda: len(requests(settings)) == DAYS, 180)
    asked = clock.seconds
    wait_for("release of both", lambda: is_released(settings) and not fleet.api.active_runs(), 600, every=1)
    print(f"\n  asked for after {asked:.0f} s, all released after {clock.seconds:.0f} s")
    assert is_booked(settings, first)
    assert is_booked(settings, second)
    assert released_hazards(settings) == first_run.hazards + sender.landed("safety_hazard")
    assert_balanced(settings, sender, *FEEDS)


def requests(settings: Settings) -> list[str]:
    """The numbers of the requests that the backfill has left."""
    return sorted(path.stem for path in settings.recompute.glob("*.json"))


def is_released(settings: Settings) -> bool:
    """Whether the served release has seen the last receipts and the last request."""
    manifest = json.loads((settings.releases / f"{served(settings)}.json").read_text())
    return everything_is_released(settings) and manifest["inputs"].get("recompute") == int(requests(settings)[-1])
