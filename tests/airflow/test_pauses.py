"""A paused DAG: Airflow loses the rings of that time, and yet no further file is needed after it."""

from __future__ import annotations

import time

import pytest

from ingestion.settings import Settings
from tests.airflow.books import assert_balanced, is_booked, waiting
from tests.airflow.fleet import Fleet
from tests.airflow.sender import Sender
from tests.airflow.waiting import Clock, wait_for

pytestmark = pytest.mark.usefixtures("frozen")
FEED = "mediation_case"


def test_what_came_during_a_pause_is_fetched_after_it(settings: Settings, sender: Sender, landing_only: Fleet) -> None:
    landing_only.pause(f"ingest_{FEED}")
    sent = [sender.deliver(FEED) for _ in range(3)]
    time.sleep(5)  # long enough for the ring to be lost
    assert not any(is_booked(settings, one) for one in sent), "the pause held"
    clock = Clock()
    landing_only.pause(f"ingest_{FEED}", False)
    wait_for("empty inbox", lambda: not waiting(settings, FEED), 150)
    print(f"\n  fetched {clock.seconds:.1f} s after the pause")
    assert_balanced(settings, sender, FEED)
