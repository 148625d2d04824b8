"""What a heat-exchange station does in an hour: the colder it is outside, the hotter the water it sends."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from simulator.arrays import Floats
from simulator.openings import opening
from simulator.run import Run
from simulator.stations import Stations
from simulator.weather import weather

HOURS = np.arange(24)
# Degrees at 0 outside and their slope per degree; secondary water cools by DROP, more when it is cold.
SECONDARY, SECONDARY_SLOPE = 47.0, -0.5
PRIMARY, PRIMARY_SLOPE = 85.0, -1.6
DROP, DROP_SLOPE, MILD = 6.0, 0.12, 10.0
# A station whose water circulates badly comes back this much colder.
LOW_SHARE, LOW_RETURN = 0.05, 6.5
TONNES_PER_M2, GJ_PER_TONNE_AND_DEGREE = 0.0018, 0.004187
SUPPLY_MPA, RETURN_MPA = 0.45, 0.30
LEAST_METER, MOST_METER = 1e3, 4e4


class Physics:
    """The stations of a run and how each differs; a day is the same in every window."""

    def __init__(self, run: Run, found: Stations) -> None:
        rng, count = run.stream("station traits"), len(found)
        low = rng.permutation(found.serving)[: max(1, round(LOW_SHARE * found.serving))]
        self._lowered = np.where(np.isin(np.arange(count), low), LOW_RETURN, 0.0)[:, None]
        self._offset = rng.normal(0, 1.2, count)[:, None]
        self._meter = rng.uniform(LEAST_METER, MOST_METER, count)
        self._flow = TONNES_PER_M2 * found.area_m2
        self._run = run
        first = opening(run.first)
        days = [first + timedelta(days=n) for n in range((run.until - first).days + 1)]
        self._heated = {day: weather(run, day).mean for day in days if run.calendar.is_heating(day)}

    def channels(self, day: date) -> dict[str, Floats]:
        """Every channel of a day while all runs well: a row for each station, a column for each hour."""
        rng, outdoor = self._run.stream("stations", day), weather(self._run, day)
        shape = (len(self._flow), len(HOURS))

        def noise(size: float) -> Floats:
            return rng.normal(0, size, shape)

        supply = SECONDARY + SECONDARY_SLOPE * outdoor.hourly + self._offset + noise(0.25)
        back = supply - _drop(outdoor.mean) - self._lowered + noise(0.2)
        return {
            "t1s": PRIMARY + PRIMARY_SLOPE * outdoor.mean + self._offset + noise(0.6),
            "t1r": back + 9 + noise(0.4),
            "t2s": supply,
            "t2r": back,
            "p2s": SUPPLY_MPA + noise(0.006),
            "p2r": RETURN_MPA + noise(0.004),
            "flow": self._flow[:, None] * (1 + noise(0.015)),
            "heat": self._hourly_heat(outdoor.mean)[:, None] * np.ones(shape),
        }

    def meters(self, day: date) -> Floats:
        """The heat meters as a day begins, as if no hour of the season had stood still: they are read at midnight."""
        before = [mean for heated, mean in self._heated.items() if opening(day) <= heated < day]
        total: Floats = self._meter + sum((24 * self._hourly_heat(mean) for mean in before), np.zeros(len(self._flow)))
        return total

    def _hourly_heat(self, mean: float) -> Floats:
        return np.asarray(self._flow * GJ_PER_TONNE_AND_DEGREE * _drop(mean))


def _drop(mean: float) -> float:
    return DROP + DROP_SLOPE * (MILD - mean)
