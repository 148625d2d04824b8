"""A task that Airflow has given up still lives: the kernel's lock and the receipts decide, and nothing is twice."""

from __future__ import annotations

from ingestion.settings import Settings
from tests.airflow.books import assert_balanced, is_booked, waiting
from tests.airflow.conftest import Frozen
from tests.airflow.fleet import Fleet
from tests.airflow.processes import lock_holder
from tests.airflow.sender import Sender
from tests.airflow.waiting import wait_for


def test_a_second_attempt_cannot_land_what_the_first_still_holds(
    settings: Settings, sender: Sender, landing_only: Fleet, frozen: Frozen
) -> None:
    """The first attempt freezes, Airflow misses its heartbeat and starts a second, then the first goes on."""

    def attempts() -> list[tuple[int, str]]:
        return [(run.attempt, run.state) for run in landing_only.tasks(f"ingest_{frozen.feed}", "land", frozen.since)]

    wait_for("a second attempt that was turned away", lambda: (2, "up_for_retry") in attempts(), 150)
    turned_away = frozen.clock.seconds
    assert lock_holder(settings.locks / f"land_{frozen.feed}.lock") == frozen.worker.child, "the first attempt lives"
    assert not is_booked(settings, frozen.sent)
    frozen.worker.thaw()
    wait_for("empty inbox", lambda: not waiting(settings, frozen.feed), 120)
    print(f"\n  second attempt turned away after {turned_away:.0f} s, landed after {frozen.clock.seconds:.0f} s")
    assert_balanced(settings, sender, frozen.feed)
