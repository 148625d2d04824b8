"""The order of the steps from delivered files to a published brief, as the command line runs them."""

from __future__ import annotations

import functools
import importlib
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ingestion.contract import load_contracts
from ingestion.drain import land_all
from ingestion.errors import NothingToDo
from ingestion.inbox import deliveries
from ingestion.land import LandReport
from ingestion.receipts import all_receipts
from ingestion.settings import Settings, silence_telemetry

Watch = Callable[[str], None]


@dataclass
class RunReport:
    """What one run did, step by step; a step that had nothing to do is missing."""

    landed: list[LandReport] = field(default_factory=list)
    release_id: str = ""
    checks_passed: int = 0
    checks_total: int = 0
    briefs: list[Path] = field(default_factory=list)


def run(settings: Settings, watch: Watch = lambda step: None) -> RunReport:
    """Do whatever is due: land, build, gate, release, snapshot.

    Raises NothingToDo when nothing waited and the served release already shows everything that has landed.
    """
    report = RunReport()
    contracts = load_contracts(settings).values()
    if not any(deliveries(settings, contract) for contract in contracts) and is_current(settings):
        raise NothingToDo("Everything that has landed is already published.")
    watch("land")
    warming = warm_up(settings)
    with suppress(NothingToDo):
        report.landed = land_all(settings)
    warming.join()
    if not report.landed and is_current(settings):
        raise NothingToDo("Nothing sealed is waiting, and everything that has landed is already published.")
    publish_all(settings, report, watch)
    return report


def publish_all(settings: Settings, report: RunReport, watch: Watch = lambda step: None) -> None:
    """Build, audit, release and write the briefs."""
    from expectations.gate import audit
    from reporting.site.write import write_site
    from reporting.snapshot import write_snapshots
    from warehouse.build import build
    from warehouse.release import publish

    watch("build")
    build(settings)
    watch("gate")
    gate = audit(settings)
    report.checks_passed, report.checks_total = gate.passed, gate.total
    watch("release")
    with suppress(NothingToDo):
        publish(settings, checks_passed=gate.passed, checks_total=gate.total)
    report.release_id = served(settings)["release_id"]
    watch("snapshot")
    report.briefs = write_snapshots(settings)
    watch("site")
    write_site(settings)


def served(settings: Settings) -> dict[str, str]:
    """The pointer to the served release; empty before the first."""
    pointer = settings.serving / "current.json"
    found: dict[str, str] = json.loads(pointer.read_text(encoding="utf-8")) if pointer.exists() else {}
    return found


def is_current(settings: Settings) -> bool:
    """Whether the served release and its briefs show every delivery that has landed, with today's models."""
    from warehouse.release import due_release_id

    release_id = served(settings).get("release_id")
    has_briefs = bool(release_id) and any((settings.briefs / str(release_id)).glob("brief_[0-9]*.pdf"))
    return has_briefs and release_id == due_release_id(settings, all_receipts(settings))


@functools.cache
def warm_up(settings: Settings) -> threading.Thread:
    """Load what the later steps need while others work: their imports and dbt's first parse take half a minute."""

    def load() -> None:
        from warehouse.build import parse_project

        parse_project(settings)
        for module in ("great_expectations", "typst"):
            importlib.import_module(module)

    silence_telemetry()
    thread = threading.Thread(target=load, name="warm-up", daemon=True)
    thread.start()
    return thread
