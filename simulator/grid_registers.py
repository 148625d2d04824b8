"""Files of the registers of grids and of communities: all that was known before the window, then weekly changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from ingestion.contract import Contract
from simulator.delivery import Parcel
from simulator.grid_map import OPENED, SPLIT_OFF, Block, Box, Change, Grid, blocks, changes
from simulator.registers import register_parcels
from simulator.run import Run
from simulator.writing import Cell
from warehouse.geography.coordinates import cgcs2000_to_gcj02

GRID, COMMUNITY = "grid_register", "capacity_community"
IN_USE, ENDED = "在用", "撤销"
DEDICATED_SHARE, CONTRADICTING_SHARE = 0.4, 0.01
PERSONS_PER_HOUSEHOLD = 2.4
Rows = list[tuple[date, dict[str, Cell]]]


def grid_parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """Every grid with its boundary; one street draws them on a map of GCJ-02."""
    found = blocks(run)
    shifted = {block.code for block in found if block.street == 0}
    rows = [(OPENED, _grid(grid, shifted)) for block in found for grid in block.grids]
    rows += [(OPENED, _dedicated(block)) for block in _some(run, found, "dedicated", DEDICATED_SHARE)]
    for change in changes(run, found):
        rows += [(change.day, _grid(grid, shifted) | {"grid_status": ENDED}) for grid in change.ended]
        rows += [(change.day, _grid(grid, shifted)) for grid in change.begun]
    yield from register_parcels(run, contract, _dated(rows), [("households", "约300"), ("grid_kind", "机动网格")])


def community_parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """Every community; a few say other numbers than their grids."""
    found = blocks(run)
    contradicting = {block.code for block in _some(run, found, "contradicting", CONTRADICTING_SHARE)}
    rows: Rows = []
    for block in found:
        homes = _homes(block.grids) * (2 if block.code in contradicting else 1)
        rows.append((OPENED, _community(run, block.code, block.street, homes)))
    for change in changes(run, found):
        if change.kind == SPLIT_OFF:
            rows += _split(run, change)
    yield from register_parcels(run, contract, _dated(rows), [("street_code", "2102020"), ("households", "未知")])


def _split(run: Run, change: Change) -> Rows:
    block = change.block
    left = _community(run, block.code, block.street, _homes(block.grids) - _homes(change.ended))
    begun = _community(run, change.begun[0].community, block.street, _homes(change.begun))
    return [(change.day, left), (change.day, begun | {"predecessors": block.code})]


def _some(run: Run, found: list[Block], what: str, share: float) -> list[Block]:
    chosen = run.stream("grid_map", what).random(len(found)) < share
    return [found[place] for place in np.flatnonzero(chosen)]


def _homes(grids: tuple[Grid, ...]) -> int:
    return sum(grid.households for grid in grids)


def _dated(rows: Rows) -> Rows:
    return [(day, cells | {"valid_from": str(day)}) for day, cells in sorted(rows, key=lambda row: row[0])]


def _community(run: Run, code: str, street: int, households: int) -> dict[str, Cell]:
    return {
        "community_code": code,
        "community_status": IN_USE,
        "community_name": f"模拟{code[-3:]}社区",
        "street_code": run.city.streets[street].code,
        "households": str(households),
        "resident_population": str(round(households * PERSONS_PER_HOUSEHOLD)),
        "predecessors": "",
    }


def _grid(grid: Grid, shifted: set[str]) -> dict[str, Cell]:
    is_shifted = grid.community in shifted
    return {
        "grid_code": grid.code,
        "grid_kind": "综合网格",
        "grid_status": IN_USE,
        "community_code": grid.community,
        "households": str(grid.households),
        "predecessors": ";".join(grid.made_of),
        "boundary": _polygon(grid.box, is_shifted),
        "boundary_crs": "GCJ02" if is_shifted else "CGCS2000",
    }


def _dedicated(block: Block) -> dict[str, Cell]:
    """A school or a market: a grid of its own, without homes and not drawn."""
    return {
        "grid_code": f"{block.code}701",
        "grid_kind": "专属网格",
        "grid_status": IN_USE,
        "community_code": block.code,
        "households": "0",
        "predecessors": "",
        "boundary": "",
        "boundary_crs": "",
    }


def _polygon(box: Box, is_shifted: bool) -> str:
    x = np.array([box.west, box.east, box.east, box.west, box.west])
    y = np.array([box.south, box.south, box.north, box.north, box.south])
    if is_shifted:
        x, y = cgcs2000_to_gcj02(x, y)
    corners = ", ".join(f"{lon:.6f} {lat:.6f}" for lon, lat in zip(x.tolist(), y.tolist(), strict=True))
    return f"POLYGON (({corners}))"
