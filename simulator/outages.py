"""Heating outages: now and then a building or a whole compound goes cold, and its neighbours call within hours."""

from __future__ import annotations

from datetime import date

import numpy as np

from simulator.arrays import Ints
from simulator.hotline_asked import ANONYMOUS_SHARE, COMPLAINT, HEATING, HELP, NOBODY, Asked
from simulator.hotline_words import OUTAGE_SUBCATEGORY, OUTAGE_WORDING
from simulator.moments import DAY, HOUR, seconds
from simulator.people import pick
from simulator.places import BUILDINGS, BUILDINGS_PER_COMPOUND, neighbours
from simulator.run import Run
from simulator.volume import outages

FEWEST, MOST, EXTRA = 5, 40, 11.0
WHOLE_COMPOUND_SHARE = 0.3
WORDING_WEIGHTS = (0.3, 0.1, 0.1, 0.5)


def outage_calls(run: Run, day: date, *, is_history: bool) -> Asked:
    """The calls of all outages of a day."""
    rng = run.stream("outages", day)
    count = int(rng.poisson(outages(run, day, is_history=is_history)))
    sizes = np.minimum(FEWEST + rng.exponential(EXTRA, count), MOST).astype(int)
    outage = np.repeat(np.arange(count), sizes)
    callers = len(outage)
    began = rng.uniform(5, 20, count)[outage]
    hours = np.minimum(began + rng.exponential(1.4, callers), 23.99)
    return Asked(
        received=np.datetime64(day, "s") + seconds(np.minimum(hours * HOUR, DAY - 1)),
        kind=np.where(rng.random(callers) < 0.6, COMPLAINT, HELP),
        category=np.full(callers, HEATING),
        subcategory=np.full(callers, OUTAGE_SUBCATEGORY),
        wording=np.where(rng.random(callers) < 0.1, OUTAGE_WORDING, pick(rng, WORDING_WEIGHTS, callers)),
        person=neighbours(_cold_buildings(outage, count, rng)),
        is_anonymous=rng.random(callers) < ANONYMOUS_SHARE,
        is_again=np.zeros(callers, dtype=bool),
        outage=outage,
        earlier=np.full(callers, NOBODY),
    )


def _cold_buildings(outage: Ints, count: int, rng: np.random.Generator) -> Ints:
    """The building of each caller: the one that went cold, or any of its compound."""
    building = rng.integers(BUILDINGS, size=count)
    is_compound = rng.random(count) < WHOLE_COMPOUND_SHARE
    compound = building // BUILDINGS_PER_COMPOUND * BUILDINGS_PER_COMPOUND
    others = np.minimum(compound[outage] + rng.integers(BUILDINGS_PER_COMPOUND, size=len(outage)), BUILDINGS - 1)
    return np.where(is_compound[outage], others, building[outage])
