"""The life of grid events: reported in a grid of 15 digits, handled on the spot or assigned, verified, closed."""

from __future__ import annotations

from datetime import date

import numpy as np

from simulator.arrays import NEVER, Flags, Floats, Moments, texts
from simulator.grid_map import GRIDS_PER_COMMUNITY
from simulator.grid_misreports import INSTANT, closed_at_once, repeated
from simulator.grid_points import GridMap, seen
from simulator.moments import DAY, HOUR, moments_of, seconds
from simulator.people import callers, phones, pick
from simulator.register import Register, join
from simulator.run import Run
from simulator.volume import grid_events

FEED = "grid_event"
ITEMS = 36
SEVERITIES = ("一般", "较大", "重大")
SEVERITY_WEIGHTS = (0.90, 0.085, 0.015)
ALLOWED_DAYS = (3, 7, 1)
SELF_HANDLED = 0.35
STEPS = ("reported", "accepted", "rejected", "assigned", "returned", "reassigned", "handled", "verified", "closed")


def events(run: Run, days: list[date]) -> Register:
    """All events reported on these days, with their whole life."""
    known = GridMap(run)
    return join([_events_of(run, known, day) for day in days])


def _events_of(run: Run, known: GridMap, day: date) -> Register:
    rng = run.stream(FEED, day)
    count = int(rng.poisson(grid_events(run, day)))
    street = pick(rng, run.city.share, count)
    severity = pick(rng, SEVERITY_WEIGHTS, count)
    is_self_handled = rng.random(count) < SELF_HANDLED
    places = seen(run, known, day, street, rng.random(count), rng.integers(GRIDS_PER_COMMUNITY, size=count))
    cells = {
        "event_no": texts([f"G{day:%Y%m%d}{number:05d}" for number in range(1, count + 1)]),
        **places,
        "item_code": texts([f"I{item:02d}" for item in (1 + ITEMS * rng.random(count) ** 1.5).astype(int).tolist()]),
        "severity": texts(list(SEVERITIES))[severity],
        "reporter_token": phones(callers(rng, count), rng),
        "description": texts(["模拟事件：巡查发现，现场已拍照。"] * count),
        "is_self_handled": is_self_handled.astype(object),
    }
    reported = moments_of(day, rng, count)
    allowed = np.array(ALLOWED_DAYS)[severity] * float(DAY)
    late = run.quality.late[run.city.region_of[street]]
    moments = {"reported": reported, "due": reported + seconds(allowed)}
    return Register(repeated(run, day, cells), moments | _life(reported, allowed, late, is_self_handled, rng), STEPS)


def _life(
    reported: Moments, allowed: Floats, late: Floats, is_self: Flags, rng: np.random.Generator
) -> dict[str, Moments]:
    """Self-handled events close within hours; the others are assigned, a few refused, sent back or never handled."""
    count = len(reported)

    def after(start: Moments, low: float, high: float, condition: Flags) -> Moments:
        return np.where(condition, start + seconds(rng.uniform(low, high, count) * HOUR), NEVER)

    luck = rng.random(count)
    is_refused, is_returned, is_stuck = ~is_self & (luck < 0.02), ~is_self & (luck > 0.98), luck > 0.995
    accepted = after(reported, 0.1, 1, ~is_self)
    assigned = after(accepted, 0.5, 4, ~is_self & ~is_refused)
    returned = after(assigned, 2, 12, is_returned)
    reassigned = after(returned, 1, 5, is_returned)
    share = np.where(rng.random(count) < late, 1 + rng.exponential(0.5, count), 0.1 + 0.85 * rng.beta(1.5, 3, count))
    by_unit = np.fmax(np.fmax(reported + seconds(allowed * share), assigned), reassigned) + np.timedelta64(
        HOUR // 2, "s"
    )
    handled = np.where(is_self, after(reported, 0.2, 3, is_self), by_unit)
    handled[is_refused | is_stuck] = NEVER
    verified = after(handled, 1, 20, ~is_self)
    closed = np.where(is_self, after(handled, 0.1, 1, is_self), after(verified, 0.2, 8, ~is_self))
    is_instant = is_self & (luck < INSTANT)
    handled[is_instant] = closed[is_instant] = closed_at_once(reported, luck)[is_instant]
    return {
        "accepted": accepted,
        "rejected": after(accepted, 0.2, 3, is_refused),
        "assigned": assigned,
        "returned": returned,
        "reassigned": reassigned,
        "handled": handled,
        "verified": verified,
        "closed": closed,
    }
