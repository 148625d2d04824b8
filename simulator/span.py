"""The span of a unit's work on a case, and moments drawn within it.

Each step lies in a fixed part of its span, so that the order of the steps is lawful whatever the span's length.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.arrays import NEVER, Flags, Floats, Moments
from simulator.moments import DAY, length, seconds

UNFINISHED = np.timedelta64(5 * DAY, "s")


@dataclass(frozen=True)
class Span:
    """From dispatch to the end of the unit's work; a case without an end yet has five days."""

    start: Moments
    seconds: Floats
    rng: np.random.Generator

    def at(self, low: float, high: float, condition: Flags) -> Moments:
        """A moment in a part of the span where the condition holds."""
        return np.where(condition, self.start + seconds(self.seconds * self.draw(low, high)), NEVER)

    def chance(self, share: float | Floats) -> Flags:
        return self.rng.random(len(self.start)) < share

    def draw(self, low: float, high: float) -> Floats:
        return self.rng.uniform(low, high, len(self.start))


def span_of(moments: dict[str, Moments], rng: np.random.Generator) -> Span:
    """From dispatch to finish, or to the moment the unit turned the case down."""
    end = np.fmax(moments["finished"], moments["refused"])
    end = np.where(np.isnat(end), moments["dispatched"] + UNFINISHED, end)
    return Span(moments["dispatched"], length(moments["dispatched"], end), rng)
