"""Section 6 of docs/heating-method.md: days of a street and company, and the KPI cells of every area and period."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tests.oracle.heating_days import UNIT, PointDay, household_days
from tests.oracle.heating_due import DueDay
from tests.oracle.heating_seeds import HeatingSeeds
from tests.oracle.heating_stations import Check, StationDay
from tests.oracle.hotline import CITY, Key, period_start

NONE = Decimal(0)
Place = tuple[date, str | None, str | None]


@dataclass
class StreetDay:
    """Point-hours of a street and company on a day: sums by the names of `marts.fct_heating_day`."""

    sums: Counter[str] = field(default_factory=Counter)
    due_hours: int = 0

    def add(self, **counts: int) -> None:
        self.sums.update(counts)


def street_days(days: Iterable[PointDay], due: Iterable[DueDay], seeds: HeatingSeeds) -> dict[Place, StreetDay]:
    found: dict[Place, StreetDay] = defaultdict(StreetDay)
    days = list(days)
    for day in days:
        add_point_day(found[day.day, day.last.street, day.last.company], day, seeds)
    for expected in due:
        place = found[expected.day, expected.street, expected.company]
        missing, gateway = len(expected.missing), expected.gateway_missing
        place.add(expected_hour_count=24, missing_hour_count=missing, gateway_missing_hour_count=gateway)
        place.due_hours += expected.due_hours
    for (day_date, _), rooms in household_days(days, seeds).items():
        add_household(found[day_date, rooms[0].last.street, rooms[0].last.company], rooms, seeds)
    return dict(found)


def add_point_day(place: StreetDay, day: PointDay, seeds: HeatingSeeds) -> None:
    tolerance, is_whole = seeds.policy("tolerance_c", day.day), day.is_whole(seeds)
    place.add(
        point_day_count=1,
        reading_count=len(day.readings),
        counted_reading_count=len(day.judged),
        compliant_reading_count=day.not_below(),
        tolerant_reading_count=day.not_below(tolerance),
        hour_count=day.hours,
        valid_hour_count=day.valid_hours,
        counted_hour_count=day.counted_hours,
        compliant_hour_count=day.compliant_hours,
        tolerant_hour_count=day.tolerant_hours,
        counted_day_count=day.counted_hours > 0,
        whole_day_count=is_whole,
        compliant_day_count=is_whole and day.complies(),
        tolerant_day_count=is_whole and day.complies(tolerance),
        shortfall=day.shortfall,
    )
    place.add(**{f"{reason.lower()}_hour_count": count for reason, count in day.excluded.items()})


def add_household(place: StreetDay, rooms: list[PointDay], seeds: HeatingSeeds) -> None:
    """A household-day complies when each of its whole point-days does."""
    tolerance = seeds.policy("tolerance_c", rooms[0].day)
    place.add(
        household_day_count=1,
        compliant_household_day_count=all(room.complies() for room in rooms),
        tolerant_household_day_count=all(room.complies(tolerance) for room in rooms),
    )


# KPI cells


@dataclass
class Cell:
    """The working of one figure."""

    numerator: Decimal = NONE
    denominator: Decimal = NONE
    excluded: Counter[str] = field(default_factory=Counter)
    immature: int = 0

    def add(self, numerator: Decimal | int, denominator: Decimal | int) -> None:
        self.numerator += numerator
        self.denominator += denominator


Cells = dict[Key, Cell]


def keys(code: str, street: str | None, day: date, seeds: HeatingSeeds, grains: Iterable[str]) -> Iterator[Key]:
    """Every cell a street's day counts in; without a known street only the city's."""
    area = seeds.area(street)
    places = (("city", CITY), ("district", area.district), ("region", area.region), ("street", area.street))
    for level, place in places:
        for grain in grains if place else ():
            if (level, grain) != ("street", "day") or code in BY_STREET_AND_DAY:
                yield Key(code, level, str(place), grain, period_start(day, grain))


BOTH = ("day", "month")
# The dictionary's `smallest_day_area`: of the others a street has no figure for a single day.
BY_STREET_AND_DAY = {"heating.room_compliance_rate", "heating.valid_reading_rate"}


def room_cells(days: dict[Place, StreetDay], seeds: HeatingSeeds) -> Cells:
    """T01 to T04, of the days of a season; hours out of season are left out of T01 by their reason."""
    found: Cells = defaultdict(Cell)
    for (day, street, _), place in days.items():
        for key in keys("heating.room_compliance_rate", street, day, seeds, BOTH):
            found[key].excluded.update(left_out(place))
        for key in keys("heating.valid_reading_rate", street, day, seeds, BOTH):
            found[key].immature += place.sums["expected_hour_count"] - place.due_hours
        if not seeds.season(day):
            continue
        sums = place.sums
        lack = Decimal(sums["shortfall"]) / UNIT
        figures = {
            "heating.room_compliance_rate": (sums["compliant_hour_count"], sums["counted_hour_count"]),
            "heating.full_day_compliance_rate": (sums["compliant_day_count"], sums["whole_day_count"]),
            "heating.valid_reading_rate": (sums["valid_hour_count"], place.due_hours),
            "heating.shortfall_degree_hours": (lack, sums["counted_day_count"]),
        }
        for code, figure in figures.items():
            for key in keys(code, street, day, seeds, BOTH):
                found[key].add(*figure)
    return found


def left_out(place: StreetDay) -> dict[str, int]:
    """Hours left out, by reason."""
    return {name[:3].upper(): count for name, count in place.sums.items() if name.startswith("x")}


def check_cells(rows: Iterable[Check], seeds: HeatingSeeds) -> Cells:
    """T07: checks triggered in the period."""
    found: Cells = defaultdict(Cell)
    for row in rows:
        for key in keys("heating.same_day_check_rate", row.street, row.triggered_at.date(), seeds, BOTH):
            if row.reason:
                found[key].excluded[row.reason] += 1
            elif row.is_immature:
                found[key].immature += 1
            else:
                found[key].add(int(row.is_hit), 1)
    return found


def station_cells(rows: Iterable[StationDay], seeds: HeatingSeeds) -> Cells:
    """T08 by hours and area; T10 by stations, in a month each once."""
    found: Cells = defaultdict(Cell)
    heard: dict[Key, dict[str, bool]] = defaultdict(dict)
    for row in rows:
        for key in keys("heating.operation_accident_rate", row.street, row.day, seeds, BOTH):
            found[key].add(row.stopped_hours * row.area_m2, row.heard_hours * row.area_m2)
        for key in keys("heating.station_connected_rate", row.street, row.day, seeds, BOTH):
            heard[key][row.station_id] = heard[key].get(row.station_id, False) or row.heard_hours > 0
    for key, stations in heard.items():
        found[key].add(sum(stations.values()), len(stations))
    return found
