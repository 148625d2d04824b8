"""What happens to a city case between dispatch and finish: the steps of which only the event feed tells."""

from __future__ import annotations

import numpy as np

from simulator.arrays import NEVER, Ints, Moments
from simulator.hotline_asked import NOBODY, Asked
from simulator.hotline_cases import Handled
from simulator.hotline_deadlines import deadline
from simulator.hotline_hardships import disputes, extensions, hardships
from simulator.moments import DAY, HOUR, length, seconds
from simulator.run import Run
from simulator.span import Span, span_of

CO_SHARE, SECOND_CO_SHARE, CO_FINISHED_SHARE = 0.05, 0.15, 0.5
RETURNED_SHARE, RETURN_APPROVED = 0.04, 0.7
CONTACTED_SHARE = 0.96
SUPPLEMENT_SHARE = 0.008
SAME_MOMENT_SHARE = 0.3


def steps(run: Run, asked: Asked, handled: Handled, rng: np.random.Generator) -> tuple[dict[str, Moments], Ints]:
    """Moments of all further steps, and the days of each extension."""
    known = handled.moments
    span = span_of(known, rng)
    extension, days = extensions(run, asked, known, span)
    found = _units(run, asked, span) | extension | hardships(span) | disputes(known, handled, span)
    found |= _end(known, found["co_assigned"], span)
    found["contacted"] = _contact(found["signed_anew"], span)
    found["supplement_asked"] = _supplement(known, span)
    found["urged"] = np.fmin(found["urged"], _call_that_urges(asked, known, span))
    return found, days


def _units(run: Run, asked: Asked, span: Span) -> dict[str, Moments]:
    """Signing, co-units, returns, and what follows from an approved return."""
    is_sent = ~np.isnat(span.start)
    is_shared, is_returned = span.chance(CO_SHARE), span.chance(RETURNED_SHARE)
    is_approved = is_returned & span.chance(RETURN_APPROVED)
    found = {
        "signed": span.at(0.01, 0.04, is_sent),
        "co_assigned": span.at(0.05, 0.07, is_shared),
        "second_co_assigned": span.at(0.07, 0.09, is_shared & span.chance(SECOND_CO_SHARE)),
        "return_requested": span.at(0.10, 0.14, is_returned),
        "return_approved": span.at(0.16, 0.20, is_approved),
        "return_rejected": span.at(0.16, 0.20, is_returned & ~is_approved),
        "redispatched": span.at(0.21, 0.24, is_approved),
        "signed_anew": span.at(0.26, 0.28, is_approved),
    }
    for step in ("redispatched", "co_assigned", "second_co_assigned"):
        found[f"due_{step}"] = deadline(run, asked, found[step])
    return found


def _contact(signed_anew: Moments, span: Span) -> Moments:
    """Most units call the citizen on the same or the next day, once the case is theirs for good."""
    soon = span.start + seconds(span.rng.lognormal(2.3, 0.9, len(span.start)) * HOUR)
    is_first = np.isnat(signed_anew)
    earliest = np.where(is_first, span.at(0.05, 0.1, is_first), span.at(0.29, 0.32, ~is_first))
    latest = np.fmin(soon, span.at(0.5, 0.62, ~np.isnat(soon)))
    return np.where(span.chance(CONTACTED_SHARE), np.fmax(earliest, latest), NEVER)


def _end(known: dict[str, Moments], co_assigned: Moments, span: Span) -> dict[str, Moments]:
    """Replies of the units; a co-unit's own finish comes after the lead's, which is that of the case."""
    finished = known["finished"]
    is_finished = ~np.isnat(finished) & ~np.isnat(span.start)
    is_shared = ~np.isnat(co_assigned)
    following = np.fmin(known["called"], finished + np.timedelta64(DAY, "s"))
    after = finished + seconds(length(finished, following) * span.draw(0.05, 0.6))
    resent = known["reopened"] + seconds(length(known["reopened"], known["refinished"]) * span.draw(0.01, 0.05))
    return {
        "co_replied": span.at(0.85, 0.94, is_shared & is_finished),
        "replied": np.where(span.chance(SAME_MOMENT_SHARE) & is_finished, finished, span.at(0.95, 0.99, is_finished)),
        "co_finished": np.where(is_shared & is_finished & span.chance(CO_FINISHED_SHARE), after, NEVER),
        "dispatched_again": resent,
    }


def _supplement(known: dict[str, Moments], span: Span) -> Moments:
    """Before some dispatches the caller is asked for more."""
    waiting = length(known["received"], known["dispatched"])
    is_asked = span.chance(SUPPLEMENT_SHARE) & ~np.isnat(known["dispatched"])
    return np.where(is_asked, known["received"] + seconds(waiting * span.draw(0.2, 0.8)), NEVER)


def _call_that_urges(asked: Asked, known: dict[str, Moments], span: Span) -> Moments:
    """Who calls again on the same day and is not merged urges the first case."""
    is_urging = asked.is_again & (asked.earlier != NOBODY) & np.isnat(known["merged"])
    return np.where(is_urging, known["received"] + seconds(span.draw(60, 600)), NEVER)
