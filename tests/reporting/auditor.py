"""The attacker: knows what is printed, how areas add up, and that zeros are; how far is each withheld count pinned?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

Cell = tuple[str, ...]  # (class, span, number, area) or whatever names one count
Interval = tuple[float, float]
SMALL = 5


@dataclass
class Evidence:
    """Printed counts, withheld cells, and what binds them: sums of areas, rates with their rounding."""

    shown: dict[Cell, Interval] = field(default_factory=dict)
    hidden: set[Cell] = field(default_factory=set)
    least: dict[Cell, float] = field(default_factory=dict)
    sums: list[tuple[Cell, list[Cell]]] = field(default_factory=list)
    rates: list[tuple[Cell, Cell, Interval]] = field(default_factory=list)

    def saw(self, cell: Cell, number: float, *, within: float = 0.0) -> None:
        """A printed number; printed twice, the narrower reading counts."""
        low, high = self.shown.get(cell, (0.0, np.inf))
        self.shown[cell] = (max(low, number - within), min(high, number + within))
        self.hidden.discard(cell)

    def misses(self, cell: Cell, least: float = 1.0) -> None:
        """A cell of which the number is not printed (here). A zero would be, if the number stood by itself: least 1."""
        if cell not in self.shown:
            self.hidden.add(cell)
            self.least[cell] = least

    def adds_up(self, whole: Cell, parts: Iterable[Cell]) -> None:
        self.sums.append((whole, list(parts)))

    def saw_rate(self, part: Cell, whole: Cell, rate: float, *, within: float = 0.0005) -> None:
        """A printed percentage of two counts: the true one lies within half of its last place."""
        self.rates.append((part, whole, (rate - within, rate + within)))


def pinned(evidence: Evidence) -> dict[Cell, Interval]:
    """The withheld counts that cannot be 0 and must be one number, or must be 1 to 4, each with its bounds."""
    reach = bounds_of(evidence)
    return {cell: (low, high) for cell, (low, high) in reach.items() if low > 0 and (low == high or high < SMALL)}


def bounds_of(evidence: Evidence) -> dict[Cell, Interval]:
    """The smallest and the largest whole number of each withheld cell that fits all that is printed."""
    unknown = sorted(evidence.hidden)
    column = {cell: n for n, cell in enumerate(unknown)}
    rows, low, high = _equations(evidence, column)
    least = np.array([evidence.least.get(cell, 0.0) for cell in unknown])
    if not unknown:
        return {}
    result = {}
    for cell in unknown:
        ends = []
        for direction in (1.0, -1.0):
            aim = np.zeros(len(unknown))
            aim[column[cell]] = direction
            found = milp(
                aim,
                integrality=np.ones(len(unknown)),
                bounds=Bounds(least, np.inf),
                constraints=LinearConstraint(rows, low, high) if len(rows) else (),
            )
            if found.status == 2:
                raise ValueError("what is printed contradicts itself: the attack cannot be trusted")
            ends.append(round(direction * found.fun) if found.fun is not None else np.inf)
        result[cell] = (float(ends[0]), float(ends[1]))
    return result


def _equations(evidence: Evidence, column: Mapping[Cell, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each sum and rate as low ≤ row · unknown ≤ high; what is printed goes to the ends."""
    terms = [({whole: 1.0} | dict.fromkeys(parts, -1.0), (0.0, 0.0)) for whole, parts in evidence.sums]
    for part, whole, (low, high) in evidence.rates:
        terms += [({part: 1.0, whole: -low}, (0.0, np.inf)), ({part: 1.0, whole: -high}, (-np.inf, 0.0))]
    rows, lows, highs = [], [], []
    for weights, (low, high) in terms:
        row = np.zeros(len(column))
        for cell, weight in weights.items():
            if cell in column:
                row[column[cell]] += weight
            elif cell in evidence.shown:
                first, last = sorted(weight * end for end in evidence.shown[cell])
                low, high = low - last, high - first
        if row.any():
            rows.append(row)
            lows.append(low)
            highs.append(high)
    return np.array(rows), np.array(lows), np.array(highs)
