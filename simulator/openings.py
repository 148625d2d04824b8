"""When the registers of heating open anew: before each season companies list what they have, then only what changes."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

OPENS_IN, OPENS_ON = 10, 20
# Weeks after the opening in which the registers change: about from the first of November to the end of March.
WEEKS = range(2, 24)


def opening(day: date) -> date:
    """The last opening on or before a day."""
    this_year = date(day.year, OPENS_IN, OPENS_ON)
    return this_year if this_year <= day else this_year.replace(year=day.year - 1)


def openings(first: date, last: date) -> list[date]:
    """All openings of which something is seen from `first` to `last`."""
    years = range(opening(first).year, opening(last).year + 1)
    return [date(year, OPENS_IN, OPENS_ON) for year in years]


def day_of(opened: date, week: int, rng: np.random.Generator) -> date:
    """A day of a week after the opening."""
    return opened + timedelta(days=7 * week + int(rng.integers(7)))
