"""Where grid events are seen: in their grid, in one of three systems, now and then elsewhere; their photographs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from simulator.arrays import Flags, Floats, Ints, Texts, texts
from simulator.grid_map import Grid, ends, inside
from simulator.grid_map import blocks as all_blocks
from simulator.grid_map import changes as all_changes
from simulator.people import pick
from simulator.run import Run
from simulator.writing import Cell
from warehouse.geography.coordinates import cgcs2000_to_gcj02, gcj02_to_bd09

SYSTEMS = ("CGCS2000", "GCJ02", "BD09", "unknown")
SYSTEM_WEIGHTS = (0.50, 0.36, 0.11, 0.03)
OLD_CODE, WITHOUT_POINT, ASTRAY, MISLABELLED, UNLISTED = 0.3, 0.03, 0.004, 0.01, 0.004
ELSEWHERE = (120.0, 40.0)  # far from every grid


class GridMap:
    """The map of a run as the reporters know it."""

    def __init__(self, run: Run) -> None:
        self.blocks = all_blocks(run)
        self.of_street: dict[int, list[int]] = {}
        for place, block in enumerate(self.blocks):
            self.of_street.setdefault(block.street, []).append(place)
        self.ends = ends(all_changes(run, self.blocks))

    def grid_of(self, street: int, draw: float, number: int) -> Grid:
        """A grid of the street as it was at first."""
        communities = self.of_street[street]
        grids = self.blocks[communities[int(draw * len(communities))]].grids
        return grids[number % len(grids)]

    def today(self, grid: Grid, point: tuple[float, float], day: date) -> str:
        """The code of the grid that this point is in on a day."""
        change = self.ends.get(grid.code)
        if change is None or change.day > day:
            return grid.code
        x, y = point
        found = [g.code for g in change.begun if g.box.west <= x <= g.box.east and g.box.south <= y <= g.box.north]
        return found[0] if found else grid.code


def seen(run: Run, known: GridMap, day: date, street: Ints, draws: Floats, numbers: Ints) -> dict[str, Texts]:
    """Codes, points and photographs of a day's events; some reporters still use the code of before a split."""
    rng, count = run.stream("grid_event", "seen", day), len(street)
    luck = rng.random((4, count))
    codes, points = [], np.empty((count, 2))
    for place in range(count):
        grid = known.grid_of(int(street[place]), float(draws[place]), int(numbers[place]))
        points[place] = point = inside(grid.box, rng)
        is_old, is_unlisted = luck[0, place] < OLD_CODE, luck[1, place] < UNLISTED
        code = grid.code if is_old else known.today(grid, point, day)
        codes.append(f"{grid.community}999" if is_unlisted else code)
    points[luck[2] < ASTRAY] = ELSEWHERE
    named = pick(rng, SYSTEM_WEIGHTS, count)
    cells = _written(points, named, luck[3] < MISLABELLED, luck[2] > 1 - WITHOUT_POINT)
    photos = rng.integers(0, 4, count)
    hashes = [f"{number:016x}" for number in rng.integers(0, 2**63, count, dtype=np.int64).tolist()]
    return {
        "grid_code": texts(codes),
        **cells,
        "photo_count": _cells(photos.tolist()),
        "photo_hash": _cells([code if n else None for code, n in zip(hashes, photos.tolist(), strict=True)]),
    }


def _written(points: NDArray[np.float64], named: Ints, is_wrong: Flags, is_missing: Flags) -> dict[str, Texts]:
    """The points as their devices write them; a wrong one writes GCJ-02 under the name of CGCS2000."""
    x, y = points[:, 0], points[:, 1]
    shifted = cgcs2000_to_gcj02(x, y)
    twice = gcj02_to_bd09(*shifted)
    named = np.where(is_wrong, 0, named)
    is_shifted, is_twice = (named == 1) | is_wrong, named == 2
    written = [np.select([is_shifted, is_twice], [shifted[n], twice[n]], (x, y)[n]).round(6).tolist() for n in (0, 1)]
    gone = is_missing.tolist()
    lon, lat = ([None if lost else value for value, lost in zip(w, gone, strict=True)] for w in written)
    systems = [None if lost else SYSTEMS[n] for n, lost in zip(named.tolist(), gone, strict=True)]
    return {"lon": _cells(lon), "lat": _cells(lat), "crs": _cells(systems)}


def _cells(values: Sequence[Cell]) -> Texts:
    found: Texts = np.empty(len(values), dtype=object)
    found[:] = values
    return found
