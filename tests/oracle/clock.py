"""Section 3 of docs/hotline-method.md by hand: days counted one by one, time walked from midnight to midnight.

An oracle: slow, plain, standard library only. It shares no code with the product.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

CALENDAR = Path(__file__).parents[2] / "dbt_project" / "seeds" / "calendar.csv"
DAY = timedelta(days=1)
NOTHING = timedelta(0)


@dataclass(frozen=True)
class Calendar:
    """The days the notices name, and the years that have a notice of their own."""

    named: dict[date, bool]
    years: frozenset[int]

    def is_working(self, day: date) -> bool:
        """Section 3: the official calendar; a day it does not name works from Monday to Friday."""
        return self.named.get(day, day.weekday() < 5)

    def is_official(self, day: date) -> bool:
        return day.year in self.years


@dataclass(frozen=True)
class Rule:
    """How long (`value` of `unit`), and from when (`start_rule`)."""

    value: int
    unit: str
    start_rule: str


@dataclass(frozen=True)
class Pause:
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Extension:
    requested_at: datetime
    days: int


@dataclass(frozen=True)
class Segment:
    state: str
    from_at: datetime
    to_at: datetime


def read_calendar(path: Path = CALENDAR) -> Calendar:
    """calendar.csv: a year is official when a notice bears its number (2006 lends only two days to that of 2007)."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    named = {date.fromisoformat(row["date"]): row["is_workday"] == "true" for row in rows}
    years = {int(year) for row in rows for year in re.findall(r"(\d{4})年", row["source_zh"])}
    return Calendar(named, frozenset(years))


def midnight(day: date) -> datetime:
    """00:00 of the day, which is 24:00 of the day before."""
    return datetime.combine(day, time())


def end_day(moment: datetime) -> date:
    """Section 3, last line: the day an end belongs to; 24:00:00 sharp belongs to the day before."""
    return (moment - timedelta(microseconds=1)).date()


def nth_working_day(calendar: Calendar, day: date, count: int) -> date:
    """The `count`-th working day after the day."""
    while count > 0:
        day += DAY
        if calendar.is_working(day):
            count -= 1
    return day


def begin(calendar: Calendar, rule: Rule, started_at: datetime) -> datetime:
    """Section 3: where the clock's own time begins."""
    if rule.start_rule == "immediate":
        return started_at
    if rule.unit == "working_day":
        return midnight(nth_working_day(calendar, started_at.date(), 1))
    return midnight(started_at.date() + DAY)


def due(calendar: Calendar, rule: Rule, started_at: datetime) -> datetime:
    """Section 3: the deadline before any pause or extension."""
    match (rule.unit, rule.start_rule):
        case ("working_day", "next_day_0000"):
            return midnight(nth_working_day(calendar, started_at.date(), rule.value) + DAY)
        case ("natural_hour", "immediate"):
            return started_at + timedelta(seconds=rule.value * 3600)
        case ("natural_day", "next_day_0000"):
            return midnight(started_at.date() + rule.value * DAY + DAY)
    raise ValueError(f"the method page knows no clock of {rule.unit} with {rule.start_rule}")


def is_provisional(calendar: Calendar, deadline_at: datetime) -> bool:
    """Section 3: the day of the deadline lies in a year without an official calendar."""
    return not calendar.is_official(end_day(deadline_at))


def runs(calendar: Calendar, unit: str, day: date) -> bool:
    """Section 3: working time runs 24 hours on working days; natural units run always."""
    return unit != "working_day" or calendar.is_working(day)


def pieces(from_at: datetime, to_at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The interval, cut at every midnight."""
    while from_at < to_at:
        stop = min(to_at, midnight(from_at.date() + DAY))
        yield from_at, stop
        from_at = stop


def running_time(calendar: Calendar, unit: str, from_at: datetime, to_at: datetime) -> timedelta:
    return sum((b - a for a, b in pieces(from_at, to_at) if runs(calendar, unit, a.date())), NOTHING)


def move(calendar: Calendar, unit: str, moment: datetime, running: timedelta) -> datetime:
    """The first moment by which so much more running time has passed."""
    while running > NOTHING:
        next_midnight = midnight(moment.date() + DAY)
        if runs(calendar, unit, moment.date()):
            step = min(running, next_midnight - moment)
            moment, running = moment + step, running - step
        else:
            moment = next_midnight
    return moment


def cut(pause: Pause, from_at: datetime, to_at: datetime) -> Pause:
    """Section 3, Pause: cut to the clock's own time (then perhaps nothing is left)."""
    begins_at = max(pause.begins_at, from_at)
    return Pause(begins_at, max(begins_at, min(pause.ends_at, to_at)))


def in_order_of_effect(pauses: Iterable[Pause], extensions: Iterable[Extension]) -> list[Pause | Extension]:
    """Section 3: by the moment a pause begins or an extension was asked for; a pause first."""
    dated: list[tuple[datetime, int, Pause | Extension]] = []
    dated += [(pause.begins_at, 0, pause) for pause in pauses]
    dated += [(extension.requested_at, 1, extension) for extension in extensions]
    return [change for _, _, change in sorted(dated, key=lambda item: item[:2])]


def deadline(
    calendar: Calendar,
    rule: Rule,
    started_at: datetime,
    ended_at: datetime,
    pauses: Iterable[Pause] = (),
    extensions: Iterable[Extension] = (),
) -> datetime:
    """Section 3: the deadline with its pauses and extensions; the first that comes too late ends the row.

    `ended_at` is the finish, or the as-of while there is none.
    """
    begins_at, due_at = begin(calendar, rule, started_at), due(calendar, rule, started_at)
    own_time = [cut(pause, begins_at, ended_at) for pause in pauses]
    for change in in_order_of_effect((pause for pause in own_time if pause.begins_at < pause.ends_at), extensions):
        if isinstance(change, Pause):
            if change.begins_at >= due_at:
                break
            covered = running_time(calendar, rule.unit, change.begins_at, change.ends_at)
            due_at = move(calendar, rule.unit, due_at, covered)
        else:
            if change.requested_at > due_at:
                break
            due_at = move(calendar, rule.unit, due_at, change.days * DAY)
    return due_at


def boundaries(from_at: datetime, to_at: datetime, pauses: Iterable[Pause]) -> list[datetime]:
    """Every moment at which the state may change."""
    inner = {moment for pause in pauses for moment in (pause.begins_at, pause.ends_at) if from_at < moment < to_at}
    midnights = {stop for _, stop in pieces(from_at, to_at)}
    return sorted({from_at} | inner | midnights)


def state(calendar: Calendar, unit: str, from_at: datetime, to_at: datetime, pauses: Iterable[Pause]) -> str:
    """Section 3: outside working time a pause is `nonworking`."""
    if not runs(calendar, unit, from_at.date()):
        return "nonworking"
    return "paused" if any(p.begins_at <= from_at and to_at <= p.ends_at for p in pauses) else "running"


def segments(
    calendar: Calendar, unit: str, begins_at: datetime, ended_at: datetime, pauses: Iterable[Pause] = ()
) -> list[Segment]:
    """Section 3, fct_sla_clock_segment: the clock's own time without gap or overlap, equal neighbours joined."""
    if ended_at <= begins_at:
        return []
    pauses, tiles = list(pauses), list[Segment]()
    moments = boundaries(begins_at, ended_at, pauses)
    for from_at, to_at in pairwise(moments):
        now = state(calendar, unit, from_at, to_at, pauses)
        if tiles and tiles[-1].state == now:
            tiles[-1] = Segment(now, tiles[-1].from_at, to_at)
        else:
            tiles.append(Segment(now, from_at, to_at))
    return tiles
