"""The life of city hotline cases: dispatched with a deadline, finished, called back, sometimes reopened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.arrays import NEVER, Flags, Floats, Moments, Texts, texts
from simulator.hotline_calls import COMPLAINT, CONSULT, PRAISE, Asked
from simulator.moments import DAY, HOUR, seconds
from simulator.people import pick
from simulator.run import Run

ANSWERED, NOT_OURS, VOID = "直接答复", "不予受理", "已作废"
UNREACHABLE, DEFAULTED = "无法联系", "默认满意"


@dataclass(frozen=True)
class Handled:
    """What became of the cases. `ending` is why a case was never dispatched: answered, void, out of jurisdiction."""

    ending: Texts
    moments: dict[str, Moments]
    is_solved: Flags
    grade: Texts


def handle(run: Run, asked: Asked, rng: np.random.Generator) -> Handled:
    """Decide every case's whole life."""
    count = len(asked.kind)
    ending = _ending(asked, rng.random(count))
    dispatched = asked.received + seconds(60 + HOUR * rng.lognormal(-0.7, 0.8, count))
    dispatched[ending != ""] = NEVER
    due = _due(run, asked, dispatched)
    finished = _finish(run, asked, dispatched, due, rng)
    decided = asked.received + seconds(rng.uniform(180, 1500, count))
    finished[ending == ANSWERED] = decided[ending == ANSWERED]
    called, is_solved, grade = _call_back(run, asked, finished, ending, rng)
    said_no = ~np.isnat(called) & ~is_solved & (grade != UNREACHABLE) & (grade != DEFAULTED)
    is_reopened = said_no & (rng.random(count) < 0.2)
    reopened = np.where(is_reopened, called + seconds(rng.uniform(2, 20, count) * HOUR), NEVER)
    filed = finished + seconds(rng.uniform(4, 8, count) * DAY)
    moments = {
        "received": asked.received,
        "decided": np.where((ending != "") & (ending != ANSWERED), decided, NEVER),
        "dispatched": dispatched,
        "due": due,
        "finished": finished,
        "called": called,
        "reopened": reopened,
        "refinished": reopened + seconds(rng.uniform(1.5, 6, count) * DAY),
        "closed": np.where(np.isnat(called) & (ending == ""), filed, NEVER),
    }
    return Handled(ending, moments, is_solved, grade)


def _ending(asked: Asked, luck: Floats) -> Texts:
    ending = texts([""] * len(luck))
    ending[((asked.kind == CONSULT) & (luck < 0.88)) | (asked.kind == PRAISE)] = ANSWERED
    ending[luck > 0.988] = NOT_OURS
    ending[luck > 0.996] = VOID
    return ending


def _due(run: Run, asked: Asked, dispatched: Moments) -> Moments:
    """Rule "2·20": 2 working days for a consultation, 20 for the rest; a heating complaint has 24 natural hours."""
    due = run.calendar.due(dispatched, np.where(asked.kind == CONSULT, 2, 20))
    urgent = asked.is_heating & (asked.kind == COMPLAINT)
    due = np.where(urgent, dispatched + np.timedelta64(DAY, "s"), due)
    return np.where(np.isnat(dispatched), NEVER, due)


def _finish(run: Run, asked: Asked, dispatched: Moments, due: Moments, rng: np.random.Generator) -> Moments:
    """Most units finish early and in office hours, some late, a few never."""
    count = len(due)
    soonest = dispatched + np.timedelta64(20 * 60, "s")
    span = (due - dispatched).astype(float)
    planned = dispatched + seconds(np.nan_to_num(span) * rng.beta(1.3, 4.0, count))
    office = planned.astype("datetime64[D]").astype("datetime64[s]") + seconds((8.5 + 9 * rng.random(count)) * HOUR)
    is_long = span > 1.5 * DAY
    in_time = np.fmax(np.where(is_long, office, planned), soonest)
    overrun = np.where(is_long, 4 * DAY, 10 * HOUR) * rng.exponential(1.0, count) + 0.5 * HOUR
    harder = np.where(asked.is_heating, 1.3, 1.0)
    luck = rng.random(count)
    late = run.quality.late[run.city.region_of[asked.street]] * harder
    finished = np.where(luck < late, due + seconds(overrun), in_time)
    finished[luck < 0.004] = NEVER
    return np.where(np.isnat(dispatched), NEVER, finished)


def _call_back(
    run: Run, asked: Asked, finished: Moments, ending: Texts, rng: np.random.Generator
) -> tuple[Moments, Flags, Texts]:
    """The hotline calls back 1-3 days after the unit finished; nobody can call an anonymous citizen."""
    count = len(finished)
    is_called = (ending == "") & ~np.isnat(finished) & ~asked.is_anonymous & (rng.random(count) < 0.85)
    day = finished.astype("datetime64[D]") + rng.integers(1, 4, count)
    called = np.where(is_called, day.astype("datetime64[s]") + seconds((9 + 8 * rng.random(count)) * HOUR), NEVER)
    region = run.city.region_of[asked.street]
    is_solved = rng.random(count) < run.quality.solved[region]
    content = rng.random(count) < run.quality.satisfied[region] * np.where(is_solved, 1.03, 0.35)
    good = texts(["非常满意", "满意", "基本满意"])[pick(rng, (0.52, 0.38, 0.10), count)]
    poor = texts(["一般", "不满意", "非常不满意"])[pick(rng, (0.35, 0.45, 0.20), count)]
    grade = np.where(content, good, poor)
    missed = rng.random(count)
    grade[missed < 0.16] = "未评价"
    grade[missed < 0.13] = DEFAULTED
    grade[missed < 0.08] = UNREACHABLE
    return called, is_solved, grade
