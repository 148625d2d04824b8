"""The main line of a city case's life: merged or dispatched with a deadline, finished, called back, maybe reopened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.arrays import NEVER, Floats, Ints, Moments, Texts, texts
from simulator.hotline_asked import CONSULT, NOBODY, PRAISE, Asked
from simulator.hotline_callbacks import answers, call_again, call_back
from simulator.hotline_deadlines import deadline
from simulator.moments import DAY, HOUR, length, seconds
from simulator.run import Run

ANSWERED, NOT_OURS, VOID = "直接答复", "不予受理", "已作废"
MERGED_SHARE, UNMERGED_SHARE = 0.25, 0.12
REFUSED_SHARE = 0.003
REOPENED_SHARE = 0.2


@dataclass(frozen=True)
class Handled:
    """What became of the cases. `ending` is why a case was never dispatched: answered, void, out of jurisdiction."""

    ending: Texts
    moments: dict[str, Moments]
    cells: dict[str, Texts]


def handle(run: Run, asked: Asked, street: Ints, rng: np.random.Generator) -> Handled:
    """Decide when each case reaches each state that the export shows."""
    count = len(asked)
    ending = _ending(asked, rng.random(count))
    merged, unmerged = _merge(asked, ending, rng)
    is_gone = ~np.isnat(merged) & np.isnat(unmerged)
    ready: Moments = np.fmax(asked.received, unmerged)
    dispatched = ready + seconds(60 + HOUR * rng.lognormal(-0.7, 0.8, count))
    dispatched[(ending != "") | is_gone] = NEVER
    due = deadline(run, asked, dispatched)
    finished = _finish(run, asked, street, dispatched, due, rng)
    is_refused = rng.random(count) < REFUSED_SHARE
    refused = np.where(is_refused, finished, NEVER)
    finished[is_refused] = NEVER
    decided = asked.received + seconds(rng.uniform(180, 1500, count))
    finished[ending == ANSWERED] = decided[ending == ANSWERED]
    moments = {
        "received": asked.received,
        "merged": merged,
        "unmerged": unmerged,
        "decided": np.where((ending != "") & (ending != ANSWERED), decided, NEVER),
        "dispatched": dispatched,
        "due": due,
        "finished": finished,
        "refused": refused,
    }
    cells = answers(run, asked, street, rng)
    moments |= _afterwards(run, asked, np.where(ending == "", finished, NEVER), cells, rng)
    closed = np.where(is_gone, merged + seconds(rng.uniform(60, 1800, count)), NEVER)
    moments["closed"] = np.fmax(moments["closed"], closed)
    return Handled(ending, moments, cells)


def _ending(asked: Asked, luck: Floats) -> Texts:
    ending = texts([""] * len(luck))
    ending[((asked.kind == CONSULT) & (luck < 0.88)) | (asked.kind == PRAISE)] = ANSWERED
    ending[luck > 0.988] = NOT_OURS
    ending[luck > 0.996] = VOID
    return ending


def _merge(asked: Asked, ending: Texts, rng: np.random.Generator) -> tuple[Moments, Moments]:
    """Some calls about a matter already under way are merged into its case; a few of them are taken out again."""
    count = len(asked)
    is_open = ending == ""
    is_merged = (asked.earlier != NOBODY) & is_open & is_open[asked.earlier] & (rng.random(count) < MERGED_SHARE)
    is_merged &= ~is_merged[asked.earlier]
    merged = np.where(is_merged, asked.received + seconds(rng.uniform(300, 5400, count)), NEVER)
    is_unmerged = rng.random(count) < UNMERGED_SHARE
    return merged, np.where(is_unmerged, merged + seconds(rng.uniform(1, 8, count) * HOUR), NEVER)


def _finish(
    run: Run, asked: Asked, street: Ints, dispatched: Moments, due: Moments, rng: np.random.Generator
) -> Moments:
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
    late = run.quality.late[run.city.region_of[street]] * harder
    finished = np.where(luck < late, due + seconds(overrun), in_time)
    finished[luck < 0.004] = NEVER
    return np.where(np.isnat(dispatched), NEVER, finished)


def _afterwards(
    run: Run, asked: Asked, finished: Moments, cells: dict[str, Texts], rng: np.random.Generator
) -> dict[str, Moments]:
    """Callback, reopening with a new deadline, second finish and callback, closing."""
    count = len(asked)
    called = call_back(asked, finished, rng)
    said_no = ~np.isnat(called) & (cells["is_solved"] == "否")
    is_reopened = said_no & (rng.random(count) < REOPENED_SHARE)
    reopened: Moments = np.where(is_reopened, called + seconds(rng.uniform(2, 20, count) * HOUR), NEVER)
    due_again = deadline(run, asked, reopened)
    refinished = reopened + seconds(np.minimum(length(reopened, due_again), 7 * DAY) * rng.uniform(0.15, 1.08, count))
    called_again = call_again(refinished, rng)
    uncalled = np.where(np.isnat(called), finished, NEVER)
    filed = np.fmax(refinished, called_again) + seconds(rng.uniform(0.2, 2, count) * DAY)
    return {
        "called": called,
        "reopened": reopened,
        "due_again": due_again,
        "refinished": refinished,
        "called_again": called_again,
        "closed": np.fmax(uncalled + seconds(rng.uniform(4, 8, count) * DAY), filed),
    }
