"""How many cases a day brings: weekly rhythm, holidays, and the course of a heating season."""

from __future__ import annotations

from datetime import date
from math import exp

from simulator.run import Run

OTHER_PER_DAY = 345.0
HEATING_PER_DAY = 81.0
# Buildings that go cold in a day of average season; about 15 neighbours call of each, on top of the above.
OUTAGES_PER_DAY = 0.28
HEATING_OUT_OF_SEASON = 3.0
DIRECT_LINE_PER_DAY = 24.0
GRID_PER_DAY = 160.0
# Last year's level from the published falls of 2022-23: city platform -14.18 %, provincial direct line -54.31 %.
CITY_HEATING_BEFORE = 1 / (1 - 0.1418)
DIRECT_LINE_BEFORE = 1 / (1 - 0.5431)
OTHER_BEFORE = 0.97
MONDAY_TO_SUNDAY = (1.15, 1.10, 1.06, 1.03, 1.02, 0.86, 0.78)
DAY_OFF = 0.72


def rhythm(run: Run, day: date) -> float:
    """Mondays are busy and holidays quiet; a make-up workday is an ordinary day."""
    if run.calendar.is_workday(day):
        return MONDAY_TO_SUNDAY[day.weekday()] if day.weekday() < 5 else 1.0
    return min(MONDAY_TO_SUNDAY[day.weekday()], DAY_OFF if day.weekday() < 5 else 1.0)


def season_course(run: Run, day: date) -> float:
    """Many calls when the heat comes on and in deep winter, few in spring; about 1 over the season, 0 outside."""
    day_number = run.calendar.season_day(day)
    if day_number is None:
        return 0.0
    return 0.66 + 1.0 * exp(-day_number / 9) + 0.55 * exp(-(((day_number - 75) / 30) ** 2))


def other_cases(run: Run, day: date, *, is_history: bool) -> float:
    """Expected cases of the city hotline that are not about heating."""
    return run.scale * OTHER_PER_DAY * rhythm(run, day) * (OTHER_BEFORE if is_history else 1)


def heating_cases(run: Run, day: date, *, is_history: bool) -> float:
    """Expected heating cases of the city hotline."""
    level = max(HEATING_PER_DAY * season_course(run, day), HEATING_OUT_OF_SEASON)
    return run.scale * level * rhythm(run, day) * (CITY_HEATING_BEFORE if is_history else 1)


def outages(run: Run, day: date, *, is_history: bool) -> float:
    """Expected heating outages of a whole building or compound; a small city has few, not small ones."""
    level = OUTAGES_PER_DAY * season_course(run, day)
    return run.scale * level * (CITY_HEATING_BEFORE if is_history else 1)


def direct_line_cases(run: Run, day: date, *, is_history: bool) -> float:
    """Expected cases of the provincial direct line; it is open in the season only."""
    level = DIRECT_LINE_PER_DAY * season_course(run, day)
    return run.scale * level * rhythm(run, day) * (DIRECT_LINE_BEFORE if is_history else 1)


def grid_events(run: Run, day: date) -> float:
    """Expected events reported by the grid workers."""
    return run.scale * GRID_PER_DAY * rhythm(run, day)
