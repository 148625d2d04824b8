"""Alerts of the supervision: rooms that were below their standard for three hours in a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from simulator.arrays import Flags, Floats, Ints, Moments
from simulator.moments import HOUR, seconds
from simulator.point_register import PointRegister
from simulator.room_temperatures import hundredths
from simulator.run import Run

STANDARD = {"bedroom": 18.0, "living": 18.0, "other": 16.0}
HOURS_BELOW = 3
# Rooms that are cold day after day are known: only now and then one of them is reported anew.
KNOWN_LEVEL, KNOWN_SHARE, NEW_SHARE = 19.0, 0.1, 0.8


@dataclass(frozen=True)
class Alerts:
    """Alerts of a day in the order of their moments: the point, its standard, and how warm it was."""

    point: Ints
    at: Moments
    standard: Floats
    measured: Floats

    def __len__(self) -> int:
        return len(self.point)


def alerts(run: Run, register: PointRegister, day: date) -> Alerts:
    """Alerts of the rooms whose customer takes heat; one a point at most, at a random hour of its cold ones."""
    rng, standing = run.stream("alerts", day), register.on(day)
    rooms = register.found.room_type
    standard = np.array([STANDARD.get(kind, 0.0) for kind in rooms])
    standard[standing.is_suspended | standing.is_removed] = 0.0
    warmth = hundredths(run, register, standing, day) / 100
    below = warmth < standard[:, None]
    lasting: Flags = below[:, 2:] & below[:, 1:-1] & below[:, :-2]
    share = np.where(register.found.level < KNOWN_LEVEL, KNOWN_SHARE, NEW_SHARE)
    point = np.flatnonzero(lasting.any(axis=1) & (rng.random(len(rooms)) < share))
    hour = np.argmax(lasting[point] * rng.random((len(point), lasting.shape[1])), axis=1) + HOURS_BELOW - 1
    at = np.datetime64(day, "s") + seconds(hour * HOUR + rng.integers(60, 900, len(point)))
    order = np.argsort(at, kind="stable")
    return Alerts(point[order], at[order], standard[point[order]], warmth[point[order], hour[order]])
