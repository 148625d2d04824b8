"""The simulated grid workers and their points: everyone serves a grid, entries balance but for a few, days stay."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest

from simulator import grid_workers, points
from simulator.grid_map import blocks
from simulator.run import Run
from tests.unit.simulated import CONTRACTS, Record, records, run_of

UNTIL = date(2026, 1, 14)


@pytest.fixture(scope="module")
def month() -> Run:
    return run_of(UNTIL - timedelta(days=29), UNTIL, scale=0.5)


@pytest.fixture(scope="module")
def workers(month: Run) -> list[Record]:
    return records(grid_workers.parcels(month, CONTRACTS[grid_workers.FEED]), grid_workers.FEED)


@pytest.fixture(scope="module")
def lines(month: Run) -> list[Record]:
    return records(points.parcels(month, CONTRACTS[points.FEED]), points.FEED)


def sound(found: list[Record]) -> list[Record]:
    return [row for row in found if len(row["grid_code"]) == 15 and row["worker_status"] in ("在岗", "离岗")]


def test_every_grid_has_a_worker_and_some_workers_two_grids(month: Run, workers: list[Record]) -> None:
    first = [row for row in sound(workers) if row["valid_from"] == str(grid_workers.BEGAN)]
    assert {row["grid_code"] for row in first} == {g.code for block in blocks(month) for g in block.grids}
    grids: dict[str, set[str]] = defaultdict(set)
    for row in first:
        grids[row["worker_token"]].add(row["grid_code"])
    assert 0.01 < sum(len(found) > 1 for found in grids.values()) / len(grids) < 0.06


def test_who_leaves_is_followed_on_the_same_day(workers: list[Record]) -> None:
    left = {(row["grid_code"], row["valid_from"]) for row in sound(workers) if row["worker_status"] == "离岗"}
    came = {(row["grid_code"], row["valid_from"]) for row in sound(workers) if row["worker_status"] == "在岗"}
    assert len(left) > 100
    assert len(left & came) > 0.85 * len(left)


def test_phones_are_nobodys(workers: list[Record], lines: list[Record]) -> None:
    phones = {row["worker_token"] for row in workers} | {row["account_token"] for row in lines} - {""}
    assert all(phone.startswith("100") and len(phone) == 11 for phone in phones)


def test_entries_balance_but_for_a_few(lines: list[Record]) -> None:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in {(r["entry_no"], r["line_no"]): r for r in lines if r["side"] in ("借", "贷")}.values():
        if row["points"].replace(".", "").isdigit():
            sums[row["entry_no"]] += Decimal(row["points"]) * (1 if row["side"] == "贷" else -1)
    assert len(sums) > 1000
    assert 0 < sum(balance != 0 for balance in sums.values()) < 0.05 * len(sums)


def test_some_points_are_rated_by_who_gets_them(lines: list[Record]) -> None:
    assert 0 < sum(row["account_token"] == row["rater_token"] != "" for row in lines) < 0.03 * len(lines)


def test_a_longer_window_keeps_the_days_of_a_shorter_one(lines: list[Record]) -> None:
    week = run_of(UNTIL - timedelta(days=3), UNTIL, scale=0.5)
    short = records(points.parcels(week, CONTRACTS[points.FEED]), points.FEED)
    day = f"J{UNTIL - timedelta(days=2):%Y%m%d}"

    def of_day(found: list[Record]) -> set[tuple[str, ...]]:
        return {tuple(row.values()) for row in found if row["entry_no"].startswith(day)}

    assert of_day(short) == of_day(lines) != set()


def test_the_history_of_workers_does_not_depend_on_the_window(workers: list[Record]) -> None:
    later = run_of(UNTIL - timedelta(days=3), UNTIL, scale=0.5)
    found = records(grid_workers.parcels(later, CONTRACTS[grid_workers.FEED]), grid_workers.FEED)
    assert {tuple(row.values()) for row in sound(found)} == {tuple(row.values()) for row in sound(workers)}
