"""The room points: where they hang, whose heat they get, and how warm each is beside the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.arrays import Flags, Floats, Ints, Texts, texts
from simulator.city import ENTERPRISES
from simulator.people import pick
from simulator.run import Run

POINTS = 240
ROOM_TYPES = ("bedroom", "living", "other", "non_res")
ROOM_WEIGHTS = (0.46, 0.44, 0.06, 0.04)
SUSPENDED_SHARE = 0.03
COLD_SHARE = 0.06
MEAN = 20.7


@dataclass(frozen=True)
class Points:
    """Room points as a season begins. `level` is how warm a point is while its customer takes heat."""

    point_id: Texts
    place: Ints
    street_code: Texts
    enterprise: Ints
    room_type: Texts
    is_suspended: Flags
    level: Floats
    swing: Floats

    def __len__(self) -> int:
        return len(self.level)

    @property
    def coldest_enterprise(self) -> int:
        """The company whose points are coldest on average."""
        warmth = [self.level[self.enterprise == company].mean() for company in np.unique(self.enterprise)]
        return int(np.unique(self.enterprise)[np.argmin(warmth)])


def points(run: Run) -> Points:
    """The points of the whole run; every street has one before any has two."""
    rng = run.stream("points")
    count = max(1, round(POINTS * run.scale))
    places = len(run.city.streets)
    spread = np.concatenate([rng.permutation(places), pick(rng, run.city.share, max(0, count - places))])[:count]
    enterprise = run.city.enterprise_of[spread]
    quality = run.stream("quality", "heat").permutation(np.linspace(-0.9, 0.8, len(ENTERPRISES)))
    is_suspended = rng.random(count) < SUSPENDED_SHARE
    cold = np.where(rng.random(count) < COLD_SHARE, -3.4, 0.0)
    return Points(
        point_id=texts([f"P{number:05d}" for number in range(1, count + 1)]),
        place=spread,
        street_code=texts([run.city.streets[place].code for place in spread]),
        enterprise=enterprise,
        room_type=texts(list(ROOM_TYPES))[pick(rng, ROOM_WEIGHTS, count)],
        is_suspended=is_suspended,
        level=MEAN + quality[enterprise] + rng.normal(0, 0.9, count) + cold,
        swing=rng.uniform(0.2, 0.8, count),
    )
