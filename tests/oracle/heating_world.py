"""What the heating lives of one seed share: their days, points, register rows, and deliveries out of order."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.oracle.clock import DAY, midnight
from tests.oracle.heating_readings import HeatingFeeds, Row

# Around the first day of a season and over the end of a month, with weeks of silence between; or over a season's end.
SPANS: tuple[tuple[tuple[date, date], ...], ...] = (
    ((date(2025, 11, 3), date(2025, 11, 7)), (date(2025, 11, 29), date(2025, 12, 2))),
    ((date(2026, 3, 29), date(2026, 4, 6)),),
    ((date(2025, 11, 4), date(2025, 11, 6)), (date(2025, 11, 28), date(2025, 12, 3))),
)
STREETS = ("210202001", "210202005", "210203001", "210211016")  # the last one is administered by a functional zone
MINUTE = timedelta(minutes=1)
UNKNOWN_STREET = "210299001"
COMPANIES = ("样例热力一公司", "样例热力二公司")
POINT_KEY, STATION_KEY = ("point_id", "measured_at"), ("station_id", "measured_at")
REGISTER_KEYS = {"points": ("point_id", "valid_from"), "stations": ("station_id", "valid_from")}
# What a world may have beside the usual: a point that speaks before its register begins, one that speaks on after it
# was removed, and hours at the end of a day in which nobody is heard.
TRAPS = frozenset({"known later", "removed yet speaking", "city asleep"})
KEYS = {"readings": POINT_KEY, "station_readings": STATION_KEY, "actions": ("action_no",), **REGISTER_KEYS}


def hundredths(value: int) -> Decimal:
    return Decimal(value).scaleb(-2)


def days_of(span: tuple[date, date]) -> list[date]:
    return [span[0] + DAY * number for number in range((span[1] - span[0]).days + 1)]


@dataclass
class Point:
    """A room point as it is; what its register and its readings say of it may differ."""

    point_id: str
    minutes: int
    room_type: str
    street: str
    company: str
    gateway: str | None
    dwelling: str | None
    is_registered: bool


@dataclass
class HeatingWorld:
    """One seed's dice and days. `steps` is how many times something is delivered and built."""

    rng: random.Random
    spans: tuple[tuple[date, date], ...]
    as_of: datetime
    steps: int
    points: list[Point]
    late_day: date
    traps: frozenset[str]
    rows: dict[str, dict[tuple[Any, ...], Row]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def days(self) -> list[date]:
        return [day for span in self.spans for day in days_of(span)]

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def day(self) -> date:
        return self.rng.choice(self.days)

    def moment(self) -> datetime:
        return midnight(self.day()) + timedelta(minutes=self.rng.randrange(0, 1440))

    def step_of(self, day: date) -> int:
        """The delivery that brings a day in time; one day comes with the last of all."""
        if day == self.late_day:
            return self.steps
        return 1 + max(0, self.days.index(day)) * self.steps // len(self.days)

    def later(self, step: int) -> int:
        return self.rng.randint(min(step + 1, self.steps), self.steps)

    def deliver(self, feed: str, step: int, row: Row) -> None:
        """Into the file of that step; a file names each key once."""
        key = tuple(row[name] for name in KEYS[feed])
        self.rows[feed][(step, *key)] = row | {"batch_seq": step}

    def feeds(self) -> HeatingFeeds:
        """All rows as they come: in any order within a file."""
        delivered: dict[str, Sequence[Row]] = {}
        for feed in KEYS:
            rows = sorted(self.rows[feed].values(), key=lambda row: (row["batch_seq"], self.rng.random()))
            delivered[feed] = [row | {"row_no": number} for number, row in enumerate(rows, start=1)]
        return HeatingFeeds(**delivered)


def make_point(rng: random.Random, number: int) -> Point:
    """The first points hang on one big gateway; every second of them shares the dwelling of the one before."""
    street = number // 5
    return Point(
        point_id=f"P{number:05}",
        minutes=rng.choice((15, 15, 30, 60, 60, 60, 61)),
        room_type=rng.choices(("bedroom", "living", "other", "non_res"), (5, 4, 3, 1))[0],
        street=STREETS[street % len(STREETS)],
        company=COMPANIES[street % len(COMPANIES)],
        gateway="G0001" if number < 8 else rng.choice(("G0002", "G0002", "G0003", None)),
        dwelling=f"D{number // 2:06}" if number % 3 else None,
        is_registered=number % 7 != 5,
    )


def make_heating_world(seed: int, traps: frozenset[str]) -> HeatingWorld:
    rng = random.Random(seed)
    spans = SPANS[seed % len(SPANS)]
    days = [day for span in spans for day in days_of(span)]
    return HeatingWorld(
        rng=rng,
        spans=spans,
        as_of=midnight(days[-1]) + timedelta(minutes=rng.randrange(13 * 60, 22 * 60)),
        steps=4 if seed % len(SPANS) == 2 else 3,
        points=[make_point(rng, number) for number in range(rng.randint(12, 20))],
        late_day=rng.choice(days[1:-2]),
        traps=traps,
    )


# Registers


def point_rows(world: HeatingWorld, point: Point) -> None:
    """The register's rows of a point: known from long ago or from a day on, changed, corrected, often late."""
    knows_later = "known later" in world.traps
    row: Row = {
        "point_id": point.point_id,
        "valid_from": world.day() if knows_later and world.chance(0.2) else date(2025, 10, 1),
        "point_status": "in_use",
        "customer_status": "on",
        "room_type": point.room_type,
        "position": None,
        "dwelling_code": point.dwelling,
        "building_code": None,
        "gateway_id": point.gateway,
        "station_id": "S0001",
        "enterprise_name": point.company,
        "street_code": point.street,
        "calibrated_until": world.rng.choice((None, None, None, date(2028, 1, 1), world.day())),
    }
    step = world.rng.randint(1, world.steps) if world.chance(0.3) else 1
    world.deliver("points", step, row)
    for _ in range(world.rng.choice((0, 0, 1, 2))):
        changed = row | {"valid_from": world.day()} | register_change(world)
        world.deliver("points", world.rng.randint(1 if knows_later else step, world.steps), changed)
        if world.chance(0.3):
            world.deliver("points", world.steps, changed | register_change(world))


def register_change(world: HeatingWorld) -> Row:
    changes: tuple[Row, ...] = (
        {"customer_status": "suspended"},
        {"customer_status": "on"},
        {"point_status": "removed"},
        {"point_status": "in_use"},
        {"gateway_id": "G0001"},
        {"calibrated_until": world.day()},
        {"room_type": "other"},
        {"dwelling_code": None},
    )
    return world.rng.choice(changes)


def station_rows(world: HeatingWorld) -> None:
    """Three stations that speak, one that never does, one retired on some day; the fifth is in no register."""
    for number in range(1, 5):
        row: Row = {
            "station_id": f"S{number:04}",
            "valid_from": date(2025, 10, 1),
            "station_status": "in_use",
            "enterprise_name": COMPANIES[number % 2],
            "street_code": STREETS[number % len(STREETS)],
            "heated_area_m2": f"{world.rng.randint(10_000, 90_000)}.{world.rng.randint(0, 99):02}",
            "heated_households": 1000,
        }
        world.deliver("stations", 1, row)
        if number == 3:
            world.deliver("stations", 2, row | {"valid_from": world.day(), "station_status": "retired"})
        elif world.chance(0.4):
            world.deliver("stations", world.steps, row | {"valid_from": world.day(), "heated_area_m2": "12345.67"})
