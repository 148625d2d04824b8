"""The communities as registers name them: their codes by street, drawn by the share of households."""

from __future__ import annotations

import numpy as np

from simulator.arrays import Ints, Texts, texts
from simulator.people import pick
from simulator.run import Run


def communities_of(run: Run, street: Ints, rng: np.random.Generator) -> Texts:
    """One community code for each street position; a street whose communities no seed knows has one of its own."""
    known = [found.communities or (f"{found.code}000",) for found in run.city.streets]
    draw = rng.random(len(street))
    return texts(
        [known[place][int(part * len(known[place]))] for place, part in zip(street.tolist(), draw, strict=True)]
    )


def streets_of(run: Run, count: int, rng: np.random.Generator) -> Ints:
    """Positions of streets, by their share of households."""
    return pick(rng, run.city.share, count)
