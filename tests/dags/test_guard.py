"""What every Airflow process does for us at its start, seen in real ones."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingestion.settings import PROJECT_ROOT

SECONDS = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_an_exposed_server_never_listens(tmp_path: Path) -> None:
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    path = os.pathsep.join([str(PROJECT_ROOT), os.environ["PYTHONPATH"]])
    home = {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__API__PORT": str(port), "PYTHONPATH": path}
    started = subprocess.Popen(
        [sys.executable, "-m", "airflow", "api-server", "--host", "0.0.0.0"],
        env={**kept, **home},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while started.poll() is None:
            time.sleep(0.02)
            with socket.socket() as knock:
                assert knock.connect_ex(("127.0.0.1", port)) != 0
        _, said = started.communicate(timeout=SECONDS)
    finally:
        started.kill()
    assert started.returncode == 1
    assert "SimpleAuthManager" in said
    assert "拒绝启动" in said
    assert not (tmp_path / "airflow.db").exists(), "it ended before it touched a database"


def test_writers_go_to_their_queue_where_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.settings import task_policy

    def queue(pool: str) -> str:
        operator = EmptyOperator(task_id="t", pool=pool)
        task_policy(operator)
        return operator.queue

    usual = queue("warehouse")
    monkeypatch.setenv("CITYPULSE_WAREHOUSE_QUEUE", "writers")
    assert queue("warehouse") == "writers"
    assert queue("default_pool") == usual
