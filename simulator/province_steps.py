"""The life of direct-line cases between intake and reply, and what the province's callback hears."""

from __future__ import annotations

import numpy as np

from simulator.arrays import NEVER, Flags, Moments, Texts, texts
from simulator.hotline_callbacks import UNREACHABLE, yes_no
from simulator.moments import DAY, HOUR, length, seconds
from simulator.people import pick

CONTACTED_SHARE, CALLED_SHARE, ATTEMPTED_SHARE = 0.85, 0.35, 0.15
SOLVED_SHARE, UNREACHABLE_SHARE, REOPENED_SHARE = 0.86, 0.06, 0.25
URGED_SHARE = 0.5
GOOD, POOR = ("非常满意", "满意", "基本满意"), ("一般", "不满意", "非常不满意")


def steps(known: dict[str, Moments], rng: np.random.Generator) -> tuple[dict[str, Moments], dict[str, Texts]]:
    """Further moments of cases, and the cells of their callback."""
    received, due, replied = known["received"], known["due"], known["replied"]
    count = len(received)
    until = np.where(np.isnat(replied), due, replied)

    def within(start: Moments, end: Moments, low: float, high: float, condition: Flags | bool = True) -> Moments:
        return np.where(condition, start + seconds(length(start, end) * rng.uniform(low, high, count)), NEVER)

    morning = (replied.astype("datetime64[D]") + rng.integers(1, 3, count)).astype("datetime64[s]")
    called = np.where(rng.random(count) < CALLED_SHARE, morning + seconds(rng.uniform(9, 17, count) * HOUR), NEVER)
    cells = _answers(count, rng)
    is_reopened = (cells["is_solved"] == "否") & (rng.random(count) < REOPENED_SHARE)
    reopened = np.where(is_reopened, called + seconds(rng.uniform(1, 10, count) * HOUR), NEVER)
    is_late = np.isnat(replied) | (replied > due)
    latest = np.where(np.isnat(replied), due + np.timedelta64(DAY, "s"), replied)
    in_vain = (cells["grade"] == UNREACHABLE) | (rng.random(count) < ATTEMPTED_SHARE)
    return {
        "signed": within(received, until, 0.02, 0.2),
        "contacted": within(received, until, 0.3, 0.8, rng.random(count) < CONTACTED_SHARE),
        "urged": within(due, latest, 0.05, 0.8, is_late & (rng.random(count) < URGED_SHARE)),
        "attempted": np.where(in_vain, called - seconds(rng.uniform(0.2, 3, count) * HOUR), NEVER),
        "called": called,
        "reopened": reopened,
        "due_again": reopened + np.timedelta64(DAY, "s"),
        "replied_again": reopened + seconds(rng.uniform(2, 30, count) * HOUR),
    }, cells


def _answers(count: int, rng: np.random.Generator) -> dict[str, Texts]:
    is_solved = rng.random(count) < SOLVED_SHARE
    good, poor = texts(list(GOOD))[pick(rng, (0.5, 0.4, 0.1), count)], texts(list(POOR))[rng.integers(3, size=count)]
    solved, grade = yes_no(is_solved), np.where(is_solved, good, poor)
    is_silent = rng.random(count) < UNREACHABLE_SHARE
    solved[is_silent], grade[is_silent] = "", UNREACHABLE
    return {"is_solved": solved, "grade": grade}
