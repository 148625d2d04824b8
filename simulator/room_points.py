"""The room points and what they feel: company, flat, hour and weather, in hundredths of a degree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from simulator.arrays import Flags, Floats, Ints, Texts, texts
from simulator.city import ENTERPRISES
from simulator.people import pick
from simulator.run import Run

POINTS = 240
HOURS = np.arange(24)
ROOM_TYPES = ("bedroom", "living", "other", "non_res")
ROOM_WEIGHTS = (0.46, 0.44, 0.06, 0.04)
SUSPENDED_SHARE = 0.03
COLD_SHARE = 0.06
FROZEN_SHARE = 0.012
FROZEN_DAYS = (1, 2, 3)
MEAN = 20.7
LOWEST, HIGHEST = 5.0, 34.0


@dataclass(frozen=True)
class Points:
    """Room points: who they are, and how warm each is beside the others."""

    point_id: Texts
    street_code: Texts
    enterprise: Ints
    room_type: Texts
    is_suspended: Flags
    level: Floats
    swing: Floats

    def __len__(self) -> int:
        return len(self.level)


def points(run: Run) -> Points:
    """The points of the whole run; every street has one before any has two."""
    rng = run.stream("points")
    count = max(1, round(POINTS * run.scale))
    places = len(run.city.streets)
    spread = np.concatenate([rng.permutation(places), pick(rng, run.city.share, max(0, count - places))])[:count]
    enterprise = run.city.enterprise_of[spread]
    quality = run.stream("quality", "heat").permutation(np.linspace(-0.9, 0.8, len(ENTERPRISES)))
    is_suspended = rng.random(count) < SUSPENDED_SHARE
    cold = np.where(rng.random(count) < COLD_SHARE, -3.4, 0.0) - np.where(is_suspended, 7.0, 0.0)
    return Points(
        point_id=texts([f"P{number:05d}" for number in range(1, count + 1)]),
        street_code=texts([run.city.streets[place].code for place in spread]),
        enterprise=enterprise,
        room_type=texts(list(ROOM_TYPES))[pick(rng, ROOM_WEIGHTS, count)],
        is_suspended=is_suspended,
        level=MEAN + quality[enterprise] + rng.normal(0, 0.9, count) + cold,
        swing=rng.uniform(0.2, 0.8, count),
    )


def hundredths(run: Run, found: Points, day: date) -> Ints:
    """Temperatures of a day: a row for each point, a column for each hour."""
    rng = run.stream("readings", day)
    weather = 0.5 * np.sin(day.toordinal() / 3.1) + rng.normal(0, 0.25)
    course = np.sin((HOURS - 8) * 2 * np.pi / 24)
    values = found.level[:, None] + weather + found.swing[:, None] * course + rng.normal(0, 0.15, (len(found), 24))
    cents: Ints = np.rint(100 * np.clip(values, LOWEST, HIGHEST)).astype(int)
    cents[0, 8] = 1796  # 17.96 is shown as 18.0 and is not 18
    if day.weekday() in FROZEN_DAYS:
        stuck = _frozen(run, len(found), day)
        cents[stuck] = np.rint(100 * np.clip(found.level[stuck], LOWEST, HIGHEST)).astype(int)[:, None]
    return cents


def _frozen(run: Run, count: int, day: date) -> Ints:
    """Points that repeat one value from Tuesday to Thursday of a week."""
    year, week, _ = day.isocalendar()
    stuck: Ints = run.stream("frozen", year, week).choice(count, size=round(count * FROZEN_SHARE), replace=False)
    return stuck
