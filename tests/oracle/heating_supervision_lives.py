"""Nasty lives of heat-exchange stations and of supervision: pumps, lost links, silences, checks about every limit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from tests.oracle.clock import DAY, midnight
from tests.oracle.heating_readings import Row
from tests.oracle.heating_stations import CHANNELS
from tests.oracle.heating_world import COMPANIES, MINUTE, STREETS, HeatingWorld, hundredths


def station_series(world: HeatingWorld, station: str, minutes: int) -> Iterator[tuple[datetime, str, bool]]:
    """Moment, state of the pump, and whether all channels are zero."""
    for first, last in world.spans:
        moment, end = midnight(first), min(midnight(last + DAY), world.as_of)
        while moment < end:
            kind = world.rng.choice(("on", "on", "on", "off", "off", "maintenance", "mixed", "lost", "gap"))
            until = moment + timedelta(minutes=world.rng.choice((20, 60, 90, 150, 600)))
            while moment < min(until, end):
                pump = world.rng.choice(("on", "off", "off", "maintenance")) if kind in ("mixed", "lost") else kind
                is_lost = kind == "lost" or world.chance(0.02)
                if kind != "gap" or (station == "S0001" and moment.hour == 12):  # every day some station is heard
                    yield moment, "on" if kind == "gap" else pump, is_lost and kind != "gap"
                moment += minutes * MINUTE


def station_reading_rows(world: HeatingWorld) -> None:
    for station, minutes in (("S0001", 60), ("S0002", 20), ("S0003", 30), ("S0005", 60)):
        late = {day for day in world.days if world.chance(0.15)}
        for moment, pump, is_lost in station_series(world, station, minutes):
            values = {name: hundredths(0 if is_lost else world.rng.randint(3000, 4500)) for name in CHANNELS}
            step = world.steps if moment.date() in late else world.step_of(moment.date())
            row = {"station_id": station, "measured_at": moment, "pump_state": pump, **values}
            world.deliver("station_readings", step, row)
            if world.chance(0.03):
                world.deliver("station_readings", world.later(step), row | {"pump_state": "off"})


CLOCKS = (time(0, 0), time(9, 12), time(16, 59, 59), time(17, 0), time(23, 59, 59))


def action_rows(world: HeatingWorld) -> None:
    """Checks about every limit there is, in one to three versions; some of other mechanisms."""
    for number in range(30):
        day = world.day()
        triggered_at = datetime.combine(day, world.rng.choice(CLOCKS))
        ends = (time(23, 59, 59), time(0, 0), time(12, 0), time(12, 0, 1), time(15, 40))
        done_at = datetime.combine(day + world.rng.choice((0, 0, 1, 1, 2)) * DAY, world.rng.choice(ends))
        done_at = max(done_at, triggered_at) if world.chance(0.9) else triggered_at - timedelta(minutes=5)
        mechanism = world.rng.choice(("onsite", "onsite", "onsite", "onsite", "analysis", "penalty", "routine"))
        row: Row = {"action_no": f"C{number:06}", "alert_no": None, "mechanism": mechanism, "point_id": None}
        row |= {"enterprise_name": COMPANIES[number % 2], "street_code": world.rng.choice((*STREETS, None))}
        row |= {"triggered_at": triggered_at, "due_at": None, "measured_c": None, "cause_party": None}
        action_versions(world, row, done_at)


def action_versions(world: HeatingWorld, row: Row, done_at: datetime) -> None:
    step, is_impossible = world.step_of(row["triggered_at"].date()), done_at < row["triggered_at"]
    first = row | {"done_at": None, "result": None, "updated_at": row["triggered_at"]}
    world.deliver("actions", step, first)
    if world.chance(0.8) and done_at <= world.as_of:
        result = "compliant" if is_impossible else world.rng.choice(("compliant", "below_standard", "waived"))
        last = row | {"done_at": done_at, "result": result, "updated_at": max(done_at, row["triggered_at"])}
        world.deliver("actions", world.later(step), last)
    if world.chance(0.1):  # an old version that comes again, last of all
        world.deliver("actions", world.steps, first | {"enterprise_name": "样例热力"})
