"""Callbacks of the city hotline: when it calls back, and what the citizen says."""

from __future__ import annotations

import numpy as np

from simulator.arrays import NEVER, Flags, Floats, Ints, Moments, Texts, texts
from simulator.hotline_asked import Asked
from simulator.moments import DAY, HOUR, seconds
from simulator.people import pick
from simulator.run import Run

UNREACHABLE, DEFAULTED = "无法联系", "默认满意"
CALLED_SHARE, CALLED_AGAIN_SHARE = 0.85, 0.6
AGAIN_SOLVED = 0.8
TRUE_SHARE = 0.95


def call_back(asked: Asked, finished: Moments, rng: np.random.Generator) -> Moments:
    """The hotline calls back 1-3 days after the unit finished; nobody can call an anonymous citizen."""
    count = len(finished)
    is_called = ~np.isnat(finished) & ~asked.is_anonymous & (rng.random(count) < CALLED_SHARE)
    day = finished.astype("datetime64[D]") + rng.integers(1, 4, count)
    called = day.astype("datetime64[s]") + seconds((9 + 8 * rng.random(count)) * HOUR)
    return np.where(is_called, called, NEVER)


def call_again(refinished: Moments, rng: np.random.Generator) -> Moments:
    """After the second finish the hotline calls most citizens once more."""
    is_called = rng.random(len(refinished)) < CALLED_AGAIN_SHARE
    return np.where(is_called, refinished + seconds(rng.uniform(0.3, 2, len(refinished)) * DAY), NEVER)


def answers(run: Run, asked: Asked, street: Ints, rng: np.random.Generator) -> dict[str, Texts]:
    """What each citizen would say: at the first callback, and at a second one; better regions hear better words."""
    count = len(asked)
    region = run.city.region_of[street]
    is_solved = rng.random(count) < run.quality.solved[region]
    grade = _grades(is_solved, run.quality.satisfied[region], rng)
    missed = rng.random(count)
    grade[missed < 0.16] = "未评价"
    grade[missed < 0.13] = DEFAULTED
    grade[missed < 0.08] = UNREACHABLE
    solved = yes_no(is_solved)
    solved[missed < 0.13] = ""
    is_solved_again = rng.random(count) < AGAIN_SOLVED
    return {
        "is_solved": solved,
        "grade": grade,
        "is_solved_again": yes_no(is_solved_again),
        "grade_again": _grades(is_solved_again, run.quality.satisfied[region], rng),
        "is_contacted": yes_no(rng.random(count) < TRUE_SHARE),
        "is_truthful": yes_no(rng.random(count) < TRUE_SHARE),
    }


def yes_no(flags: Flags) -> Texts:
    return texts(np.where(flags, "是", "否").tolist())


def _grades(is_solved: Flags, level: Floats, rng: np.random.Generator) -> Texts:
    count = len(is_solved)
    is_content = rng.random(count) < level * np.where(is_solved, 1.03, 0.35)
    good = texts(["非常满意", "满意", "基本满意"])[pick(rng, (0.52, 0.38, 0.10), count)]
    poor = texts(["一般", "不满意", "非常不满意"])[pick(rng, (0.35, 0.45, 0.20), count)]
    return np.where(is_content, good, poor)
