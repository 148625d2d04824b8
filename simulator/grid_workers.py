"""Files of the register of grid workers: who serves which grid, who came and left, and what nobody wrote down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from ingestion.contract import Contract
from simulator.delivery import Parcel
from simulator.grid_map import HALVED, MERGED, Block, Change, blocks, changes
from simulator.people import SURNAMES, pick
from simulator.registers import register_parcels
from simulator.run import Run
from simulator.writing import Cell

FEED = "grid_worker"
BEGAN = date(2023, 1, 1)
WEEK = timedelta(days=7)
ON_DUTY, LEFT = "在岗", "离岗"
POSTS, POST_WEIGHTS = ("网格长", "专职网格员", "兼职网格员"), (0.1, 0.7, 0.2)
AGES, AGE_WEIGHTS = ("29岁及以下", "30-39岁", "40-49岁", "50-59岁", "60岁及以上"), (0.15, 0.35, 0.30, 0.17, 0.03)
EDUCATIONS, EDUCATION_WEIGHTS = ("高中及以下", "大专", "本科", "研究生"), (0.25, 0.40, 0.33, 0.02)
SHARED = 0.03  # grids that their neighbour's worker serves besides his own
REPLACED_PER_WEEK = 6.0
Row = tuple[date, dict[str, Cell]]


class Roster:
    """Every grid's worker, by the place of the grid in the map; numbers are people."""

    def __init__(self, run: Run, found: list[Block]) -> None:
        self.codes = [grid.code for block in found for grid in block.grids]
        rng, count = run.stream(FEED), len(self.codes)
        self.worker = np.arange(count)
        shared = np.flatnonzero(rng.random(count) < SHARED)
        self.worker[shared[shared > 0]] -= 1
        self.post = pick(rng, POST_WEIGHTS, count)
        self.age = pick(rng, AGE_WEIGHTS, count)
        self.education = pick(rng, EDUCATION_WEIGHTS, count)

    def row(self, day: date, number: int, code: str, status: str = ON_DUTY) -> Row:
        """A line of the register; who came later than the first is described like one of them."""
        alike = number % len(self.codes)
        return day, {
            "worker_token": phone(number),
            "worker_name": f"模拟{SURNAMES[number % len(SURNAMES)]}某",
            "grid_code": code,
            "valid_from": str(day),
            "worker_status": status,
            "post": POSTS[self.post[alike]],
            "age_band": AGES[self.age[alike]],
            "education": EDUCATIONS[self.education[alike]],
        }


def phone(number: int) -> str:
    """Of a worker: eleven digits beginning with 100, which nobody has."""
    return f"1009{number:07d}"


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """All who serve, then the changes of each week."""
    found = blocks(run)
    roster = Roster(run, found)
    rows = [roster.row(BEGAN, int(n), code) for n, code in zip(roster.worker, roster.codes, strict=True)]
    rows += [row for change in changes(run, found) for row in _moved(roster, change)]
    rows += _replaced(run, roster)
    once = {(cells["worker_token"], cells["grid_code"], day): (day, cells) for day, cells in rows}
    rows = sorted(once.values(), key=lambda row: row[0])
    yield from register_parcels(run, contract, rows, [("grid_code", "2102020010"), ("worker_status", "休假")])


def _moved(roster: Roster, change: Change) -> Iterator[Row]:
    """Where a grid is halved its worker serves both halves; after a merger both serve one; of a community that gave
    half of itself away the register hears nothing."""
    if change.kind not in (HALVED, MERGED):
        return
    for grid in change.ended:
        number = int(roster.worker[roster.codes.index(grid.code)])
        yield roster.row(change.day, number, grid.code, LEFT)
        for begun in change.begun:
            yield roster.row(change.day, number, begun.code)


def _replaced(run: Run, roster: Roster) -> list[Row]:
    """Each week some go and others come; both are told on one day."""
    rows, count = [], len(roster.codes)
    for week in range((run.until - BEGAN) // WEEK):
        rng = run.stream(FEED, "replaced", week)
        for turn, place in enumerate(rng.integers(count, size=int(rng.poisson(REPLACED_PER_WEEK))).tolist()):
            day = BEGAN + WEEK * week + timedelta(days=int(rng.integers(1, 7)))
            rows.append(roster.row(day, int(roster.worker[place]), roster.codes[place], LEFT))
            rows.append(roster.row(day, count * (1 + turn) + week, roster.codes[place]))
    return rows
