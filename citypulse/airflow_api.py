"""The few questions we ask Airflow's REST API, over loopback only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from ingestion.errors import CitypulseError

COMPONENTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")
PAGE = 100  # [api] maximum_page_limit
OPENER = build_opener(ProxyHandler({}))  # never by way of a proxy: this is our own machine


@dataclass(frozen=True)
class TaskRun:
    """One task of one DAG run, as it stands now."""

    dag: str
    run: str
    task: str
    state: str
    attempt: int

    @property
    def name(self) -> str:
        return f"{self.dag}.{self.task}"

    @property
    def log(self) -> str:
        """Its log file below Airflow's log folder."""
        return f"dag_id={self.dag}/run_id={self.run}/task_id={self.task}/attempt={self.attempt}.log"


class AirflowApi:
    """A client of one Airflow on this machine."""

    def __init__(self, base_url: str, password: str) -> None:
        self.base_url = base_url
        self._password = password
        self._token = ""

    def answers(self) -> bool:
        """Whether the server is up. Also wakes the part that tasks talk to, which is built at its first request."""
        try:
            self._call("GET", "/execution/health")
        except (OSError, json.JSONDecodeError):
            return False
        return True

    def unhealthy(self) -> list[str]:
        """Components that are not healthy yet."""
        health = self._call("GET", "/api/v2/monitor/health")
        return [name for name in COMPONENTS if health[name]["status"] != "healthy"]

    def dag_ids(self) -> set[str]:
        return {dag["dag_id"] for dag in self._all("/dags", "dags")}

    def import_errors(self) -> list[str]:
        """DAG files that could not be read."""
        return [str(error["filename"]) for error in self._all("/importErrors", "import_errors")]

    def ensure_pool(self, name: str, slots: int, description: str) -> None:
        if name not in {pool["name"] for pool in self._all("/pools", "pools")}:
            body = {"name": name, "slots": slots, "description": description, "include_deferred": True}
            self._authorised("POST", "/pools", body)

    def active_runs(self) -> int:
        """DAG runs that are queued or running."""
        found = self._get("/dags/~/dagRuns", state=["queued", "running"], limit=1)
        return int(found["total_entries"])

    def task_runs(self, since: datetime) -> list[TaskRun]:
        """Tasks that started since a moment, oldest first."""
        place = "/dags/~/dagRuns/~/taskInstances"
        found = self._all(place, "task_instances", start_date_gte=since.isoformat(), order_by="start_date")
        runs = sorted(found, key=lambda item: str(item["start_date"]))
        return [
            TaskRun(item["dag_id"], item["dag_run_id"], item["task_id"], item["state"] or "waiting", item["try_number"])
            for item in runs
        ]

    def _all(self, path: str, name: str, **parameters: Any) -> list[dict[str, Any]]:
        """All entries of a list, page by page: Airflow gives no more than a hundred at once, whatever is asked for."""
        found: list[dict[str, Any]] = []
        while True:
            page = self._get(path, **parameters, limit=PAGE, offset=len(found))
            found += page[name]
            if not page[name] or len(found) >= page["total_entries"]:
                return found

    def _get(self, path: str, **parameters: Any) -> Any:
        return self._authorised("GET", f"{path}?{urlencode(parameters, doseq=True)}", None)

    def _authorised(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        if not self._token:
            self._token = self._log_in()
        return self._call(method, f"/api/v2{path}", body, {"Authorization": f"Bearer {self._token}"})

    def _log_in(self) -> str:
        try:
            answer = self._call("POST", "/auth/token", {"username": "admin", "password": self._password})
        except HTTPError as error:  # two installations that start at once may find the same port free
            raise CitypulseError(
                f"{self.base_url} refuses our password (HTTP {error.code}): another Airflow may have the port.",
                next_step="start again; the next free port will be used.",
            ) from error
        return str(answer["access_token"])

    def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(
            self.base_url + path, data, {"Content-Type": "application/json", **(headers or {})}, method=method
        )
        with OPENER.open(request, timeout=90) as answer:
            return json.load(answer)
