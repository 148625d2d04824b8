"""Backfill and replay: days of the city as partitions, no run by the clock, few builds for many days."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.errors import NothingToDo
from tests.dags.test_dags import FEEDS, dags  # noqa: F401 - the fixture

if TYPE_CHECKING:
    from airflow.sdk import DAG


def serialized(dag: DAG) -> Any:
    from airflow.serialization.serialized_objects import DagSerialization

    return DagSerialization.from_dict(DagSerialization.to_dict(dag))


def test_a_backfill_of_any_range_has_one_run_per_day_of_the_city(dags: dict[str, DAG]) -> None:  # noqa: F811
    """Airflow reads the dates of a backfill as those of the timetable's zone, so a day is not lost to UTC."""
    days = serialized(dags["recompute_days"]).iter_dagrun_infos_between(
        datetime(2026, 1, 30, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)
    )
    assert [day.partition_key for day in days] == ["2026-01-30", "2026-01-31", "2026-02-01", "2026-02-02"]


def test_the_clock_starts_no_recomputing(dags: dict[str, DAG]) -> None:  # noqa: F811
    dag = serialized(dags["recompute_days"])
    assert dag.timetable.periodic, "else Airflow refuses a backfill"
    assert dag.next_dagrun_info(last_automated_run_info=None) is None


def test_a_request_rings_the_build_that_takes_all_of_them(dags: dict[str, DAG]) -> None:  # noqa: F811
    ask, ring = dags["recompute_days"].get_task("ask"), dags["recompute_days"].get_task("ring")
    assert ask.downstream_task_ids == {"ring"}
    assert ring.trigger_dag_id == "build_warehouse"
    assert dags["recompute_days"].params["feeds"] == []
    assert serialized(dags["replay"]).timetable.summary == "None"


class Instance:
    """A task instance that sees so many queued runs."""

    def __init__(self, queued: int) -> None:
        self.queued = queued

    def get_dr_count(self, dag_id: str, states: list[str]) -> int:
        return self.queued if (dag_id, states) == ("build_warehouse", ["queued"]) else 0


def test_a_build_that_waits_already_is_not_rung_for() -> None:
    from airflow.sdk.exceptions import AirflowSkipException, DagRunTriggerException

    from citypulse.bell import Bell

    bell = Bell(task_id="ring", trigger_dag_id="build_warehouse", openlineage_inject_parent_info=False)
    assert bell.max_active_tis_per_dag == 1, "else another rings between looking and ringing"
    with pytest.raises(AirflowSkipException):
        bell.execute({"ti": Instance(1)})
    with pytest.raises(DagRunTriggerException) as rung:
        bell.execute({"ti": Instance(0)})
    assert rung.value.trigger_dag_id == "build_warehouse"


@pytest.mark.parametrize("feed", FEEDS)
def test_an_ingest_dag_announces_its_days_on_an_asset_of_their_own(dags: dict[str, DAG], feed: str) -> None:  # noqa: F811
    dag = dags[f"ingest_{feed}"]
    assert [asset.name for asset in dag.get_task("announce_days").outlets] == [f"business_day/{feed}"]
    assert dag.get_task("land").downstream_task_ids == {"announce_days", "answer_for_refusals"}


def test_only_days_of_which_rows_landed_are_announced() -> None:
    from airflow.sdk import Asset
    from airflow.sdk.execution_time.context import OutletEventAccessors

    from citypulse.schedule import announce

    event = OutletEventAccessors()[Asset("business_day/hotline_city")]
    announce(event, ["2026-01-30", "2026-01-31"])
    assert event.partition_keys == {"2026-01-30", "2026-01-31"}
    with pytest.raises(NothingToDo):
        announce(event, [])
