"""A scale of values: its ends at round numbers, and the ticks between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log10

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """From `low` to `high`, both ticks; `decimals` is how many the ticks need to be told apart as they are."""

    low: float
    high: float
    ticks: tuple[float, ...]
    decimals: int = 0

    def share(self, value: float) -> float:
        """Where a value lies: 0 at the lower end, 1 at the upper."""
        return (value - self.low) / (self.high - self.low)


def scale(values: Iterable[float], *, intervals: int = 4, from_zero: bool = False, least_step: float = 0.0) -> Scale:
    """The scale of values, in steps a reader can halve in the head: multiples of `least_step` where there is one, such
    as 1 for counts."""
    found = [*values] or [0.0]
    low, high = min(found), max(found)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    step = _step((high - low) / intervals or abs(high) / intervals or 1.0, least_step)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    last = max(last, first + 1)
    ticks = tuple(round(n * step, 10) for n in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], ticks, max(_decimals(tick) for tick in ticks))


def _step(least: float, multiple_of: float) -> float:
    least = max(least, multiple_of)
    power: float = 10.0 ** floor(log10(least) + 1e-9)
    steps = (step * power for step in (*STEPS, 20.0))
    return next(step for step in steps if step >= least * (1 - 1e-9) and _is_multiple(step, multiple_of))


def _is_multiple(step: float, of: float) -> bool:
    return of == 0 or abs(step / of - round(step / of)) < 1e-6


def _decimals(tick: float) -> int:
    return next((places for places in range(10) if round(tick, places) == tick), 10)
