"""Section 6 of docs/heating-method.md, T07, T08 and T10: heat-exchange stations by day, and checks on site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from tests.oracle.clock import DAY, midnight
from tests.oracle.heating_readings import HeatingFeeds, Register, Row, last_versions
from tests.oracle.heating_seeds import HeatingSeeds

CHANNELS = (
    "supply_primary_c",
    "return_primary_c",
    "supply_secondary_c",
    "return_secondary_c",
    "supply_pressure_mpa",
    "return_pressure_mpa",
    "flow_t_per_h",
    "heat_gj",
)


@dataclass(frozen=True)
class StationDay:
    """A registered station in use on a day of the season on which some station reported."""

    station_id: str
    day: date
    street: str | None
    company: str
    area_m2: Decimal
    heard_hours: int
    lost_hours: int
    stopped_hours: int
    maintained_hours: int


def is_lost(row: Row) -> bool:
    """All channels that the reading brings are zero."""
    brought = [Decimal(row[name]) for name in CHANNELS if row.get(name) is not None]
    return bool(brought) and not any(brought)


def station_days(feeds: HeatingFeeds, seeds: HeatingSeeds) -> list[StationDay]:
    register = Register(feeds.stations, "station_id", "station_status")
    spoken: dict[tuple[str, date], list[Row]] = defaultdict(list)
    for row in last_versions(feeds.station_readings, ("station_id", "measured_at")):
        spoken[row["station_id"], row["measured_at"].date()].append(row)
    days = sorted({day for _, day in spoken if seeds.season(day)})
    known = [(station, day, register.on(station, day)) for day in days for station in sorted(register.rows)]
    return [
        station_day(row, day, spoken.get((station, day), []), seeds) for station, day, row in known if row is not None
    ]


def station_day(registered: Row, day: date, rows: Sequence[Row], seeds: HeatingSeeds) -> StationDay:
    hours: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        hours[row["measured_at"].hour].append(row)
    heard = {hour: states(spoken) for hour, spoken in hours.items() if states(spoken)}
    return StationDay(
        station_id=registered["station_id"],
        day=day,
        street=seeds.street(registered["street_code"]),
        company=registered["enterprise_name"],
        area_m2=Decimal(registered["heated_area_m2"]),
        heard_hours=len(heard),
        lost_hours=len(hours) - len(heard),
        stopped_hours=sum(seen == {"off"} for seen in heard.values()),
        maintained_hours=sum(seen == {"maintenance"} for seen in heard.values()),
    )


def states(rows: Iterable[Row]) -> set[str]:
    """What the pump did in the readings that were heard."""
    return {row["pump_state"] for row in rows if not is_lost(row)}


# Checks on site


@dataclass(frozen=True)
class Check:
    """An on-site check; `reason` says why it is left out."""

    street: str | None
    triggered_at: datetime
    reason: str | None
    is_immature: bool
    is_hit: bool


MOMENTS = ("triggered_at", "done_at", "updated_at")


def actions_as_of(rows: Iterable[Row]) -> datetime | None:
    """The latest moment of which the actions speak; deadlines do not count."""
    return max((row[name] for row in rows for name in MOMENTS if row.get(name)), default=None)


def last_moment(triggered_at: datetime, seeds: HeatingSeeds) -> datetime:
    """Until the last moment of its day, or, from the cut-off hour on, until the hour of the next."""
    day = triggered_at.date()
    if triggered_at.hour < seeds.policy("check_cut_off_hour", day):
        return midnight(day + DAY) - timedelta(microseconds=1)
    return midnight(day + DAY) + timedelta(hours=int(seeds.policy("check_next_day_hour", day)))


def checks(rows: Sequence[Row], seeds: HeatingSeeds) -> list[Check]:
    as_of = actions_as_of(rows)
    current = last_versions(rows, ("action_no",), "updated_at")
    return [check(row, as_of, seeds) for row in current if row["mechanism"] == "onsite" and as_of]


def check(row: Row, as_of: datetime, seeds: HeatingSeeds) -> Check:
    triggered_at, done_at, due_at = row["triggered_at"], row["done_at"], last_moment(row["triggered_at"], seeds)
    is_impossible = done_at is not None and done_at < triggered_at
    return Check(
        street=seeds.street(row["street_code"]),
        triggered_at=triggered_at,
        reason="X06" if row["result"] == "waived" else "X10" if is_impossible else None,
        is_immature=done_at is None and as_of < due_at,
        is_hit=done_at is not None and done_at <= due_at,
    )
