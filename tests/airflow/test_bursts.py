"""Fifty files within a second or two: all are fetched, though Airflow strands asset events, and none twice."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from ingestion.settings import Settings
from tests.airflow.books import assert_balanced, is_booked, waiting
from tests.airflow.fleet import Fleet, now
from tests.airflow.sender import Sender, Sent
from tests.airflow.waiting import Clock, wait_for

pytestmark = pytest.mark.usefixtures("frozen")
FILES = 50
ONE = ["grid_event"]
SEVERAL = ["safety_hazard", "grid_event", "mediation_case", "mediation_dispute", "capacity_service_case"]


@pytest.mark.parametrize("feeds", [ONE, SEVERAL], ids=["one_feed", "over_feeds"])
def test_a_burst_is_drained(settings: Settings, sender: Sender, landing_only: Fleet, feeds: list[str]) -> None:
    since, clock = now(), Clock()
    sent: list[Sent] = []
    for number in range(FILES):  # half of them without a sentinel: they settle, so they are seen at different looks
        kinds = {"bad": 1} if number == 7 else {"repeated": 2} if number == 8 else {}
        sent.append(sender.deliver(feeds[number % len(feeds)], sealed=number % 2 == 0, **kinds))
        time.sleep(0.02)
    arrived = clock.seconds
    seen: list[float] = []

    def all_booked() -> bool:
        seen.extend([clock.seconds] * (sum(is_booked(settings, one) for one in sent) - len(seen)))
        return len(seen) == FILES and not waiting(settings, *feeds)

    wait_for("empty inbox", all_booked, 180)
    rung, heard = events(landing_only, feeds, since)
    print(
        f"\n  {FILES} files, {', '.join(feeds)}: came within {arrived:.1f} s, median {seen[FILES // 2]:.1f} s, "
        f"all {clock.seconds:.1f} s; rings {rung}, never consumed {rung - heard}"
    )
    assert_balanced(settings, sender, *feeds)


def events(fleet: Fleet, feeds: list[str], since: datetime) -> tuple[int, int]:
    """How often the doorbell rang for these feeds, and how many of these rings Airflow gave to a run."""
    rung: set[int] = set()
    heard: set[int] = set()
    for event in fleet.ask("GET", f"/assets/events?timestamp_gte={since:%Y-%m-%dT%H:%M:%SZ}&limit=1000")[
        "asset_events"
    ]:
        if event["name"] in {f"inbox/{feed}" for feed in feeds}:
            rung.add(event["id"])
            if event["created_dagruns"]:
                heard.add(event["id"])
    return len(rung), len(heard)
