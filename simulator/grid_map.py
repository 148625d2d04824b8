"""An invented map: every community a block on a lattice, cut into grids; and the splits and mergers of some since 2023.

What changed, and when, is the same in every window; only how much of it is known depends on the window.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count
from math import ceil, sqrt

import numpy as np

from simulator.run import Run

GRIDS_PER_COMMUNITY = 10
OPENED = date(2020, 1, 1)  # when the first grids were drawn
CHANGES_FROM = date(2023, 1, 1)
WEST, SOUTH = 121.2, 38.75
STREET_WIDTH, STREET_HEIGHT = 0.09, 0.07  # degrees
SPLIT_OFF, HALVED, MERGED = "split_off", "halved", "merged"
KINDS = (SPLIT_OFF, HALVED, MERGED)  # one of each a month


@dataclass(frozen=True)
class Box:
    """A rectangle in degrees of CGCS2000."""

    west: float
    south: float
    east: float
    north: float

    def cut(self, columns: int, rows: int, place: int) -> Box:
        """One cell of a lattice laid over it."""
        width, height = (self.east - self.west) / columns, (self.north - self.south) / rows
        x, y = self.west + width * (place % columns), self.south + height * (place // columns)
        return Box(x, y, x + width, y + height)

    def joined(self, other: Box) -> Box:
        return Box(
            min(self.west, other.west),
            min(self.south, other.south),
            max(self.east, other.east),
            max(self.north, other.north),
        )


@dataclass(frozen=True)
class Grid:
    """A grid in force from a day on, until `retired`."""

    code: str
    community: str
    box: Box
    households: int
    since: date
    retired: date | None = None
    made_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """A community as it was at first: where it lies, and its grids."""

    code: str
    street: int
    grids: tuple[Grid, ...]


@dataclass(frozen=True)
class Change:
    """What happened to a community on a day: the grids that ended and those that came of them."""

    day: date
    kind: str
    block: Block
    ended: tuple[Grid, ...]
    begun: tuple[Grid, ...]


def blocks(run: Run) -> list[Block]:
    """All communities of the city; small runs cut them into fewer grids."""
    rng = run.stream("grid_map")
    number = max(4, round(GRIDS_PER_COMMUNITY * min(1.0, run.scale)))
    across = ceil(sqrt(len(run.city.streets)))
    found = []
    for place, street in enumerate(run.city.streets):
        box = Box(WEST, SOUTH, WEST + STREET_WIDTH * across, SOUTH + STREET_HEIGHT * across).cut(across, across, place)
        codes = street.communities or (f"{street.code}000",)
        side = ceil(sqrt(len(codes)))
        households = rng.integers(120, 480, (len(codes), number))
        for at, code in enumerate(codes):
            inner = box.cut(side, side, at)
            grids = tuple(
                Grid(f"{code}{n + 1:03d}", code, inner.cut(2, ceil(number / 2), n), int(homes), OPENED)
                for n, homes in enumerate(households[at])
            )
            found.append(Block(code, place, grids))
    return found


def changes(run: Run, found: list[Block]) -> list[Change]:
    """Each month one community gives half of itself to a new one, one grid is halved, and two become one."""
    order = run.stream("grid_map", "order").permutation(len(found))
    made, numbers = [], count()
    for month in _months(CHANGES_FROM, run.until):
        days = run.stream("grid_map", month).integers(1, 29, len(KINDS))
        for kind, day in zip(KINDS, days.tolist(), strict=True):
            number = next(numbers)
            if number < len(order) and month.replace(day=day) <= run.until:
                made.append(_change(month.replace(day=day), kind, found[int(order[number])], number))
    return made


def _months(first: date, last: date) -> Iterator[date]:
    for number in range((last.year - first.year) * 12 + last.month - first.month + 1):
        yield date(first.year + (first.month - 1 + number) // 12, (first.month - 1 + number) % 12 + 1, 1)


def _change(day: date, kind: str, block: Block, number: int) -> Change:
    one, two = block.grids[:2]
    if kind == HALVED:
        halves = [one.box.cut(2, 1, side) for side in (0, 1)]
        begun = [
            Grid(f"{block.code}{801 + side}", block.code, box, one.households // 2, day, None, (one.code,))
            for side, box in enumerate(halves)
        ]
        return Change(day, kind, block, (one,), tuple(begun))
    if kind == MERGED:
        whole = one.box.joined(two.box)
        merged = Grid(
            f"{block.code}803", block.code, whole, one.households + two.households, day, None, (one.code, two.code)
        )
        return Change(day, kind, block, (one, two), (merged,))
    half = block.grids[len(block.grids) // 2 :]
    code = f"{block.code[:9]}{900 + number % 100}"
    begun = [
        Grid(f"{code}{n:03d}", code, grid.box, grid.households, day, None, (grid.code,))
        for n, grid in enumerate(half, start=1)
    ]
    return Change(day, kind, block, half, tuple(begun))


def ends(found: list[Change]) -> dict[str, Change]:
    """By the code of each grid that ended: how."""
    return {grid.code: change for change in found for grid in change.ended}


def inside(box: Box, rng: np.random.Generator) -> tuple[float, float]:
    """A point well inside."""
    x, y = rng.uniform(0.05, 0.95, 2)
    return box.west + x * (box.east - box.west), box.south + y * (box.north - box.south)
