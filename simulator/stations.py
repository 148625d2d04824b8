"""The heat-exchange stations: each of one company, in one street, with homes to heat; and what changes in a season."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from simulator.arrays import Ints, Texts, texts
from simulator.city import ENTERPRISES
from simulator.openings import WEEKS, day_of
from simulator.people import pick
from simulator.run import Run

STATIONS = 60
FEWEST_HOMES, MOST_HOMES = 500, 2600
# Dates and not shares of a window, so that a day is the same in every window: the middle of the demo is New Year's Day.
RETIRES, CONNECTS = (12, 15), (1, 1)


@dataclass(frozen=True)
class Stations:
    """Stations by company and street. The last but one retires in the season, the last is connected late."""

    station_id: Texts
    place: Ints
    enterprise: Ints
    households: Ints
    area_m2: Ints

    def __len__(self) -> int:
        return len(self.place)

    @property
    def serving(self) -> int:
        """How many stations, from the first, still heat in spring."""
        return len(self) - 2


@dataclass(frozen=True)
class Standing:
    """A row of the register: a station as it stands from a day on."""

    day: date
    station: int
    is_retired: bool
    households: int
    area_m2: int


def stations(run: Run) -> Stations:
    """Every company has one before any has two; neighbouring streets share a station."""
    rng = run.stream("stations")
    companies, count = len(ENTERPRISES), max(len(ENTERPRISES), round(STATIONS * run.scale))
    company_of = run.city.enterprise_of
    weight = np.bincount(company_of, weights=run.city.share, minlength=companies)
    enterprise = np.sort(np.concatenate([np.arange(companies), pick(rng, weight.astype(float), count - companies)]))
    enterprise = np.concatenate([enterprise, rng.integers(companies, size=2)])
    streets = [rng.choice(np.flatnonzero(company_of == company)) for company in enterprise]
    households = rng.integers(FEWEST_HOMES, MOST_HOMES, len(enterprise))
    return Stations(
        station_id=texts([f"S{number:04d}" for number in range(1, len(enterprise) + 1)]),
        place=np.array(streets),
        enterprise=enterprise,
        households=households,
        area_m2=(households * rng.uniform(78, 96, len(enterprise))).astype(int),
    )


def standings(run: Run, found: Stations, opened: date) -> list[Standing]:
    """All rows of the register of one season: every station at the opening, then each change, in order of days."""
    now = [
        Standing(opened, number, False, int(households), int(area))
        for number, (households, area) in enumerate(zip(found.households, found.area_m2, strict=True))
    ]
    rows = list(now)
    for changed in sorted(_changes(run, found, opened), key=lambda row: row.day):
        before = now[changed.station]
        if before.day < changed.day and not before.is_retired:
            now[changed.station] = replace(
                before,
                day=changed.day,
                is_retired=changed.is_retired,
                households=before.households + changed.households,
                area_m2=before.area_m2 + changed.area_m2,
            )
            rows.append(now[changed.station])
    return rows


def _changes(run: Run, found: Stations, opened: date) -> Iterator[Standing]:
    """Every week a station gets some more homes; before Christmas one hands its area over and stops."""
    for week in WEEKS:
        rng = run.stream("stations", opened, week)
        homes = int(rng.integers(1, 30))
        day, number = day_of(opened, week, rng), int(rng.integers(found.serving))
        yield Standing(day, number, False, homes, homes * 85)
    yield Standing(retires(opened), found.serving, True, 0, 0)


def retires(opened: date) -> date:
    """The day from which one station no longer runs."""
    return opened.replace(month=RETIRES[0], day=RETIRES[1])


def connects(opened: date) -> date:
    """The day on which the supervision begins to receive from the station connected late."""
    return date(opened.year + 1, *CONNECTS)
