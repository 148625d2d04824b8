"""Section 5 of docs/heating-method.md, cold episodes, and the refund exposure of section 6."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from tests.oracle.heating_days import PointDay, household_days
from tests.oracle.heating_readings import Reading
from tests.oracle.heating_seeds import HeatingSeeds

# Cold episodes


class Episode(NamedTuple):
    """An unbroken run of readings below the standard that lasted long enough."""

    point_id: str
    started_at: str
    ended_at: str
    hours: Fraction
    reading_count: int
    lowest: Decimal
    street_code: str | None
    company: str | None


def cold_runs(readings: Iterable[Reading], seeds: HeatingSeeds) -> list[list[Reading]]:
    """Section 5: a warm reading ends a run, and so does a silence between two valid readings."""
    found: list[list[Reading]] = []
    before: Reading | None = None
    for reading in readings:
        if not reading.is_valid or reading.standard is None:
            continue
        gap = timedelta(minutes=int(seeds.policy("episode_gap_minutes", reading.day)))
        goes_on = before is not None and before.is_cold and reading.measured_at - before.measured_at <= gap
        if reading.is_cold and goes_on:
            found[-1].append(reading)
        elif reading.is_cold:
            found.append([reading])
        before = reading
    return found


def episodes(readings: dict[str, list[Reading]], seeds: HeatingSeeds) -> list[Episode]:
    found = []
    for point_id, spoken in readings.items():
        for run in cold_runs(spoken, seeds):
            first, last = run[0], run[-1]
            hours = Fraction(int((last.measured_at - first.measured_at).total_seconds()), 3600)
            if hours >= seeds.policy("episode_hours", first.day):
                lowest, span = min(reading.value for reading in run), (str(first.measured_at), str(last.measured_at))
                found.append(Episode(point_id, *span, hours, len(run), lowest, first.street_code, first.company))
    return found


# Refund exposure


class Exposure(NamedTuple):
    """A household-day within a tier."""

    day: date
    street: str | None
    company: str | None
    tier: str
    share: Decimal


def mean(day: PointDay) -> Fraction:
    return Fraction(sum((reading.value for reading in day.valid), Decimal(0))) / len(day.valid)


def exposures(days: Iterable[PointDay], seeds: HeatingSeeds) -> list[Exposure]:
    """Section 6: the coldest bedroom or living room that was heard a whole day speaks for its dwelling."""
    paid = [day for day in days if day.last.room_type in ("bedroom", "living")]
    found = []
    for (day, _), rooms in household_days(paid, seeds).items():
        coldest = min(rooms, key=lambda room: (mean(room), room.point_id))
        for tier in seeds.tiers:
            if Decimal(tier["from_c"]) <= mean(coldest) < Decimal(tier["below_c"]):
                place = coldest.last
                found.append(Exposure(day, place.street, place.company, tier["tier"], Decimal(tier["refund_share"])))
    return found
