"""One run of the simulator: its window, its seed and the regional quality that makes rankings mean something."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby

import numpy as np

from simulator.arrays import Floats
from simulator.calendar import CityCalendar, year_before
from simulator.city import City


@dataclass(frozen=True)
class Quality:
    """How well each region works, by its position in `City.regions`."""

    late: Floats
    solved: Floats
    satisfied: Floats


@dataclass(frozen=True)
class Run:
    """The window [first, until] of a city, drawn from one seed; `scale` multiplies every volume."""

    city: City
    calendar: CityCalendar
    seed: int
    scale: float
    first: date
    until: date

    def stream(self, *what: object) -> np.random.Generator:
        """The random stream of one thing. A day owns its stream, so a longer window keeps the days of a shorter one."""
        return np.random.default_rng([self.seed, zlib.crc32("|".join(map(str, what)).encode())])

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.until - self.first).days + 1)]

    @property
    def history(self) -> list[list[date]]:
        """The same window a year before, by calendar month; it ends before this window begins."""
        last = min(year_before(self.until), self.first - timedelta(days=1))
        start = year_before(self.first)
        days = [start + timedelta(days=n) for n in range((last - start).days + 1)]
        return [list(month) for _, month in groupby(days, key=lambda day: (day.year, day.month))]

    @cached_property
    def quality(self) -> Quality:
        """Evenly spread levels, dealt to the regions by the seed."""
        count = len(self.city.regions)

        def deal(name: str, low: float, high: float) -> Floats:
            return self.stream("quality", name).permutation(np.linspace(low, high, count))

        return Quality(
            late=deal("late", 0.015, 0.12), solved=deal("solved", 0.80, 0.96), satisfied=deal("satisfied", 0.84, 0.97)
        )
