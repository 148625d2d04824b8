"""The weather of the invented winter: the city's climate, slow swings, the cold snaps the callers know, and chance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from simulator.arrays import Floats
from simulator.calls import is_cold_snap
from simulator.run import Run

# Means of January to December, about those of Dalian.
MONTHLY_MEANS = (-4.6, -2.4, 3.2, 9.8, 15.8, 20.2, 23.5, 24.2, 20.3, 13.6, 6.0, -1.2)
MID_MONTH = (15, 45, 74, 105, 135, 166, 196, 227, 258, 288, 319, 349)
SNAP = -5.0
# The same slow wave moves the rooms (room_temperatures.py), so that cold weather shows indoors.
WAVE, WAVE_DAYS = 2.4, 3.1
COLDEST_HOUR = 5


@dataclass(frozen=True)
class Weather:
    """Mean, lowest and highest outdoor temperature of a day, in degrees Celsius."""

    mean: float
    low: float
    high: float

    @property
    def hourly(self) -> Floats:
        """The course of the day: coldest before dawn."""
        course = -np.cos((np.arange(24) - COLDEST_HOUR) * 2 * np.pi / 24)
        return self.mean + (self.high - self.low) / 2 * course


@cache
def usual_mean(day_of_year: int) -> float:
    """What the climate expects."""
    return float(np.interp(day_of_year, MID_MONTH, MONTHLY_MEANS, period=365))


def weather(run: Run, day: date) -> Weather:
    """The weather of a day; a day is the same in every window."""
    rng = run.stream("weather", day)
    year, week, _ = day.isocalendar()
    weekly = run.stream("weather", year, week).normal(0, 1.5)
    snap = SNAP if is_cold_snap(run, day) else 0.0
    wave = WAVE * np.sin(day.toordinal() / WAVE_DAYS)
    mean = usual_mean(day.timetuple().tm_yday) + wave + weekly + snap + rng.normal(0, 1.3)
    below, above = rng.uniform(2.5, 5.0, 2)
    return Weather(round(mean, 1), round(mean - below, 1), round(mean + above, 1))
