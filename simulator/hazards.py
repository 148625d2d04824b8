"""The life of safety hazards: found, ordered to be rectified by a day, rectified, verified, now and then penalised."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import NEVER, Flags, Floats, Moments, texts
from simulator.case_files import CaseFeed, case_parcels
from simulator.case_places import place_codes, streets_of
from simulator.delivery import Parcel
from simulator.moments import DAY, HOUR, moments_of, seconds
from simulator.people import callers, phones, pick
from simulator.register import Register, join
from simulator.run import Run
from simulator.volume import rhythm
from simulator.writing import Cell

FEED = "safety_hazard"
# 57,000 and some in the published year.
PER_DAY = 160.0
SITES = ("九小场所", "高层建筑", "工矿企业", "人员密集场所", "燃气", "建筑施工", "道路交通", "其他")
SITE_WEIGHTS = (0.38, 0.14, 0.12, 0.10, 0.10, 0.06, 0.04, 0.06)
LEVELS, LEVEL_WEIGHTS, ALLOWED_DAYS = ("一般", "重大"), (0.965, 0.035), (7, 15)
FOUND_BY, FOUND_WEIGHTS, REWARDED = ("自查", "检查", "有奖举报"), (0.35, 0.57, 0.08), 2
STUCK_SHARE, UNVERIFIED_SHARE, UNDATED_SHARE, PENALISED_SHARE = 0.002, 0.004, 0.004, 0.03
STEPS = ("found", "ordered", "rectified", "verified", "penalised")
BREAKS: list[tuple[str, Cell]] = [("level", "较大"), ("found_at", "2026-02-30T08:00:00+08:00"), ("site_type", "其它")]


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """Last year by month, then the window day by day."""
    return case_parcels(run, CaseFeed(contract, partial(hazards, run), BREAKS, {}, "level"))


def hazards(run: Run, days: list[date]) -> Register:
    """All hazards found on these days, with their whole life."""
    return join([_hazards_of(run, day) for day in days])


def _hazards_of(run: Run, day: date) -> Register:
    rng = run.stream(FEED, day)
    count = int(rng.poisson(run.scale * PER_DAY * rhythm(run, day)))
    street = streets_of(run, rng, count)
    street_code, grid_code = place_codes(run, street, rng)
    level, found_by = pick(rng, LEVEL_WEIGHTS, count), pick(rng, FOUND_WEIGHTS, count)
    cells = {
        "hazard_no": texts([f"H{day:%Y%m%d}{number:04d}" for number in range(1, count + 1)]),
        "site_type": texts(list(SITES))[pick(rng, SITE_WEIGHTS, count)],
        "level": texts(list(LEVELS))[level],
        "found_by": texts(list(FOUND_BY))[found_by],
        "street_code": street_code,
        "grid_code": grid_code,
        "reporter_phone": np.where(found_by == REWARDED, phones(callers(rng, count), rng), ""),
        "description": texts(["模拟隐患：现场已拍照。"] * count),
    }
    found = moments_of(day, rng, count)
    allowed = np.array(ALLOWED_DAYS)[level] * float(DAY)
    return Register(cells, _life(found, allowed, run.quality.late[run.city.region_of[street]], rng), STEPS)


def _life(found: Moments, allowed: Floats, late: Floats, rng: np.random.Generator) -> dict[str, Moments]:
    """Most are rectified in time; some late, a few never, a few never looked at again."""
    count = len(found)

    def after(start: Moments, low: float, high: float, condition: Flags) -> Moments:
        return np.where(condition, start + seconds(rng.uniform(low, high, count) * HOUR), NEVER)

    everywhere = np.ones(count, dtype=bool)
    ordered = after(found, 0.1, 8, everywhere)
    is_late = rng.random(count) < late / 3
    share = np.where(is_late, 1 + rng.exponential(0.4, count), 0.05 + 0.9 * rng.beta(1.3, 3, count))
    rectified = np.fmax(found + seconds(allowed * share), ordered + np.timedelta64(HOUR, "s"))
    rectified[rng.random(count) < STUCK_SHARE] = NEVER
    due = (found + seconds(allowed)).astype("datetime64[D]").astype("datetime64[s]") + np.timedelta64(DAY, "s")
    return {
        "found": found,
        "ordered": ordered,
        "due": np.where(rng.random(count) < UNDATED_SHARE, NEVER, due),
        "rectified": rectified,
        "verified": after(rectified, 4, 90, rng.random(count) > UNVERIFIED_SHARE),
        "penalised": after(ordered, 24, 400, rng.random(count) < PENALISED_SHARE),
    }
