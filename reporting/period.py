"""The span of time a brief tells of, and the spans it is compared with: month, week, quarter, season, month to date.

All days are local (Asia/Shanghai) and both ends belong to the span.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from ingestion.errors import ContractError, NothingToDo

Kind = Literal["daily", "weekly", "monthly", "quarterly", "season"]
KINDS: tuple[Kind, ...] = ("daily", "weekly", "monthly", "quarterly", "season")
DAY = timedelta(days=1)
LAST_EVENT = timedelta(hours=3)  # the last event of a day may lie so long before midnight
WRITTEN = {
    "daily": (r"([12][0-9]{3})-([0-9]{2})-([0-9]{2})", "YYYY-MM-DD, for example 2026-01-31"),
    "weekly": (r"([12][0-9]{3})-W([0-9]{2})", "YYYY-Www, for example 2026-W05"),
    "monthly": (r"([12][0-9]{3})-([0-9]{2})", "YYYY-MM, for example 2026-01"),
    "quarterly": (r"([12][0-9]{3})-Q([1-4])", "YYYY-Qn, for example 2026-Q1"),
    "season": (r"([12][0-9]{3})-([0-9]{2})", "YYYY-YY, for example 2025-26"),
}


@dataclass(frozen=True)
class Season:
    """One heating season, as declared (seed season_calendar.csv)."""

    name: str
    start: date
    end: date


@dataclass(frozen=True)
class Period:
    """A span of days that a brief may tell of. `name` is how files and commands write it."""

    kind: Kind
    name: str
    start: date
    end: date

    @property
    def days(self) -> list[date]:
        return [self.start + DAY * n for n in range((self.end - self.start).days + 1)]


def holding(kind: Kind, day: date, seasons: Sequence[Season] = ()) -> Period | None:
    """The period in which a day lies. A day is the last of its own month to date; outside the season there is none."""
    if kind == "daily":
        return Period(kind, f"{day:%Y-%m-%d}", month_start(day), day)
    if kind == "weekly":
        year, week, weekday = day.isocalendar()
        monday = day - DAY * (weekday - 1)
        return Period(kind, f"{year}-W{week:02}", monday, monday + DAY * 6)
    if kind == "monthly":
        return Period(kind, f"{day:%Y-%m}", month_start(day), month_end(day))
    if kind == "quarterly":
        quarter = (day.month - 1) // 3 + 1
        first = date(day.year, 3 * quarter - 2, 1)
        return Period(kind, f"{day.year}-Q{quarter}", first, month_end(date(day.year, 3 * quarter, 1)))
    found = next((season for season in seasons if season.start <= day <= season.end), None)
    return Period(kind, found.name, found.start, found.end) if found else None


def last_before(kind: Kind, day: date, seasons: Sequence[Season] = ()) -> Period | None:
    """The newest period that is over when a day begins; for the season none before the first."""
    if kind == "season":
        over = [season for season in seasons if season.end < day]
        newest = max(over, key=lambda season: season.end, default=None)
        return Period(kind, newest.name, newest.start, newest.end) if newest else None
    yesterday = holding(kind, day - DAY)
    assert yesterday is not None
    return yesterday if yesterday.end < day else holding(kind, yesterday.start - DAY)


def last_whole_day(as_of: datetime) -> date:
    """The last day of which data as of a moment tell all."""
    return (as_of + LAST_EVENT).date() - DAY


def period_before(period: Period) -> Period | None:
    """What 环比 compares with: the period before; for a month to date the same days of the month before.

    A season has none: what lies before it is the summer.
    """
    if period.kind == "season":
        return None
    if period.kind == "daily":
        last = month_end(period.start - DAY)
        return holding("daily", min(last, last.replace(day=1) + (period.end - period.start)))
    return holding(period.kind, period.start - DAY)


def year_before(period: Period, seasons: Sequence[Season] = ()) -> Period | None:
    """What 同比 compares with: the same days a year before, for the season the one before it.

    A week has the same dates, not the same ISO number: seven days in a row hold each weekday once.
    """
    if period.kind == "season":
        return last_before("season", period.start, seasons)
    if period.kind == "weekly":
        first = a_year_before(period.start)
        return Period("weekly", f"{first:%Y-%m-%d}", first, first + DAY * 6)
    return holding(period.kind, a_year_before(period.end))


def to_date(season: Period, before: Period | None, day: date) -> tuple[Period, Period | None]:
    """A season that still runs, up to a day, and the season before it up to the same day of the season."""
    cut = replace(season, end=day)
    if before is None:
        return cut, None
    return cut, replace(before, end=min(before.end, before.start + (day - season.start)))


def touched(period: Period, seasons: Sequence[Season]) -> Season | None:
    """The heating season in which a period has days; of a month to date its last day counts."""
    first = period.end if period.kind == "daily" else period.start
    return next((season for season in seasons if season.start <= period.end and season.end >= first), None)


def named(kind: Kind, name: str, seasons: Sequence[Season] = ()) -> Period:
    """The period of that name. Raises ContractError when it is not written as its kind is, or is no such day or week.

    Raises NothingToDo for a season the calendar does not hold.
    """
    pattern, example = WRITTEN[kind]
    wrong = ContractError(f"The period is not {WORDS[kind]}.", next_step=f"write it as {example}.")
    found = re.fullmatch(pattern, name, re.ASCII)
    if found is None:
        raise wrong
    if kind == "season":
        season = next((season for season in seasons if season.name == name), None)
        if season is None:
            raise NothingToDo(f"The season calendar has no season {name}.", next_step="see season_calendar.csv.")
        return Period(kind, name, season.start, season.end)
    try:
        period = holding(kind, _some_day(kind, [int(part) for part in found.groups()]))
    except ValueError:
        raise wrong from None
    assert period is not None
    return period


WORDS = {"daily": "a day", "weekly": "a week", "monthly": "a month", "quarterly": "a quarter", "season": "a season"}


def _some_day(kind: Kind, numbers: list[int]) -> date:
    if kind == "daily":
        return date(numbers[0], numbers[1], numbers[2])
    if kind == "weekly":
        return date.fromisocalendar(numbers[0], numbers[1], 1)
    return date(numbers[0], 3 * numbers[1] if kind == "quarterly" else numbers[1], 1)


def month_start(day: date) -> date:
    return day.replace(day=1)


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def month_before(month: date) -> date:
    return (month - DAY).replace(day=1)


def a_year_before(day: date) -> date:
    """The same date; 29 February has 28 February."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
