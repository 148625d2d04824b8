"""Moments of a day and how they are written."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from simulator.arrays import Durations, Floats, Ints, Moments
from simulator.people import pick

HOUR, DAY = 3600, 86400
CALLS_BY_HOUR = (2, 1, 1, 1, 1, 2, 4, 9, 18, 22, 21, 17, 13, 17, 19, 19, 18, 15, 12, 10, 9, 8, 6, 4)


def moments_of(day: date, rng: np.random.Generator, count: int) -> Moments:
    """Ordered moments of a day, dense in office hours."""
    hours = np.sort(pick(rng, CALLS_BY_HOUR, count) + rng.random(count))
    found: Moments = np.datetime64(day, "s") + seconds(hours * HOUR)
    return found


def seconds(amounts: Floats | Ints) -> Durations:
    """Amounts of seconds as durations that can be added to moments."""
    return amounts.astype("timedelta64[s]")


def length(start: Moments, end: Moments) -> Floats:
    """Seconds from one moment to another, 0 where one of them never came."""
    span = end - start
    return np.where(np.isnat(span), 0.0, span.astype("timedelta64[s]").astype(float))


def end_of(day: date) -> np.datetime64:
    """Midnight after a day: everything before it has happened."""
    return np.datetime64(day + timedelta(days=1), "s")


def moment_texts(moments: Moments, *, zone: str = "") -> list[str]:
    """`2026-01-05 08:00:00`, or ISO with a zone; nothing for a moment that never came."""
    written = np.datetime_as_string(moments.astype("datetime64[s]"))
    written[np.isnat(moments)] = ""
    if zone:
        return [f"{text}{zone}" if text else "" for text in written.tolist()]
    letters = written.view(np.uint32).reshape(len(written), written.itemsize // 4)
    letters[:, 10][letters[:, 10] == ord("T")] = ord(" ")
    found: list[str] = written.tolist()
    return found
