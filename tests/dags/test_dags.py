"""The DAG files can be read, and every DAG says whose it is, what it is for, and that it never overtakes itself."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ingestion.contract import load_contracts
from ingestion.errors import CitypulseError, GateBlocked, NothingToDo, WarehouseBusy
from ingestion.settings import PROJECT_ROOT, load_settings

if TYPE_CHECKING:
    from airflow.sdk import DAG

FEEDS = sorted(load_contracts(load_settings()))
BELLS = [*(f"ingest_{feed}" for feed in FEEDS), "build_warehouse", "publish_snapshots"]
DAG_IDS = [*BELLS, "keep_house"]
HEAVY = {"dbt", "duckdb", "pandas", "great_expectations", "deltalake", "typst"}


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
    assert dag.tags
    assert dag.owner not in ("", "airflow")
    assert any("\u4e00" <= letter <= "\u9fff" for letter in dag.doc_md or ""), "doc_md speaks both languages"


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_a_dag_never_overtakes_itself(dags: dict[str, DAG], dag_id: str) -> None:
    dag = dags[dag_id]
    assert dag.max_active_runs == 1
    assert not dag.catchup
    assert "Asia/Shanghai" in repr(dag.timetable)


@pytest.mark.parametrize("dag_id", BELLS)
def test_a_dag_has_a_sweep_beside_its_bell(dags: dict[str, DAG], dag_id: str) -> None:
    dag = dags[dag_id]
    assert type(dag.timetable).__name__ == "AssetOrTimeSchedule"


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


def test_the_steps_of_the_night_are_those_of_the_command_each_on_its_own(dags: dict[str, DAG]) -> None:
    from citypulse.house.keep_house import STEPS

    dag = dags["keep_house"]
    by_weight = sorted(dag.tasks, key=lambda task: -task.priority_weight)
    assert [task.task_id for task in by_weight] == list(STEPS)
    assert not any(task.downstream_task_ids for task in dag.tasks), "no failure hides behind a later step"
    assert dag.max_active_tasks == 1
    assert dag.get_task("releases").pool == "warehouse"


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


@pytest.mark.parametrize("file", sorted((PROJECT_ROOT / "dags").glob("*.py")), ids=lambda file: file.stem)
def test_reading_a_dag_file_loads_no_heavy_module(file: Path) -> None:
    loaded = imported(file, set())
    assert "ingestion.contract" in loaded or "citypulse.schedule" in loaded, "the imports were not followed"
    assert {name.partition(".")[0] for name in loaded} & HEAVY == set(), "import it inside the task"


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


def test_the_message_of_a_foreign_error_never_leaves_the_task() -> None:
    from citypulse.schedule import task_edge

    with pytest.raises(CitypulseError) as caught, task_edge():
        raise KeyError("a quoted row")
    assert "quoted" not in str(caught.value)
    assert "KeyError" in str(caught.value)
    assert "test_dags.py" in str(caught.value)
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None
