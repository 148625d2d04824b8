"""Where cases of the neighbourhood happen: codes of street and grid, a few of them unknown or of another street."""

from __future__ import annotations

import numpy as np

from simulator.arrays import Ints, Texts, texts
from simulator.people import pick
from simulator.run import Run

GRIDS_PER_COMMUNITY = 10
UNKNOWN_STREET = "999999999"
UNKNOWN_SHARE, UNSTATED_SHARE, GRIDLESS_SHARE, CONTRADICTING_SHARE = 0.004, 0.01, 0.25, 0.006


def streets_of(run: Run, rng: np.random.Generator, count: int) -> Ints:
    """Positions of streets, by their share of the households."""
    return pick(rng, run.city.share, count)


def place_codes(run: Run, street: Ints, rng: np.random.Generator) -> tuple[Texts, Texts]:
    """The code of the street and of a grid in it; either may be missing, or be wrong."""
    slip, luck, numbers = (
        rng.random(len(street)),
        rng.random(len(street)),
        rng.integers(1, GRIDS_PER_COMMUNITY + 1, len(street)),
    )
    streets, grids = [], []
    for place, draw, chance, number in zip(
        street.tolist(), slip.tolist(), luck.tolist(), numbers.tolist(), strict=True
    ):
        found = run.city.streets[place]
        other = run.city.streets[place - 1] if draw > 1 - CONTRADICTING_SHARE else found
        communities = other.communities or (f"{other.code}000",)
        is_unknown = draw < UNKNOWN_SHARE
        is_unstated = UNKNOWN_SHARE <= draw < UNKNOWN_SHARE + UNSTATED_SHARE
        streets.append(UNKNOWN_STREET if is_unknown else "" if is_unstated else found.code)
        has_no_grid = is_unknown or (not is_unstated and chance < GRIDLESS_SHARE)
        grids.append("" if has_no_grid else f"{communities[int(chance * len(communities))]}{number:03d}")
    return texts(streets), texts(grids)
