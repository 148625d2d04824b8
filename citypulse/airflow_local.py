"""From files in the inbox to a brief, by Airflow alone: start it, deliver, watch it react, end it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from citypulse.airflow_processes import Airflow, Watch, print_line, standalone
from citypulse.airflow_settings import environment
from ingestion.errors import (
    BuildFailed,
    CitypulseError,
    ContractError,
    DeliveriesRefused,
    GateBlocked,
    IntegrityError,
    NothingToDo,
    WarehouseBusy,
)
from ingestion.settings import Settings

__all__ = ["Airflow", "Reaction", "environment", "react", "serve", "standalone"]

CALM_SECONDS = 3  # a run may still be on its way between two that we see
IDLE_SECONDS = 45  # longer than a repeated ring: nothing more will come
KINDS = (BuildFailed, ContractError, DeliveriesRefused, GateBlocked, IntegrityError, WarehouseBusy)
TOLD = {"running", "success", "skipped", "up_for_retry", "failed"}


@dataclass(frozen=True)
class Reaction:
    """What came of a delivery, and how long it took. `is_new` is false when the served release held it already."""

    release_id: str
    briefs: list[Path]
    is_new: bool
    boot_seconds: float
    reaction_seconds: float


@dataclass
class Runs:
    """Follows the runs of one Airflow: tells each change once, fails with the first failed task."""

    airflow: Airflow
    watch: Watch
    since: datetime
    started: float = field(default_factory=time.monotonic)
    states: dict[tuple[str, str, str], str] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def look(self) -> None:
        self.airflow.check_alive()
        for run in self.airflow.api.task_runs(self.since):
            key = (run.dag, run.run, run.task)
            if run.state in TOLD and self.states.get(key) != run.state:
                self.states[key] = run.state
                self.watch(f"{self.seconds:5.1f} s  {run.name} {run.state}")
            if run.state == "failed":
                raise failure(run.name, self.airflow.logs / run.log)


def serve(settings: Settings, *, watch: Watch = print_line) -> None:
    """Keep Airflow running for daily work, until Ctrl-C or until one of its components dies."""
    with suppress(KeyboardInterrupt), standalone(settings, watch=watch) as airflow:
        watch(f"Airflow: deliver into {settings.inbox}/<feed>; the pages speak your browser's language; Ctrl-C ends it")
        while True:
            airflow.check_alive()
            time.sleep(1)


def react(
    settings: Settings, *, deliver: Callable[[], object], timeout: float = 1800, watch: Watch = print_line
) -> Reaction:
    """Start Airflow, let `deliver` put files into the inbox, wait until all is landed, released and briefed."""
    began, since = time.monotonic(), datetime.now(UTC)
    before, _ = served_brief(settings)
    with standalone(settings, watch=watch) as airflow:
        boot_seconds = time.monotonic() - began
        watch("deliver")
        deliver()
        runs = Runs(airflow, watch, since)
        release_id, briefs = _wait_for_brief(settings, runs, timeout)
        return Reaction(release_id, briefs, release_id != before, boot_seconds, runs.seconds - CALM_SECONDS)


def _wait_for_brief(settings: Settings, runs: Runs, timeout: float) -> tuple[str, list[Path]]:
    calm_since: float | None = None
    while runs.seconds < timeout:
        runs.look()
        is_calm = not inbox_files(settings) and runs.airflow.api.active_runs() == 0
        calm_since = (calm_since or time.monotonic()) if is_calm else None
        calm = time.monotonic() - calm_since if calm_since else 0.0
        release_id, briefs = served_brief(settings)
        if calm >= CALM_SECONDS and briefs:
            return release_id, briefs
        if calm >= IDLE_SECONDS:
            raise NothingToDo("All is landed, but no brief came of it.", next_step="see `citypulse status`.")
        time.sleep(1)
    waiting = ", ".join(path.name for path in inbox_files(settings)) or "none"
    raise CitypulseError(
        f"No brief after {timeout:.0f} s; files still in the inbox: {waiting}.",
        next_step=f"read the logs in {runs.airflow.logs}",
    )


def inbox_files(settings: Settings) -> list[Path]:
    """Everything that still lies in the inbox, sealed or not."""
    return sorted(path for path in settings.inbox.glob("*/*") if path.is_file() and not path.name.startswith("."))


def served_brief(settings: Settings) -> tuple[str, list[Path]]:
    """Id of the served release and the files of its brief; empty where there is none."""
    try:
        release_id = str(json.loads((settings.serving / "current.json").read_text())["release_id"])
    except FileNotFoundError:
        return "", []
    return release_id, sorted((settings.briefs / release_id).glob("brief_*"))


def failure(task: str, log: Path) -> CitypulseError:
    """The error a task ended with, out of its log, as the kind of error it was."""
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    details = [detail for line in lines for detail in json.loads(line).get("error_detail") or []]
    last = details[-1] if details else {"exc_type": "", "exc_value": "its log names no error."}
    kinds = {kind.__name__: kind for kind in KINDS}
    return kinds.get(last["exc_type"], CitypulseError)(f"{task} failed: {last['exc_value']} Its log: {log}")
