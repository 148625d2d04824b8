"""Days as the city counts them: official working days and heating seasons."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from ingestion.settings import Settings
from simulator.arrays import Flags, Ints, Moments
from simulator.seeds import read_seed

MARGIN = timedelta(days=400)


class CityCalendar:
    """Working days are weekdays, but for the official days off and make-up workdays; seasons are (first, last) days."""

    def __init__(self, exceptions: dict[date, bool], seasons: list[tuple[date, date]], until: date) -> None:
        self._start = np.datetime64(min([*exceptions, until]) - MARGIN, "D")
        days = np.arange(self._start, np.datetime64(max([*exceptions, until]) + MARGIN, "D"))
        is_workday: Flags = np.is_busday(days)
        for day, value in exceptions.items():
            is_workday[self._index(np.datetime64(day, "D"))] = value
        self._is_workday = is_workday
        self._workdays = np.flatnonzero(is_workday)
        self._seasons = seasons
        self.last_published = max(exceptions, default=date.min)

    def _index(self, days: Any) -> Any:
        return (days - self._start).astype(int)

    def is_workday(self, day: date) -> bool:
        return bool(self._is_workday[self._index(np.datetime64(day, "D"))])

    def nth_workday(self, days: Moments, counts: Ints) -> Moments:
        """The n-th working day after each day; the day itself does not count."""
        following = np.searchsorted(self._workdays, self._index(days.astype("datetime64[D]")), side="right")
        found: Moments = self._start + self._workdays[following + counts - 1]
        return found

    def due(self, dispatched: Moments, counts: Ints) -> Moments:
        """Dalian's "2·20" rule: the last moment of the n-th working day counted from the day after dispatch."""
        return (self.nth_workday(dispatched, counts) + 1).astype("datetime64[s]")

    def season_day(self, day: date) -> int | None:
        """Days since the heating season began, 0 on its first day; None when the city does not heat."""
        return next(((day - first).days for first, last in self._seasons if first <= day <= last), None)

    def is_heating(self, day: date) -> bool:
        return self.season_day(day) is not None


def load_calendar(settings: Settings, until: date) -> CityCalendar:
    """The calendar of the seeds; beyond its last published year only weekends are free."""
    day = date.fromisoformat
    exceptions = {day(row["date"]): row["is_workday"] == "true" for row in read_seed(settings, "calendar")}
    seasons = [(day(row["season_start"]), day(row["season_end"])) for row in read_seed(settings, "season_calendar")]
    return CityCalendar(exceptions, seasons, until)


def year_before(day: date) -> date:
    """The same day one year earlier; 29 February becomes the 28th."""
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if is_leap_day else day.day)
