"""Nasty little heating lives: values around the standard, runs around a day, gaps around an hour, late deliveries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from tests.oracle.clock import DAY, midnight
from tests.oracle.heating_readings import HeatingFeeds, Register, Row
from tests.oracle.heating_supervision_lives import action_rows, station_reading_rows
from tests.oracle.heating_world import (
    COMPANIES,
    MINUTE,
    STREETS,
    TRAPS,
    UNKNOWN_STREET,
    HeatingWorld,
    Point,
    hundredths,
    make_heating_world,
    point_rows,
    station_rows,
)

SENTINELS = ("-999", "-99.9", "85", "127.94", "999.9")
IMPLAUSIBLE = ("-10.01", "45.01", "-40", "60", "-10", "45")  # the limits themselves are plausible
GAPS = (59, 60, 61, 61, 120, 300, 1440, 1441)
Measured = tuple[datetime, Decimal]


class HeatingLives(NamedTuple):
    """The feeds, and how often something is delivered: `batch_seq` is the step."""

    feeds: HeatingFeeds
    steps: int
    as_of: datetime


# Room temperatures


def standard(point: Point) -> int:
    """In hundredths; what values play around."""
    return 1600 if point.room_type == "other" else 1800


def series(world: HeatingWorld, point: Point, first: date, last: date) -> Iterator[Measured]:
    """One stretch of days: phases of cold, warmth, the edge, standing still, silence and nonsense."""
    moment, end = midnight(first) + world.rng.choice((0, 0, 7)) * MINUTE, min(midnight(last + DAY), world.as_of)
    pace = point.minutes * MINUTE
    while moment < end:
        kinds = ("around", "edge", "cold", "cold two hours", "still", "gap", "sentinel", "implausible")
        shares = (4, 5, 2, 3, 1, 2, 1, 1)
        for value in phase(world, world.rng.choices(kinds, shares)[0], point):
            if isinstance(value, timedelta):
                moment += value
            elif moment < end:
                yield moment, value
                moment += pace


def phase(world: HeatingWorld, kind: str, point: Point) -> Iterator[Decimal | timedelta]:
    """Values one after the other; a span of time is a silence."""
    rng, at = world.rng, standard(point)
    count = rng.randint(1, 12) * 60 // point.minutes + 1
    match kind:
        case "around":
            yield from (hundredths(at + rng.randint(-150, 500)) for _ in range(count))
        case "edge":
            yield from (hundredths(at + rng.randint(-5, 5)) for _ in range(count))
        case "cold":
            yield from (hundredths(at - rng.randint(1, 400)) for _ in range(count))
        case "cold two hours":
            yield from (hundredths(at - rng.randint(1, 9)) for _ in range(120 // point.minutes + rng.choice((0, 1, 2))))
            yield hundredths(at)
        case "still":
            yield from still(world, point)
        case "gap":
            yield silence(rng.choice(GAPS), point)
        case _:
            nonsense = SENTINELS if kind == "sentinel" else IMPLAUSIBLE
            yield from (Decimal(rng.choice(nonsense)) for _ in range(rng.randint(1, 4)))


def silence(minutes: int, point: Point) -> timedelta:
    """So much added to the pace of the point that its next reading comes so many minutes after the last one."""
    return max(0, minutes - point.minutes) * MINUTE


def still(world: HeatingWorld, point: Point) -> Iterator[Decimal | timedelta]:
    """One value for about a day, or longer, now and then with a silence of about a day in it."""
    rng, value = world.rng, hundredths(standard(point) + world.rng.choice((-120, -1, 0, 30)))
    day = 1440 // point.minutes
    count = rng.choice((day - 1, day, day + 1, day + 2, day * 5 // 4, 2 * day, 3))
    yield from (value for _ in range(count))
    if world.chance(0.3):
        yield silence(rng.choice((1440, 1440, 1441)), point)
        yield from (value for _ in range(rng.choice((1, day // 2))))


class Words:
    """What the readings of a point say of it, by day and hour; room, street and company change at midnight alone."""

    def __init__(self, world: HeatingWorld, point: Point) -> None:
        self.point = point
        self.other_room = {day for day in world.days if world.chance(0.08)}
        self.suspended = [(moment, moment + timedelta(hours=world.rng.choice((3, 24, 60)))) for moment in some(world)]
        self.moved_from = world.day() if world.chance(0.15) and not point.dwelling else date.max
        self.moved_to = world.rng.choice((*STREETS, UNKNOWN_STREET))

    def of(self, moment: datetime) -> Row:
        day, is_moved = moment.date(), moment.date() >= self.moved_from
        is_off = any(since <= moment < until for since, until in self.suspended)
        return {
            "room_type": "other" if day in self.other_room else self.point.room_type,
            "customer_status": "suspended" if is_off else "on",
            "street_code": self.moved_to if is_moved else self.point.street,
            "enterprise_name": COMPANIES[1] if is_moved else self.point.company,
        }


def some(world: HeatingWorld) -> list[datetime]:
    return [world.moment() for _ in range(world.rng.choice((0, 0, 0, 1, 2)))]


def silences(world: HeatingWorld) -> dict[str, list[tuple[datetime, datetime]]]:
    """When each gateway sent nothing."""
    found: dict[str, list[tuple[datetime, datetime]]] = {"": []}
    for gateway in ("G0001", "G0002", "G0003"):
        begun = [world.moment().replace(minute=0) for _ in range(2)]
        found[gateway] = [(since, since + timedelta(hours=world.rng.choice((1, 3, 30)))) for since in begun]
    return found


def mute_days(world: HeatingWorld, point: Point) -> set[date]:
    """Days on which a removed point says nothing, unless it goes on speaking."""
    rows = [row | {"row_no": 0} for row in world.rows["points"].values() if row["point_id"] == point.point_id]
    register = Register(rows, "point_id", "point_status")
    if "removed yet speaking" in world.traps:
        return set()
    return {day for day in world.days if register.is_gone(point.point_id, day)}


def room_rows(world: HeatingWorld) -> None:
    silent, asleep = silences(world), midnight(world.day()) + timedelta(hours=world.rng.choice((20, 23)))
    if "city asleep" in world.traps:
        silent = {gateway: [*spans, (asleep, asleep + timedelta(hours=4))] for gateway, spans in silent.items()}
    for point in world.points:
        words, late = Words(world, point), {day for day in world.days if world.chance(0.12)}
        mute, lost = mute_days(world, point), silent[point.gateway or ""]
        for first, last in world.spans:
            for moment, value in series(world, point, first, last):
                if moment.date() not in mute and not any(since <= moment < until for since, until in lost):
                    step = world.step_of(moment.date())
                    step = world.steps if moment.date() in late else step
                    row = {"point_id": point.point_id, "measured_at": moment, "temperature_c": value}
                    versions(world, point, step, row | words.of(moment))


def versions(world: HeatingWorld, point: Point, step: int, row: Row) -> None:
    """The reading, sometimes again as it was, sometimes with another value, sometimes with its first value again."""
    world.deliver("readings", step, row)
    if step == world.steps or not world.chance(0.04):
        return
    corrected = row | {"temperature_c": hundredths(standard(point) + world.rng.randint(-30, 30))}
    if world.chance(0.2):
        corrected = row
    again = world.later(step)
    world.deliver("readings", again, corrected)
    if again < world.steps and world.chance(0.5):
        world.deliver("readings", world.later(again), row)


# Together


def heating_lives(seed: int, traps: frozenset[str] = TRAPS) -> HeatingLives:
    """The same seed gives the same lives."""
    world = make_heating_world(seed, traps)
    for point in world.points:
        if point.is_registered:
            point_rows(world, point)
    room_rows(world)
    station_rows(world)
    station_reading_rows(world)
    action_rows(world)
    return HeatingLives(world.feeds(), world.steps, world.as_of)


NAMES = ("point_id", "gateway_id", "dwelling_code", "station_id", "action_no")


def named(row: Row, seed: int) -> Row:
    return row | {name: f"W{seed}{row[name]}" for name in NAMES if row.get(name)}


def together(seeds: Sequence[int], traps: frozenset[str] = TRAPS) -> HeatingLives:
    """Several worlds in one city, delivered side by side: every name says of which seed it is."""
    worlds = {seed: heating_lives(seed, traps) for seed in seeds}
    feeds: dict[str, list[Row]] = {}
    for feed in HeatingFeeds._fields:
        rows = [named(row, seed) for seed, lives in worlds.items() for row in getattr(lives.feeds, feed)]
        feeds[feed] = [row | {"row_no": number} for number, row in enumerate(rows, start=1)]
    steps, as_of = (max(getattr(lives, name) for lives in worlds.values()) for name in ("steps", "as_of"))
    return HeatingLives(HeatingFeeds(**feeds), steps, as_of)
