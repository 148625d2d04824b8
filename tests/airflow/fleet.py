"""A real Airflow, started by our own launcher, whose processes a test may kill, freeze and start again."""

from __future__ import annotations

import signal
import sqlite3
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from unittest import mock
from urllib.error import HTTPError

from citypulse import airflow_processes
from citypulse.airflow_api import AirflowApi, TaskRun
from citypulse.airflow_settings import airflow_home, environment
from ingestion.settings import Settings
from tests.airflow.processes import lock_holder, parent_of, send, session_members, titles
from tests.airflow.waiting import wait_for

# What takes minutes by default; everything else runs as in daily work.
SOONER = {
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "45",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
}
COMMANDS = {command[0]: command for command in (*airflow_processes.FIRST, *airflow_processes.THEN)}


@dataclass(frozen=True)
class Worker:
    """One attempt at a task: the process that does the work, and the one that watches it and talks to Airflow."""

    child: int
    supervisor: int

    def kill(self) -> None:
        send([self.child], signal.SIGKILL)

    def freeze(self) -> None:
        send([self.supervisor, self.child], signal.SIGSTOP)

    def thaw(self) -> None:
        send([self.supervisor, self.child], signal.SIGCONT)

    def freeze_supervisor(self) -> None:
        send([self.supervisor], signal.SIGSTOP)


class Fleet:
    """Airflow on one home, again and again."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._stack = ExitStack()
        self._variables: dict[str, str] = {}
        self._leaders: set[int] = set()
        self._airflow: airflow_processes.Airflow | None = None

    @property
    def airflow(self) -> airflow_processes.Airflow:
        assert self._airflow is not None, "Airflow is not running"
        return self._airflow

    @property
    def api(self) -> AirflowApi:
        return self.airflow.api

    def start(self) -> None:
        """Start Airflow as `make serve` does, and wait until it is healthy."""
        with mock.patch.object(airflow_processes, "environment", self._environment):
            started = airflow_processes.standalone(self.settings, watch=lambda line: print(f"    {line}"))
            self._airflow = self._stack.enter_context(started)
        self._leaders |= {process.pid for process in self.airflow.processes.values()}

    def stop(self) -> None:
        """End Airflow in good order, and then whatever of it a kill has orphaned."""
        self._stack.close()
        self._airflow = None
        send(session_members(self._leaders), signal.SIGKILL)

    def kill_all(self) -> None:
        """As a power cut: every process of Airflow and every task, at once."""
        send(session_members(self._leaders), signal.SIGKILL)
        self.stop()

    def kill(self, component: str) -> None:
        """`kill -9` of one component; what it had started lives on."""
        process = self.airflow.processes[component]
        process.kill()
        process.wait()

    def restart(self, component: str) -> None:
        """Start a dead component again, as systemd would, and wait for its heartbeat."""
        started = now()
        process = airflow_processes._start(COMMANDS[component], self._variables, self.airflow.logs)
        self.airflow.processes[component] = process
        self._leaders.add(process.pid)
        wait_for(f"heartbeat of the {component}", lambda: self._heartbeat(component) > started, 120)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One question to the REST API below /api/v2; SQLite refuses a writer whose view is old at once, so again."""
        for _ in range(5):
            try:
                return self.api._authorised(method, path, body)
            except HTTPError as error:
                if error.code != 500:
                    raise
                time.sleep(0.5)
        raise AssertionError(f"{method} {path}: Airflow's server cannot answer")

    def pause(self, dag: str, is_paused: bool = True) -> None:
        self.ask("PATCH", f"/dags/{dag}", {"is_paused": is_paused})

    def keep_awake(self, dags: set[str]) -> None:
        """Pause all other DAGs while Airflow is down: their sweep at the start would only make the tests slower."""
        listed = ", ".join(f"'{dag}'" for dag in sorted(dags))
        with closing(sqlite3.connect(airflow_home(self.settings) / "airflow.db")) as database, database:
            database.execute(f"UPDATE dag SET is_paused = dag_id NOT IN ({listed})")

    def tasks(self, dag: str, task: str, since: datetime) -> list[TaskRun]:
        """The runs of one task that started since a moment, oldest first."""
        return [run for run in self.api.task_runs(since) if (run.dag, run.task) == (dag, task)]

    def worker_holding(self, lock: str, seconds: float = 900) -> Worker:
        """Whoever holds a lock of the home: a step has begun."""
        path = self.settings.locks / f"{lock}.lock"
        pid = wait_for(f"holder of {lock}.lock", lambda: lock_holder(path), seconds, every=0.01)
        return Worker(pid, parent_of(pid))

    def worker_of(self, dag: str, task: str, seconds: float = 900) -> Worker:
        """The process at work on a task."""

        def look() -> Worker | None:
            path = f"/dags/{dag}/dagRuns/~/taskInstances?task_id={task}&state=running&limit=10"
            running = {item["id"] for item in self.ask("GET", path)["task_instances"]}
            for pid, title in titles().items():
                if title.startswith("airflow worker -- ") and title.removeprefix("airflow worker -- ") in running:
                    return Worker(pid, parent_of(pid))
            return None

        return wait_for(f"process of {dag}.{task}", look, seconds, every=0.05)

    def wait_until_calm(self, seconds: float) -> None:
        """Wait until no run is queued or running, twice in a row with a moment between."""

        def is_calm() -> bool:
            if self.api.active_runs():
                return False
            time.sleep(2)
            return self.api.active_runs() == 0

        wait_for("calm", is_calm, seconds)

    def _heartbeat(self, component: str) -> datetime:
        told = self.ask("GET", "/monitor/health")[component][f"latest_{component}_heartbeat"]
        return datetime.fromisoformat(told)

    def _environment(self, settings: Settings) -> dict[str, str]:
        self._variables = {**environment(settings), **SOONER}
        return self._variables


def now() -> datetime:
    return datetime.now(UTC)
