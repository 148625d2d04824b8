"""The night's work, step by step: from the command line all of them in turn, in Airflow a task each."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from citypulse.house.airflow_tables import clean_airflow
from citypulse.house.backup import back_up
from citypulse.house.landing import keep_landing
from citypulse.house.retention import clear_old_files, prune_releases
from citypulse.house.scan import scan
from ingestion.durable import exclusive
from ingestion.errors import CitypulseError, ContractError, NothingToDo
from ingestion.run_log import logged
from ingestion.settings import Settings, local_now

Watch = Callable[[str], None]
STEPS: dict[str, Callable[[Settings, datetime], dict[str, int]]] = {
    "landing": lambda settings, now: keep_landing(settings),
    "releases": prune_releases,
    "logs": clear_old_files,
    "airflow": clean_airflow,
    "scan": scan,
    "backup": back_up,
}


@dataclass(frozen=True)
class Step:
    """What became of one step: done, idle or failed."""

    name: str
    outcome: str
    seconds: float
    text: str
    counts: dict[str, int] = field(default_factory=dict)


@dataclass
class HouseReport:
    """All steps of one run; the exit code is that of the gravest failure, 3 when no step had anything to do."""

    steps: list[Step] = field(default_factory=list)
    exit_code: int = 0


def run_step(settings: Settings, name: str) -> dict[str, int]:
    """One step, alone in the house. Returns its counts.

    Raises NothingToDo where there is nothing to do, WarehouseBusy while another step is at work, and what it found.
    """
    with (
        exclusive(settings.locks / "keep_house.lock", "The house"),
        logged(settings, "keep_house", name) as run,
    ):
        counts = STEPS[name](settings, local_now())
        run.count(**counts)
        return counts


def keep_house(settings: Settings, only: Sequence[str] = (), watch: Watch = lambda step: None) -> HouseReport:
    """Do all steps, or those named; one that fails stops no other. Raises ContractError for an unknown one."""
    if unknown := [name for name in only if name not in STEPS]:
        raise ContractError(f"No step named {unknown[0]!r}.", next_step=f"choose among {', '.join(STEPS)}.")
    report = HouseReport()
    for name in only or STEPS:
        watch(f"house.{name}")
        started = time.monotonic()
        outcome, counts = "done", {}
        try:
            counts = run_step(settings, name)
            text = ", ".join(f"{what.replace('_', ' ')} {count}" for what, count in counts.items())
        except NothingToDo as idle:
            outcome, text = "idle", idle.message
        except CitypulseError as error:
            outcome, text = "failed", str(error)
            report.exit_code = max(report.exit_code, error.exit_code)
        report.steps.append(Step(name, outcome, round(time.monotonic() - started, 1), text, counts))
    if all(step.outcome == "idle" for step in report.steps):
        report.exit_code = NothingToDo.exit_code
    return report
