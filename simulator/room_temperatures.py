"""What the room points feel: company, flat, hour and weather, and now and then a building goes cold for hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from simulator.arrays import Floats, Ints
from simulator.point_register import PointRegister, Standing
from simulator.run import Run

HOURS = np.arange(24)
LOWEST, HIGHEST = 5.0, 34.0
SUSPENDED_FALL = 7.0
FROZEN_SHARE = 0.012
FROZEN_DAYS = (1, 2, 3)
SPELL_SHARE = 0.006
ALWAYS_ON = (0, 2, 4)
SPELL_HOURS, SPELL_DEPTH = (5, 15), (0.5, 3.5)
BELOW = 17.8


@dataclass(frozen=True)
class Spell:
    """A building that is cold: from an hour of a day on, perhaps beyond midnight, and how warm it is at most."""

    building: int
    start: int
    ceiling: Floats


def hundredths(run: Run, register: PointRegister, standing: Standing, day: date) -> Ints:
    """Temperatures of a day in hundredths of a degree: a row for each point, a column for each hour."""
    rng, found = run.stream("readings", day), register.found
    weather = 0.5 * np.sin(day.toordinal() / 3.1) + rng.normal(0, 0.25)
    course = np.sin((HOURS - 8) * 2 * np.pi / 24)
    level = found.level - np.where(standing.is_suspended, SUSPENDED_FALL, 0.0)
    values = level[:, None] + weather + found.swing[:, None] * course + rng.normal(0, 0.15, (len(found), 24))
    values = np.minimum(values, _ceiling(run, register, day))
    cents: Ints = np.rint(100 * np.clip(values, LOWEST, HIGHEST)).astype(int)
    cents[0, 8] = 1796  # 17.96 is shown as 18.0 and is not 18
    if day.weekday() in FROZEN_DAYS:
        stuck = _frozen(run, len(found), day)
        cents[stuck] = np.rint(100 * np.clip(level[stuck], LOWEST, HIGHEST)).astype(int)[:, None]
    return cents


def _ceiling(run: Run, register: PointRegister, day: date) -> Floats:
    """How warm each point can be at most; yesterday's spells last into the morning."""
    ceiling = np.full((len(register.found), 24), HIGHEST)
    for began, offset in ((day - timedelta(days=1), -24), (day, 0)):
        for spell in _spells(run, register, began):
            hours = spell.start + offset + np.arange(len(spell.ceiling))
            today = (hours >= 0) & (hours < 24)
            rows = np.flatnonzero(register.homes.building == spell.building)
            ceiling[np.ix_(rows, hours[today])] = spell.ceiling[today]
    return ceiling


def _spells(run: Run, register: PointRegister, day: date) -> Iterator[Spell]:
    """The buildings that go cold on a day; each falls below 18 at once, is coldest in the middle and comes back."""
    rng, buildings = run.stream("spells", day), np.unique(register.homes.building)
    is_cold = rng.random(len(buildings)) < SPELL_SHARE
    if day.weekday() in ALWAYS_ON:  # so that a small city has something to check too
        is_cold[rng.integers(len(buildings))] = True
    for building in buildings[is_cold]:
        hours, depth = int(rng.integers(*SPELL_HOURS)), rng.uniform(*SPELL_DEPTH)
        bend = np.sin(np.pi * (1 + np.arange(hours)) / (hours + 1))
        yield Spell(int(building), int(rng.integers(24)), BELOW - depth * bend + rng.normal(0, 0.05, hours))


def _frozen(run: Run, count: int, day: date) -> Ints:
    """Points that repeat one value from Tuesday to Thursday of a week."""
    year, week, _ = day.isocalendar()
    stuck: Ints = run.stream("frozen", year, week).choice(count, size=round(count * FROZEN_SHARE), replace=False)
    return stuck
