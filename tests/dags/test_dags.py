"""The DAG files can be read, and every DAG says whose it is, what it is for, and that it never overtakes itself."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from citypulse import schedule
from ingestion.contract import load_contracts
from ingestion.errors import CitypulseError, GateBlocked, NothingToDo, WarehouseBusy
from ingestion.settings import PROJECT_ROOT, load_settings
from reporting.period import KINDS

if TYPE_CHECKING:
    from airflow.sdk import DAG

FEEDS = sorted(load_contracts(load_settings()))
OTHERS = [  # a new DAG is entered here
    "build_warehouse",
    "publish_snapshots",
    "keep_house",
    "recompute_days",
    "replay",
    "collect_hotline_city_event",
    *(f"brief_{kind}" for kind in KINDS),
]
BY_HAND = {"replay"}  # and here when only people start it
DAG_IDS = [*(f"ingest_{feed}" for feed in FEEDS), *OTHERS]
FILES = sorted((PROJECT_ROOT / "dags").glob("*.py"))
HEAVY = {"dbt", "duckdb", "pandas", "great_expectations", "deltalake", "typst", "pyarrow"}


@pytest.fixture(scope="session")
def dags() -> dict[str, DAG]:
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=PROJECT_ROOT / "dags")
    assert bag.import_errors == {}, "a DAG file cannot be read"
    return dict(bag.dags)


def test_there_is_one_ingest_dag_per_contract_and_nothing_unexpected(dags: dict[str, DAG]) -> None:
    assert sorted(dags) == sorted(DAG_IDS)


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_a_dag_says_whose_it_is_and_what_it_is_for(dags: dict[str, DAG], dag_id: str) -> None:
    dag = dags[dag_id]
    assert dag.tasks, "it does nothing"
    assert dag.tags
    assert {task.owner for task in dag.tasks}.isdisjoint({"", "airflow"})
    assert re.search("[\u4e00-\u9fff]", dag.doc_md or ""), "doc_md speaks Chinese too"
    assert re.search("[A-Za-z]{3,} [a-z]{2,}", dag.doc_md or ""), "doc_md speaks English too"


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_a_dag_never_overtakes_itself_nor_makes_up_for_lost_time(dags: dict[str, DAG], dag_id: str) -> None:
    assert dags[dag_id].max_active_runs == 1
    assert not dags[dag_id].catchup


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_a_dag_runs_by_itself_and_by_the_clock_of_the_city(dags: dict[str, DAG], dag_id: str) -> None:
    timetable = dags[dag_id].timetable
    starts_itself = type(timetable).__name__ not in ("NullTimetable", "OnceTimetable", "ContinuousTimetable")
    assert starts_itself == (dag_id not in BY_HAND)
    assert set(re.findall("timezone='([^']*)'", repr(timetable))) <= {"Asia/Shanghai"}


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_every_task_is_retried_by_the_class_of_its_error(dags: dict[str, DAG], dag_id: str) -> None:
    for task in dags[dag_id].tasks:
        assert task.retries > 0, task.task_id
        assert task.retry_policy is schedule.RETRIES, task.task_id
        assert task.execution_timeout, task.task_id


@pytest.mark.parametrize("dag_id", [*(f"ingest_{feed}" for feed in FEEDS), "build_warehouse"])
def test_what_a_bell_starts_has_a_sweep_beside_it(dags: dict[str, DAG], dag_id: str) -> None:
    """Airflow loses bells: those of a paused DAG, and some of a burst."""
    assert type(dags[dag_id].timetable).__name__ == "AssetOrTimeSchedule"
    assert "timezone='Asia/Shanghai'" in repr(dags[dag_id].timetable)


@pytest.mark.parametrize("feed", FEEDS)
def test_an_ingest_dag_listens_to_its_inbox_and_announces_its_landing(dags: dict[str, DAG], feed: str) -> None:
    dag = dags[f"ingest_{feed}"]
    watchers = [watcher for asset in dag.timetable.asset_condition.objects for watcher in asset.watchers]
    assert [watcher.trigger.feed for watcher in watchers] == [feed]
    assert [asset.name for asset in dag.get_task("land").outlets] == [f"landing/{feed}"]


def test_the_page_of_a_feed_shows_every_column_of_its_contract(dags: dict[str, DAG]) -> None:
    for feed, contract in load_contracts(load_settings()).items():
        page = dags[f"ingest_{feed}"].doc_md or ""
        assert contract.owner_zh in page
        assert contract.name_en in page
        assert all(f"| `{column.name}` |" in page for column in contract.columns)


def test_the_warehouse_is_built_judged_and_released_in_this_order_by_one_writer(dags: dict[str, DAG]) -> None:
    dag = dags["build_warehouse"]
    assert dag.get_task("build").downstream_task_ids == {"gate"}
    assert dag.get_task("gate").downstream_task_ids == {"release"}
    assert {task.pool for task in dag.tasks} == {"warehouse"}
    heard = {asset.name for asset in dag.timetable.asset_condition.objects}
    assert heard == {f"landing/{feed}" for feed in FEEDS}
    assert [asset.name for asset in dag.get_task("release").outlets] == ["release"]


def imported(file: Path, seen: set[str]) -> set[str]:
    """Modules that importing `file` loads, followed through our own packages; what stands inside functions is later."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in set(names) - seen:
            seen.add(name)
            ours = PROJECT_ROOT / f"{name.replace('.', '/')}.py"
            if ours.exists():
                imported(ours, seen)
    return seen


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_reading_a_dag_file_loads_no_heavy_module(file: Path) -> None:
    loaded = imported(file, set())
    assert "ingestion.contract" in loaded or "citypulse.schedule" in loaded, "the imports were not followed"
    assert {name.partition(".")[0] for name in loaded} & HEAVY == set(), "import it inside the task"


@pytest.fixture(scope="session")
def parsed() -> dict[str, Any]:
    """What reading each DAG file really costs and loads."""
    probe = Path(__file__).with_name("parse_probe.py")
    command = [sys.executable, str(probe), str(PROJECT_ROOT / "dags")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT_ROOT), os.environ["PYTHONPATH"]])}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, env=environment)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_dag_file_when_read_has_loaded_no_heavy_module(parsed: dict[str, Any], file: Path) -> None:
    found = parsed["files"][file.stem]
    assert found["dags"], "no DAG came of it"
    assert {"airflow", "ingestion"} <= set(found["packages"]), "the file was not read"
    assert set(found["packages"]) & HEAVY == set(), "import it inside the task"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_dag_file_is_read_within_a_fraction_of_what_importing_airflow_takes(
    parsed: dict[str, Any], file: Path
) -> None:
    """Under a second where that takes two: processor seconds of one run compare, on any machine and under any load."""
    assert 0 < parsed["files"][file.stem]["seconds"] < parsed["import_airflow"] / 2


def test_only_what_passes_by_itself_is_retried() -> None:
    from airflow.sdk import RetryAction

    from citypulse.schedule import RETRIES

    def decide(error: Exception) -> RetryAction:
        return RETRIES.evaluate(error, try_number=1, max_tries=3).action

    assert decide(GateBlocked("blocked")) is RetryAction.FAIL
    assert decide(WarehouseBusy("busy")) is RetryAction.RETRY
    assert decide(OSError("disk")) is RetryAction.RETRY
    assert decide(KeyError("unknown")) is RetryAction.DEFAULT


def test_nothing_to_do_is_a_skip_and_our_errors_pass_unchanged() -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    from citypulse.schedule import task_edge

    with pytest.raises(AirflowSkipException, match="no file"), task_edge():
        raise NothingToDo("no file")
    with pytest.raises(GateBlocked, match="3 checks"), task_edge():
        raise GateBlocked("3 checks failed")


@pytest.mark.parametrize(("attempt", "is_skipped"), [(1, True), (2, False)])
def test_a_retry_with_nothing_left_to_do_tells_of_what_the_killed_attempt_did(
    monkeypatch: pytest.MonkeyPatch, attempt: int, is_skipped: bool
) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    monkeypatch.setattr(schedule, "get_current_context", lambda: {"ti": SimpleNamespace(try_number=attempt)})
    with pytest.raises(AirflowSkipException) if is_skipped else nullcontext(), schedule.task_edge(tells=True):
        raise NothingToDo("no file")


def test_the_message_of_a_foreign_error_never_leaves_the_task() -> None:
    from citypulse.schedule import task_edge

    with pytest.raises(CitypulseError) as caught, task_edge():
        raise KeyError("a quoted row")
    assert "quoted" not in str(caught.value)
    assert "KeyError" in str(caught.value)
    assert "test_dags.py" in str(caught.value)
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None
