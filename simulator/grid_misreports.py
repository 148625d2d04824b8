"""What makes reports look made: one thing reported twice, and closings within minutes of the report."""

from __future__ import annotations

from datetime import date

import numpy as np

from simulator.arrays import Floats, Moments, Texts
from simulator.run import Run

REPEATED, INSTANT = 0.02, 0.03
SAME = ("grid_code", "item_code", "lon", "lat", "crs", "photo_count", "photo_hash")


def repeated(run: Run, day: date, cells: dict[str, Texts]) -> dict[str, Texts]:
    """The cells of a day with some events that only say again what the one before them said."""
    found = {name: cells[name].copy() for name in SAME}
    count = len(cells["event_no"])
    for place in np.flatnonzero(run.stream("grid_event", "repeated", day).random(count) < REPEATED).tolist():
        for column in found.values():
            column[place] = column[max(place - 1, 0)]
    return cells | found


def closed_at_once(reported: Moments, luck: Floats) -> Moments:
    """A moment less than ten minutes after the report."""
    found: Moments = reported + (60 + 480 * luck / INSTANT).astype("timedelta64[s]")
    return found
