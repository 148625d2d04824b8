"""The DAG that pushes releases is there only where a PostgreSQL is set, and listens for releases."""

from __future__ import annotations

import runpy

import pytest

from ingestion.settings import PROJECT_ROOT

FILE = str(PROJECT_ROOT / "dags" / "publish_snapshots.py")


def test_without_a_setting_there_is_no_such_dag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CITYPULSE_POSTGRES_URL", raising=False)
    assert "push_dag" not in runpy.run_path(FILE)


def test_with_one_it_listens_for_releases_and_never_overtakes_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYPULSE_POSTGRES_URL", "postgresql://canary@127.0.0.1/gov")
    dag = runpy.run_path(FILE)["push_dag"]
    assert dag.dag_id == "push_postgres"
    assert [task.task_id for task in dag.tasks] == ["push"]
    assert {asset.name for asset in dag.timetable.asset_condition.objects} == {"release"}
    assert dag.max_active_runs == 1
    assert dag.owner
    assert "canary" not in f"{dag.doc_md} {dag.description}"
