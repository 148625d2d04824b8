"""What makes a case hard: extensions, pauses, unreasonable demands, pressure from above, and appeals afterwards."""

from __future__ import annotations

import numpy as np

from simulator.arrays import NEVER, Ints, Moments
from simulator.hotline_asked import Asked
from simulator.hotline_callbacks import UNREACHABLE
from simulator.hotline_cases import Handled
from simulator.hotline_deadlines import extended, is_urgent
from simulator.moments import DAY, HOUR, length, seconds
from simulator.run import Run
from simulator.span import Span

EXTENDED_SHARE, LATE_EXTENDED_SHARE, EXTENSION_APPROVED, TOO_LATE_SHARE = 0.02, 0.18, 0.75, 0.05
SUSPENDED_SHARE, RESUMED_SHARE = 0.015, 0.9
HARD_SHARE, UNREASONABLE_SHARE, UNREASONABLE_APPROVED = 0.004, 0.006, 0.7
URGED_SHARE, SUPERVISED_SHARE = 0.02, 0.005
ATTEMPTED_SHARE = 0.15
APPEALED_SHARE, UPHELD_SHARE = 0.06, 0.4


def extensions(run: Run, asked: Asked, known: dict[str, Moments], span: Span) -> tuple[dict[str, Moments], Ints]:
    """Extensions and their days, asked for mostly by units that will be late; one that comes too late moves nothing."""
    due = known["due"]
    is_late = known["finished"] > due
    is_asked = span.chance(np.where(is_late, LATE_EXTENDED_SHARE, EXTENDED_SHARE))
    in_span = span.at(0.63, 0.68, is_asked)
    before_due = due - seconds(span.draw(0.01, 0.1) * length(span.start, due))
    requested = np.where(span.chance(TOO_LATE_SHARE), in_span, np.fmin(in_span, before_due))
    requested[~is_asked] = NEVER
    decided = requested + seconds(length(requested, span.start + seconds(0.73 * span.seconds)) * span.draw(0.1, 0.5))
    is_approved = span.chance(EXTENSION_APPROVED)
    units = 1 + span.rng.integers(3, size=len(due))
    days = np.where(is_urgent(asked), np.minimum(units, 2), 5 * units)
    approved = np.where(is_approved, decided, NEVER)
    moved = np.where(np.isnat(approved) | (requested > due), NEVER, extended(run, asked, due, days))
    return {
        "extension_requested": requested,
        "extension_approved": approved,
        "extension_rejected": np.where(is_approved, NEVER, decided),
        "due_extended": moved,
    }, days


def hardships(span: Span) -> dict[str, Moments]:
    """Pauses, hard and unreasonable demands, and pressure from above."""
    is_suspended, is_unreasonable = span.chance(SUSPENDED_SHARE), span.chance(UNREASONABLE_SHARE)
    return {
        "suspended": span.at(0.74, 0.80, is_suspended),
        "resumed": span.at(0.82, 0.90, is_suspended & span.chance(RESUMED_SHARE)),
        "marked_hard": span.at(0.70, 0.78, span.chance(HARD_SHARE)),
        "unreasonable_requested": span.at(0.905, 0.92, is_unreasonable),
        "unreasonable_approved": span.at(0.925, 0.94, is_unreasonable & span.chance(UNREASONABLE_APPROVED)),
        "urged": span.at(0.4, 0.7, span.chance(URGED_SHARE)),
        "supervised": span.at(0.5, 0.8, span.chance(SUPERVISED_SHARE)),
    }


def disputes(known: dict[str, Moments], handled: Handled, span: Span) -> dict[str, Moments]:
    """Callbacks in vain, and appeals of units against a bad mark."""
    grade, called = handled.cells["grade"], known["called"]
    in_vain = (grade == UNREACHABLE) | span.chance(ATTEMPTED_SHARE)
    is_bad = (handled.cells["is_solved"] == "否") | (known["finished"] > known["due"])
    appealed = np.fmax(called, known["finished"]) + seconds(span.draw(1, 3) * DAY)
    appealed[~is_bad | ~span.chance(APPEALED_SHARE) | np.isnat(span.start)] = NEVER
    return {
        "attempted": np.where(in_vain, called - seconds(span.draw(0.2, 3) * HOUR), NEVER),
        "appealed": appealed,
        "upheld": np.where(span.chance(UPHELD_SHARE), appealed + seconds(span.draw(1, 3) * DAY), NEVER),
    }
