"""Have business days computed anew: leave a request for the build, and pull them again where a source can be asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from ingestion.collectors.run import collect_all, pulled_feeds
from ingestion.errors import CitypulseError, ContractError, NothingToDo
from ingestion.run_log import logged
from ingestion.settings import Settings
from warehouse.recompute import Request, ask


@dataclass
class RecomputeReport:
    """The request, and what was pulled for it. A feed that failed to be pulled is computed anew all the same."""

    request: Request
    rows_pulled: dict[str, int] = field(default_factory=dict)
    failures: list[CitypulseError] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        return self.failures[0].exit_code if self.failures else 0

    def data(self) -> dict[str, Any]:
        """The report for machines."""
        return {
            "request": asdict(self.request),
            "rows_pulled": self.rows_pulled,
            "failures": [str(failure) for failure in self.failures],
        }

    def line(self) -> str:
        """The report for people."""
        feeds = ", ".join(self.request.feeds) or "all feeds"
        pulled = f"; pulled {sum(self.rows_pulled.values())} rows" if self.rows_pulled else ""
        return (
            f"Request {self.request.number}: {self.request.first_date} to {self.request.last_date}, {feeds}{pulled}. "
            "The next build takes it: `citypulse run`, or Airflow."
        )


def recompute(
    settings: Settings, first: date, last: date, feeds: Iterable[str] = (), *, collect: bool = False
) -> RecomputeReport:
    """Ask for the days from `first` to `last`; with `collect`, pull them first from the feeds that have an API.

    Raises ContractError for an unknown feed or days in the wrong order.
    """
    wanted = list(feeds)
    with logged(settings, "recompute") as run:
        report = RecomputeReport(ask(settings, first, last, wanted))
        run.count(days=(last - first).days + 1)
        if collect:
            _collect(settings, report, wanted)
            run.count(received=sum(report.rows_pulled.values()), failures=len(report.failures))
    return report


def recompute_day(settings: Settings, day: str | None, feeds: Iterable[str], *, collect: bool) -> RecomputeReport:
    """The same for the one day that Airflow names as the partition of a run.

    Raises ContractError when it names none, and what kept a source from being pulled: the request stands by then.
    """
    try:
        wanted = date.fromisoformat(day or "")
    except ValueError:
        raise ContractError(
            "This run names no business day.",
            next_step="use the backfill form, or trigger it with a partition key such as 2026-01-31.",
        ) from None
    report = recompute(settings, wanted, wanted, feeds, collect=collect)
    if report.failures:
        raise report.failures[0]
    return report


def _collect(settings: Settings, report: RecomputeReport, wanted: list[str]) -> None:
    able = [feed for feed in pulled_feeds(settings) if feed in wanted or not wanted]
    if not able:
        return
    since = datetime.combine(date.fromisoformat(report.request.first_date), time())
    until = datetime.combine(date.fromisoformat(report.request.last_date) + timedelta(days=1), time())
    try:
        done = collect_all(settings, able, since=since, until=until)
    except NothingToDo:
        return
    report.rows_pulled = {pulled.feed: pulled.rows for pulled in done.pulled}
    report.failures = done.failures
