"""The gate: run every suite over the build, keep and show the results, and block what is not fit to publish."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from expectations.page import write_page
from expectations.results import remember_last_release, store
from expectations.runner import Outcome, run_suites
from expectations.suite import load_suites
from ingestion.contract import load_contracts
from ingestion.errors import GateBlocked
from ingestion.lineage import Dataset, table_name
from ingestion.run_log import LiveRun
from ingestion.settings import Settings, local_now
from warehouse.build_info import read_build_info, require_warehouse
from warehouse.engine import connect, writer_lock
from warehouse.runs import observed

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class GateReport:
    """The verdict on one build. Checks are named `<suite>.<check>`."""

    run_id: str
    passed: int
    total: int
    failed_critical: list[str]
    failed_warning: list[str]
    page: Path


def audit(settings: Settings) -> GateReport:
    """Audit the build in the warehouse. Raises GateBlocked, results kept and shown, when it is not fit."""
    require_warehouse(settings)
    with observed(settings, "gate") as run:
        report = _audit(settings, run)
        run.release_id = report.run_id
        run.count(
            checks_passed=report.passed,
            checks_total=report.total,
            critical_failed=len(report.failed_critical),
            warnings_failed=len(report.failed_warning),
        )
        run.outputs = [Dataset("dq.check_result", rows=report.total)]
        if report.failed_critical:
            raise GateBlocked(
                f"Not fit to publish: {', '.join(report.failed_critical)}.",
                next_step=f"open {report.page}, ask the owners named there, land corrected data, then run again.",
            )
    return report


def _audit(settings: Settings, run: LiveRun) -> GateReport:
    contracts = load_contracts(settings)
    suites = load_suites(settings, contracts)
    with writer_lock(settings):
        with connect(settings.warehouse_db, settings=settings) as connection:
            build = read_build_info(connection)
            remember_last_release(connection, settings)
        outcomes = run_suites(settings, suites)
        with connect(settings.warehouse_db, settings=settings) as connection:
            store(connection, build.release_id, local_now(), outcomes)
            write_page(settings, connection, build, contracts, outcomes)
    run.inputs = [Dataset(table_name(table)) for table in sorted({outcome.table for outcome in outcomes})]
    report = _report(settings, build.release_id, outcomes)
    log.info(
        "run=%s passed=%d total=%d failed_critical=%d failed_warning=%d",
        *(report.run_id, report.passed, report.total, len(report.failed_critical), len(report.failed_warning)),
    )
    return report


def _report(settings: Settings, run_id: str, outcomes: list[Outcome]) -> GateReport:
    failed = [outcome for outcome in outcomes if not outcome.success]
    return GateReport(
        run_id=run_id,
        passed=len(outcomes) - len(failed),
        total=len(outcomes),
        failed_critical=[outcome.name for outcome in failed if outcome.check.severity == "critical"],
        failed_warning=[outcome.name for outcome in failed if outcome.check.severity == "warning"],
        page=settings.site / "quality.html",
    )
