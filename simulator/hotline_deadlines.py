"""The deadlines the hotline states: Dalian's "2·20" rule, and 24 natural hours for a complaint about heating."""

from __future__ import annotations

import numpy as np

from simulator.arrays import NEVER, Flags, Ints, Moments
from simulator.hotline_asked import COMPLAINT, CONSULT, Asked
from simulator.moments import DAY, seconds
from simulator.run import Run


def is_urgent(asked: Asked) -> Flags:
    """Whether the clock of a case runs in natural hours."""
    urgent: Flags = asked.is_heating & (asked.kind == COMPLAINT)
    return urgent


def deadline(run: Run, asked: Asked, start: Moments) -> Moments:
    """2 working days for a consultation, 20 for the rest, counted from the day after; urgent ones have 24 hours."""
    due = run.calendar.due(start, np.where(asked.kind == CONSULT, 2, 20))
    due = np.where(is_urgent(asked), start + np.timedelta64(DAY, "s"), due)
    return np.where(np.isnat(start), NEVER, due)


def extended(run: Run, asked: Asked, due: Moments, days: Ints) -> Moments:
    """The deadline some days later, in the unit of its rule."""
    last_day = due - np.timedelta64(1, "s")  # 24:00 belongs to the day before
    later = np.where(is_urgent(asked), due + seconds(days * DAY), run.calendar.due(last_day, days))
    return np.where(np.isnat(due), NEVER, later)
