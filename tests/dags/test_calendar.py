"""What runs by the clock of the city: the briefs and the pulls, each at its hour, once at a time, and who is told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from citypulse import alerts, schedule
from citypulse.notices import Notice
from ingestion import errors
from ingestion.errors import CitypulseError, GateBlocked, NothingToDo
from ingestion.settings import PROJECT_ROOT, load_settings
from reporting.period import KINDS

if TYPE_CHECKING:
    from airflow.sdk import DAG

# From this moment on, the next run of each DAG, in UTC: 8 hours behind the city.
NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
NEXT = {
    "brief_daily": datetime(2026, 2, 1, 0, 0, tzinfo=UTC),
    "brief_weekly": datetime(2026, 2, 2, 0, 10, tzinfo=UTC),
    "brief_monthly": datetime(2026, 2, 1, 0, 20, tzinfo=UTC),
    "brief_quarterly": datetime(2026, 4, 1, 0, 30, tzinfo=UTC),
    "brief_season": datetime(2026, 4, 6, 0, 40, tzinfo=UTC),
    "collect_hotline_city_event": datetime(2026, 1, 31, 12, 5, tzinfo=UTC),
}


def bag(*files: str) -> dict[str, DAG]:
    from airflow.dag_processing.dagbag import DagBag

    found: dict[str, DAG] = {}
    for file in files:
        read = DagBag(dag_folder=PROJECT_ROOT / "dags" / file)
        assert read.import_errors == {}
        found |= read.dags
    return found


@pytest.fixture(scope="module")
def dags() -> dict[str, DAG]:
    return bag("calendar_briefs.py", "collect_feeds.py")


@pytest.mark.parametrize("dag_id", NEXT)
def test_a_dag_runs_next_at_its_hour_in_the_city(dags: dict[str, DAG], dag_id: str) -> None:
    from airflow.sdk.timezone import coerce_datetime
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import TimeRestriction

    timetable = DagSerialization.from_dict(DagSerialization.to_dict(dags[dag_id])).timetable
    since = TimeRestriction(earliest=coerce_datetime(NOW), latest=None, catchup=True)
    run = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=since)
    assert run is not None
    assert run.run_after == NEXT[dag_id]


@pytest.mark.parametrize("dag_id", NEXT)
def test_a_dag_says_whose_it_is_and_never_overtakes_itself(dags: dict[str, DAG], dag_id: str) -> None:
    dag = dags[dag_id]
    assert dag.max_active_runs == 1
    assert not dag.catchup
    assert dag.tags
    assert dag.owner not in ("", "airflow")
    assert any("\u4e00" <= letter <= "\u9fff" for letter in dag.doc_md or "")
    assert {task.pool for task in dag.tasks} == {"default_pool"}, "it does not write the warehouse"


def test_only_the_daily_brief_has_a_deadline(dags: dict[str, DAG]) -> None:
    alerts = {dag_id: dag.deadline for dag_id, dag in dags.items() if dag.deadline}
    assert list(alerts) == ["brief_daily"]
    [alert] = alerts["brief_daily"]
    assert alert.interval.total_seconds() == 30 * 60
    assert alert.callback.path == "citypulse.alerts.brief_is_late"


def test_a_sign_off_stands_between_draft_and_issue_only_where_it_is_asked_for(
    dags: dict[str, DAG], monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in KINDS:
        assert dags[f"brief_{kind}"].get_task("write").downstream_task_ids == {"issue"}
        assert set(dags[f"brief_{kind}"].task_ids) == {"write", "issue", "site"}
        site = dags[f"brief_{kind}"].get_task("site")
        assert (site.upstream_task_ids, site.trigger_rule) == ({"issue"}, "none_failed"), "also what is stale is shown"
    monkeypatch.setenv("CITYPULSE_SIGN_OFF", "1")
    asking = bag("calendar_briefs.py")
    for kind in KINDS:
        dag = asking[f"brief_{kind}"]
        assert type(dag.get_task("sign_off")).__name__ == "ApprovalOperator"
        assert dag.get_task("issue").upstream_task_ids == {"write", "sign_off"}
        assert dag.get_task("sign_off").downstream_task_ids == {"issue"}, "a rejection skips what follows at once"
        assert dag.get_task("note_rejection").upstream_task_ids == {"issue"}
        assert dag.get_task("note_rejection").trigger_rule == "all_skipped"


def test_the_day_of_a_run_is_the_day_in_the_city() -> None:
    late_in_london = SimpleNamespace(run_after=datetime(2026, 1, 31, 16, 30, tzinfo=UTC))
    assert schedule.local_day(late_in_london) == date(2026, 2, 1)


def ours(kind: type[CitypulseError] = CitypulseError) -> list[type[CitypulseError]]:
    return [found for child in kind.__subclasses__() for found in (child, *ours(child))]


@pytest.mark.parametrize("kind", ours(), ids=lambda kind: kind.__name__)
def test_an_error_is_retried_exactly_when_it_says_that_it_passes(kind: type[CitypulseError]) -> None:
    from airflow.sdk import RetryAction

    error = kind.__new__(kind, "x")
    decided = schedule.RETRIES.evaluate(error, try_number=1, max_tries=3).action
    assert decided is (RetryAction.RETRY if kind.transient else RetryAction.FAIL)
    assert {errors.SourceUnavailable, errors.WarehouseBusy} <= {found for found in ours() if found.transient}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Notice]:
    heard: list[Notice] = []
    monkeypatch.setattr(alerts, "notify", heard.append)
    return heard


def test_a_task_that_failed_for_good_is_told_by_its_class_and_its_run_is_not_told_again(
    dags: dict[str, DAG], told: list[Notice]
) -> None:
    assert dags["brief_daily"].get_task("write").on_failure_callback
    task = SimpleNamespace(dag_id="build_warehouse", task_id="gate")
    alerts.task_failed({"ti": task, "exception": GateBlocked("a value")})
    alerts.task_failed({"ti": task, "exception": None})
    alerts.run_failed({"dag": task, "reason": "task_failure"})
    alerts.run_failed({"dag": task, "reason": "all_tasks_deadlocked"})
    assert [notice.event for notice in told] == ["gate_blocked", "run_failed", "run_failed"]
    assert told[2].facts["error"] == "all_tasks_deadlocked"


def test_a_late_brief_is_told(told: list[Notice]) -> None:
    alerts.brief_is_late(kind="daily", minutes=30, context={"dag_run": {}})
    assert [(notice.event, notice.facts["minutes"]) for notice in told] == [("brief_late", 30)]


def test_a_feed_is_pulled_only_where_its_api_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    from citypulse.collecting import pull

    monkeypatch.delenv("CITYPULSE_HTTP_CITY_12345_URL", raising=False)
    with pytest.raises(NothingToDo, match="CITYPULSE_HTTP_CITY_12345_URL is not set"):
        pull(load_settings(), "hotline_city_event")


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("hourly", "5 * * * *"),
        ("daily 06:05", "5 6 * * *"),
        ("weekly Monday 05:00", "0 5 * * mon"),
        ("monthly 10 05:30", "30 5 10 * *"),
    ],
)
def test_the_schedule_of_a_contract_is_a_time(said: str, line: str) -> None:
    from citypulse.collecting import cron

    contract: Any = SimpleNamespace(feed="x", arrives=SimpleNamespace(schedule=said))
    assert cron(contract) == line
    with pytest.raises(CitypulseError, match="no time"):
        cron(SimpleNamespace(feed="x", arrives=SimpleNamespace(schedule="now and then")))  # type: ignore[arg-type]
