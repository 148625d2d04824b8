"""The register of city hotline cases with their whole life: what both the export and the event feed tell of."""

from __future__ import annotations

from datetime import date

import numpy as np

from simulator.hotline_asked import Asked
from simulator.hotline_calls import ask
from simulator.hotline_cases import handle
from simulator.hotline_cells import fixed_cells
from simulator.hotline_steps import steps
from simulator.hotline_words import HEATING
from simulator.places import street_of
from simulator.register import Register, join
from simulator.run import Run
from simulator.units import assign

FEED = "hotline_city"
# What changes a row of the export, so that the case is exported again.
STEPS = (
    *("received", "decided", "refused", "dispatched", "redispatched", "extension_approved"),
    *("finished", "called", "reopened", "refinished", "closed"),
)
UNITS = ("first_unit", "second_unit", "co_unit", "second_co_unit")


def cases(run: Run, days: list[date], *, is_history: bool) -> Register:
    """All cases received on these days, with their whole life."""
    asked = ask(run, days, is_history=is_history)
    return join([_cases_of(run, day, asked[day]) for day in days])


def _cases_of(run: Run, day: date, asked: Asked) -> Register:
    rng = run.stream(FEED, day)
    street = street_of(run.city, asked.person)
    handled = handle(run, asked, street, rng)
    further, extension_days = steps(run, asked, handled, rng)
    cells = fixed_cells(run, asked, street, day, rng) | handled.cells
    cells |= {"ending": handled.ending, "extension_days": extension_days.astype(object)}
    cells |= dict(zip(UNITS, assign(run.city, asked, street).astype(object), strict=True))
    return Register(cells, handled.moments | further, STEPS)


def heating_callers(register: Register) -> dict[date, list[tuple[str, int]]]:
    """Numbers and callers of the heating cases by day of the call."""
    found: dict[date, list[tuple[str, int]]] = {}
    rows = np.flatnonzero(register.cells["category_name"] == HEATING)
    days = register.moments["received"][rows].astype("datetime64[D]").tolist()
    who = zip(register.column("case_no", rows), register.cells["person"][rows].tolist(), strict=True)
    for day, caller in zip(days, who, strict=True):
        found.setdefault(day, []).append(caller)
    return found
