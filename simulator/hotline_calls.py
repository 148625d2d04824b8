"""The calls of a day: single callers, the neighbours of cold buildings, and those who call again about the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from simulator.arrays import Floats, Ints
from simulator.hotline_asked import ANONYMOUS_SHARE, HEATING, NOBODY, PRAISE, Asked, together
from simulator.hotline_words import CONTENT_WEIGHTS, subcategory_count
from simulator.moments import moments_of
from simulator.outages import outage_calls
from simulator.people import callers, pick
from simulator.run import Run
from simulator.volume import heating_cases, other_cases

TYPE_WEIGHTS = (0.38, 0.26, 0.26, 0.05, 0.03, 0.02)
HEATING_TYPE_WEIGHTS = (0.12, 0.36, 0.48, 0.01, 0.02, 0.01)
CATEGORY_WEIGHTS = (0.0, 0.19, 0.14, 0.12, 0.10, 0.09, 0.09, 0.07, 0.06, 0.06, 0.05, 0.03)
REPEAT_SHARE = 0.06
# How many days later the same caller calls again.
GAP_WEIGHTS = (0.16, 0.22, 0.20, 0.16, 0.12, 0.08, 0.06)
MATTER = ("kind", "category", "subcategory", "wording", "person")


def ask(run: Run, days: list[date], *, is_history: bool) -> dict[date, Asked]:
    """The calls of these days. Who calls again may have called before the first of them."""
    longest = len(GAP_WEIGHTS) - 1
    before = [days[0] - timedelta(days=n) for n in range(1, longest + 1)]
    firsts = {day: _first_calls(run, day, is_history=is_history) for day in [*before, *days]}
    return {day: _with_repeats(run, day, firsts) for day in days}


def _first_calls(run: Run, day: date, *, is_history: bool) -> Asked:
    """The calls of a day before anyone speaks of an earlier one; `is_again` marks those who will."""
    rng = run.stream("calls", day)
    heating = int(rng.poisson(heating_cases(run, day, is_history=is_history)))
    count = heating + int(rng.poisson(other_cases(run, day, is_history=is_history)))
    is_heating = rng.permutation(count) < heating
    category = np.where(is_heating, HEATING, pick(rng, CATEGORY_WEIGHTS, count))
    single = Asked(
        received=moments_of(day, rng, count),
        kind=np.where(is_heating, pick(rng, HEATING_TYPE_WEIGHTS, count), pick(rng, TYPE_WEIGHTS, count)),
        category=category,
        subcategory=(rng.random(count) ** 1.4 * subcategory_count(category)).astype(int),
        wording=pick(rng, CONTENT_WEIGHTS, count),
        person=callers(rng, count),
        is_anonymous=rng.random(count) < ANONYMOUS_SHARE,
        is_again=rng.random(count) < REPEAT_SHARE,
        outage=np.full(count, NOBODY),
        earlier=np.full(count, NOBODY),
    )
    return together([single, outage_calls(run, day, is_history=is_history)])


def _with_repeats(run: Run, day: date, firsts: dict[date, Asked]) -> Asked:
    """The day's calls; those marked become calls of an earlier caller, in the same matter, with their name."""
    rng = run.stream("repeats", day)
    asked = firsts[day]
    marked = np.flatnonzero(asked.is_again)
    gap, luck = pick(rng, GAP_WEIGHTS, len(marked)), rng.random(len(marked))
    matter = {name: getattr(asked, name).copy() for name in MATTER}
    is_again, earlier = np.zeros(len(asked), dtype=bool), _first_of_outage(asked)
    for days in range(len(GAP_WEIGHTS)):
        source = firsts[day - timedelta(days=days)]
        rows, calls = _earlier_calls(source, marked[gap == days], luck[gap == days], is_same_day=days == 0)
        is_again[rows] = True
        for name in MATTER:
            matter[name][rows] = getattr(source, name)[calls]
        if days == 0:
            earlier[rows] = calls
    is_anonymous = asked.is_anonymous & ~asked.is_again
    return replace(asked, is_anonymous=is_anonymous, is_again=is_again, earlier=earlier, **matter)


def _earlier_calls(source: Asked, rows: Ints, luck: Floats, *, is_same_day: bool) -> tuple[Ints, Ints]:
    """Those of the rows that find an earlier call of `source` by a caller who gave a name, and that call."""
    known = np.flatnonzero(~source.is_again & ~source.is_anonymous & (source.kind != PRAISE))
    choices = np.searchsorted(known, rows) if is_same_day else np.full(len(rows), len(known))
    calls: Ints = known[(luck * choices)[choices > 0].astype(int)]
    return rows[choices > 0], calls


def _first_of_outage(asked: Asked) -> Ints:
    """For each call of an outage but its first, the position of the first."""
    earlier = np.full(len(asked), NOBODY)
    rows = np.flatnonzero(asked.outage != NOBODY)
    _, first, group = np.unique(asked.outage[rows], return_index=True, return_inverse=True)
    earlier[rows] = rows[first][group]
    earlier[rows[first]] = NOBODY
    return earlier
