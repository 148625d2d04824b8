"""The simulated registers of grids and communities: they hold together, and events use their codes, old ones too."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
import shapely

from simulator import grid, grid_registers
from simulator.grid_map import KINDS, Change, blocks, changes
from simulator.run import Run
from tests.unit.simulated import CONTRACTS, Record, records, run_of

UNTIL = date(2026, 1, 31)
GRID, COMMUNITY = grid_registers.GRID, grid_registers.COMMUNITY


@pytest.fixture(scope="module")
def run() -> Run:
    return run_of(UNTIL - timedelta(days=29), UNTIL, scale=0.5)


@pytest.fixture(scope="module")
def grids(run: Run) -> list[Record]:
    return records(grid_registers.grid_parcels(run, CONTRACTS[GRID]), GRID)


@pytest.fixture(scope="module")
def communities(run: Run) -> list[Record]:
    return records(grid_registers.community_parcels(run, CONTRACTS[COMMUNITY]), COMMUNITY)


def events(run: Run) -> list[dict[str, object]]:
    parcels = grid.parcels(run, CONTRACTS["grid_event"])
    return [json.loads(line) for parcel in parcels for line in parcel.batch.payload.decode().splitlines()]


def in_use(rows: list[Record]) -> set[str]:
    last = {row["grid_code"]: row for row in sorted(rows, key=lambda row: row["valid_from"])}
    return {code for code, row in last.items() if row["grid_status"] == grid_registers.IN_USE}


def test_every_grid_lies_in_a_community_of_the_register(grids: list[Record], communities: list[Record]) -> None:
    assert {row["community_code"] for row in grids} <= {row["community_code"] for row in communities}
    assert all(row["grid_code"].startswith(row["community_code"]) for row in grids)


def test_what_a_grid_was_made_of_has_ended(grids: list[Record]) -> None:
    made_of = {code for row in grids for code in row["predecessors"].split(";") if code}
    assert len(made_of) > 100
    assert not made_of & in_use(grids)


def test_grids_in_use_share_no_ground(run: Run) -> None:
    found = changes(run, blocks(run))
    now = {g.code: g for block in blocks(run)[:40] for g in block.grids}
    for change in found:
        if change.block.code in {g.community for g in now.values()}:
            for ended in change.ended:
                now.pop(ended.code, None)
            now |= {g.code: g for g in change.begun}
    boxes = [shapely.box(g.box.west, g.box.south, g.box.east, g.box.north) for g in now.values()]
    assert shapely.unary_union(boxes).area == pytest.approx(sum(box.area for box in boxes), rel=1e-6)


def test_something_of_each_kind_changes_every_month(run: Run) -> None:
    found = changes(run, blocks(run))
    assert {change.kind for change in found if change.day >= UNTIL - timedelta(days=31)} == set(KINDS)


def test_a_longer_window_knows_the_same_changes(run: Run) -> None:
    def seen(of: Run) -> list[Change]:
        return [change for change in changes(of, blocks(of)) if change.day <= UNTIL]

    assert seen(run_of(date(2025, 6, 1), UNTIL + timedelta(days=40), scale=0.5)) == seen(run)


def test_some_reporters_use_old_codes_and_some_points_are_astray(run: Run, grids: list[Record]) -> None:
    found = events(run)
    known, current = {row["grid_code"] for row in grids}, in_use(grids)
    codes = [str(event["grid_code"]) for event in found if len(str(event["grid_code"])) == 15]
    retired = [code for code in codes if code in known - current]
    assert 0 < len(retired) < 0.05 * len(codes)
    assert 0 < len([code for code in codes if code not in known]) < 0.02 * len(codes)
    assert {event["crs"] for event in found} == {"CGCS2000", "GCJ02", "BD09", "unknown", None}
    assert any(event["lon"] == 120.0 for event in found)
