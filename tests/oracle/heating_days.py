"""Sections 2 and 3 of docs/heating-method.md: hours and days of one point, and of the households."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.oracle.heating_readings import Reading
from tests.oracle.heating_seeds import HeatingSeeds

UNIT = 10_000  # a lack is counted in ten-thousandths of a degree-hour


def half_up(value: Fraction) -> int:
    """The nearest whole number of a value that is not negative; a half goes up."""
    return int(value + Fraction(1, 2))


@dataclass
class PointDay:
    """What one point gave on one day; `shortfall` in ten-thousandths of a degree-hour."""

    point_id: str
    day: date
    readings: list[Reading]
    hours: int = 0
    valid_hours: int = 0
    counted_hours: int = 0
    compliant_hours: int = 0
    tolerant_hours: int = 0
    shortfall: int = 0
    excluded: Counter[str] = field(default_factory=Counter)

    @property
    def last(self) -> Reading:
        return self.readings[-1]

    @property
    def heard(self) -> set[int]:
        return {reading.measured_at.hour for reading in self.readings}

    @property
    def valid(self) -> list[Reading]:
        return [reading for reading in self.readings if reading.is_valid]

    @property
    def judged(self) -> list[Reading]:
        """Valid readings of a room with a standard."""
        return [reading for reading in self.valid if reading.standard is not None]

    @property
    def is_on(self) -> bool:
        """On at some time of the day."""
        return any(reading.customer_status == "on" for reading in self.readings)

    @property
    def dwelling(self) -> str:
        """A point without a dwelling is its own."""
        return (self.last.registered or {}).get("dwelling_code") or f"point {self.point_id}"

    def not_below(self, less: Decimal = Decimal(0)) -> int:
        """How many of its judged readings are not below the standard, less what the sensor may err."""
        return sum(reading.value >= reading.standard - less for reading in self.judged if reading.standard is not None)

    def complies(self, less: Decimal = Decimal(0)) -> bool:
        return self.not_below(less) == len(self.judged)

    def is_whole(self, seeds: HeatingSeeds) -> bool:
        return self.counted_hours >= seeds.policy("full_day_min_hours", self.day)


def count_hour(found: PointDay, readings: Sequence[Reading], seeds: HeatingSeeds) -> None:
    """One hour with readings: counted, or left out for one reason."""
    valid = [reading for reading in readings if reading.is_valid]
    found.hours += 1
    if not valid:
        found.excluded[min(reading.reason for reading in readings if reading.reason)] += 1
        return
    found.valid_hours += 1
    standard = valid[-1].standard
    if standard is None:
        found.excluded["X06"] += 1
        return
    total, tolerance = sum(reading.value for reading in valid), seeds.policy("tolerance_c", found.day)
    found.counted_hours += 1
    found.compliant_hours += total >= standard * len(valid)
    found.tolerant_hours += total >= (standard - tolerance) * len(valid)
    found.shortfall += half_up(max(Fraction(0), Fraction(standard) - Fraction(total) / len(valid)) * UNIT)


def point_day(point_id: str, day: date, readings: list[Reading], seeds: HeatingSeeds) -> PointDay:
    found = PointDay(point_id, day, readings)
    for hour in sorted(found.heard):
        count_hour(found, [reading for reading in readings if reading.measured_at.hour == hour], seeds)
    return found


Key = tuple[str, date]


def point_days(readings: dict[str, list[Reading]], seeds: HeatingSeeds) -> dict[Key, PointDay]:
    by_day: dict[Key, list[Reading]] = defaultdict(list)
    for point_id, spoken in readings.items():
        for reading in spoken:
            by_day[point_id, reading.day].append(reading)
    return {key: point_day(*key, spoken, seeds) for key, spoken in by_day.items()}


def household_days(days: Iterable[PointDay], seeds: HeatingSeeds) -> dict[tuple[date, str], list[PointDay]]:
    """The whole point-days of each dwelling and day; a household without one cannot be judged."""
    found: dict[tuple[date, str], list[PointDay]] = defaultdict(list)
    for day in days:
        if day.is_whole(seeds):
            found[day.day, day.dwelling].append(day)
    return dict(found)
