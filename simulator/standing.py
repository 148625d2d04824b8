"""When the registers of property and capacity begin and change: all at once a year before, then a few rows a week."""

from __future__ import annotations

from datetime import date, timedelta

from simulator.calendar import year_before
from simulator.run import Run

WEDNESDAY = 2


def opened_on(run: Run) -> date:
    """New Year's Day of the year in which last year's window begins."""
    return date(year_before(run.first).year, 1, 1)


def change_days(run: Run) -> list[date]:
    """The Wednesdays of the window and of the fortnight before it: few days, for each is a partition of its own."""
    first = run.first - timedelta(days=14)
    first += timedelta(days=(WEDNESDAY - first.weekday()) % 7)
    return [first + timedelta(days=n) for n in range(0, (run.until - first).days + 1, 7)]


def lived_days(run: Run) -> list[date]:
    """Days on which something is held: last year's window, and from New Year or a fortnight before the window on."""
    first = min(date(run.until.year, 1, 1), run.first - timedelta(days=14))
    before = [day for month in run.history for day in month if day < first]
    return [*before, *(first + timedelta(days=n) for n in range((run.until - first).days + 1))]
