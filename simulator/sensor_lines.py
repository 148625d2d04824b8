"""Files of sensors: lines of CSV in order, and at the end what went wrong on the way."""

from __future__ import annotations

import numpy as np

from simulator.arrays import Flags, Ints, Texts
from simulator.delivery import Batch

BROKEN_SHARE, REPEATED_SHARE = 0.0002, 0.001


def sensor_batch(head: str, lines: Texts, is_bad: Flags, has_come: Flags, rng: np.random.Generator) -> Batch:
    """A file of the lines that came, with a few impossible times and lines sent twice at its end."""
    sent: list[str] = lines[has_come].tolist()
    sound: Ints = np.flatnonzero(has_come & ~is_bad)
    copies = lines.reshape(-1)[rng.choice(sound, size=rng.binomial(len(sound), BROKEN_SHARE + REPEATED_SHARE))].tolist()
    broken = int(rng.binomial(len(copies), BROKEN_SHARE / (BROKEN_SHARE + REPEATED_SHARE)))
    sent += [line.replace(":00:00,", ":61:00,") for line in copies[:broken]] + copies[broken:]
    bad = int((has_come & is_bad).sum()) + broken
    return Batch("\n".join([head, *sent, ""]).encode(), len(sent), bad, len(copies) - broken)
