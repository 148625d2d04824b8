"""Boundaries and points: unusable shapes are none, borders and overlaps decide alike every time, days count."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from warehouse.geography.boundaries import Shapes, overlapped, read_boundaries
from warehouse.geography.coordinates import cgcs2000_to_gcj02
from warehouse.geography.points import NONE, Grids, Located, Numbers, locate

SQUARE = "POLYGON ((121 38, 122 38, 122 39, 121 39, 121 38))"
EVER = (0, 40_000)


def boxes(*corners: tuple[float, float, float, float]) -> Shapes:
    found: Shapes = np.array([shapely.box(*corner) for corner in corners], dtype=object)
    return found


def grids(shapes: Shapes, days: list[tuple[int, int]] | None = None) -> Grids:
    spans = np.array(days or [EVER] * len(shapes), dtype=np.int64).reshape(-1, 2)
    return Grids(shapes, spans[:, 0], spans[:, 1])


def at(where: Grids, points: list[tuple[float, float]], reported: list[int], day: int = 100) -> Located:
    lon, lat = np.array(points, dtype=float).reshape(-1, 2).T
    days = np.full(len(points), day, dtype=np.int64)
    return locate(lon, lat, days, np.array(reported, dtype=np.int64), where)


def read(texts: list[str | None], systems: list[str]) -> Shapes:
    return read_boundaries(np.array(texts, dtype=object), np.array(systems, dtype=object))


# --- boundaries ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "system"),
    [
        (None, "cgcs2000"),
        ("", "cgcs2000"),
        ("POLYGON ((121 38, 122 38, 122", "cgcs2000"),
        ("POLYGON EMPTY", "cgcs2000"),
        ("POINT (121 38)", "cgcs2000"),
        ("LINESTRING (121 38, 122 39)", "cgcs2000"),
        ("POLYGON ((38 121, 38 122, 39 122, 39 121, 38 121))", "cgcs2000"),
        ("POLYGON ((411000 4310000, 412000 4310000, 412000 4311000, 411000 4310000))", "cgcs2000"),
        ("POLYGON ((121 38, 121 38, 121 38, 121 38))", "cgcs2000"),
        (SQUARE, "unknown"),
    ],
    ids=["none", "blank", "cut_off", "empty", "point", "line", "latitude_first", "metres", "flat", "no_system"],
)
def test_what_is_no_area_of_the_earth_is_no_boundary(text: str | None, system: str) -> None:
    assert read([text, SQUARE], [system, "cgcs2000"]).tolist()[0] is None


def test_a_boundary_is_brought_to_cgcs2000_and_mended() -> None:
    corners = np.array([[121.0, 38.0], [121.01, 38.0], [121.01, 38.01], [121.0, 38.01]])
    shifted = shapely.Polygon(np.column_stack(cgcs2000_to_gcj02(corners[:, 0], corners[:, 1])))
    bow_tie = "POLYGON ((121 38, 122 39, 122 38, 121 39, 121 38))"
    one, two = read([shifted.wkt, bow_tie], ["gcj02", "cgcs2000"])
    assert shapely.hausdorff_distance(one, shapely.Polygon(corners)) < 1e-7
    assert two.is_valid
    assert two.area == pytest.approx(0.5)


def test_no_boundaries_at_all() -> None:
    assert len(read([], [])) == 0
    empty = np.array([], dtype=np.int64)
    assert len(overlapped(read([], []), empty, empty)) == 0


def test_grids_overlap_when_they_share_ground_and_days() -> None:
    shapes = boxes((0, 0, 2, 2), (1, 0, 3, 2), (3, 0, 5, 2), (4.99, 0, 7, 2), (0, 0, 2, 2))
    first, last = np.array([0, 0, 0, 0, 900]), np.array([500, 500, 500, 500, 999])
    assert overlapped(shapes, first, last).tolist() == [1, 0, NONE, NONE, NONE]


# --- points ----------------------------------------------------------------------------------------------------------


def test_a_point_lies_in_the_grid_of_its_day() -> None:
    where = grids(boxes((121, 38, 122, 39), (121, 38, 122, 39)), [(0, 99), (100, 200)])
    assert at(where, [(121.5, 38.5)], [0], day=99).grid.tolist() == [0]
    assert at(where, [(121.5, 38.5)], [0], day=100).grid.tolist() == [1]
    assert at(where, [(121.5, 38.5)], [0], day=201).grid.tolist() == [NONE]


def test_on_a_border_and_on_overlaps_the_reported_grid_goes_first() -> None:
    where = grids(boxes((121, 38, 122, 39), (122, 38, 123, 39), (121, 38, 123, 39)))
    border = [(122.0, 38.5)] * 4
    assert at(where, border, [NONE, 0, 1, 2]).grid.tolist() == [0, 0, 1, 2]


def test_distance_is_from_the_reported_grid_in_metres() -> None:
    where = grids(boxes((121, 38, 121.01, 38.01), (121.02, 38, 121.03, 38.01)))
    found = at(where, [(121.005, 38.005), (121.025, 38.005), (121.015, 38.005), (121.005, 38.1)], [0, 0, 0, NONE])
    assert found.grid.tolist() == [0, 1, NONE, NONE]
    assert found.distance_m[0] == 0
    assert np.isnan(found.distance_m[3])
    assert found.distance_m[1:3].tolist() == pytest.approx([0.015 * 87_623, 0.005 * 87_623], rel=0.001)
    assert found.is_near_a_grid.tolist() == [True, True, True, False]


def test_without_points_or_without_grids_nothing_is_found() -> None:
    assert len(at(grids(boxes((121, 38, 122, 39))), [], []).grid) == 0
    nowhere = at(grids(np.array([], dtype=object)), [(121.5, 38.5)], [NONE])
    assert nowhere.grid.tolist() == [NONE]
    assert not nowhere.is_near_a_grid.any()


DEGREE = st.integers(0, 60).map(lambda n: n / 10)
BOX = st.tuples(DEGREE, DEGREE, st.integers(1, 20), st.integers(1, 20)).map(
    lambda b: (b[0], b[1], b[0] + b[2] / 10, b[1] + b[3] / 10)
)


@given(st.lists(BOX, max_size=12), st.lists(st.tuples(DEGREE, DEGREE, st.integers(0, 11)), max_size=20))
def test_the_tree_finds_what_looking_at_every_grid_finds(
    corners: list[tuple[float, float, float, float]], rows: list[tuple[float, float, int]]
) -> None:
    reported = [n if n < len(corners) else NONE for _, _, n in rows]
    found = at(grids(boxes(*corners)), [(x, y) for x, y, _ in rows], reported).grid.tolist()
    for (x, y, _), own, grid in zip(rows, reported, found, strict=True):
        inside = [n for n, (w, s, e, t) in enumerate(corners) if w <= x <= e and s <= y <= t]
        assert grid == (own if own in inside else min(inside, default=NONE))


def test_two_hundred_thousand_points_take_a_moment() -> None:
    side = 145
    west, south = np.indices((side, side)).reshape(2, -1)
    shapes: Shapes = np.array(shapely.box(west, south, west + 1, south + 1), dtype=object)
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(0, side, (2, 200_000))
    reported: Numbers = lon.astype(np.int64) * side + lat.astype(np.int64)
    started = time.perf_counter()
    found = locate(lon, lat, np.full(len(lon), 100, dtype=np.int64), reported, grids(shapes))
    assert (found.grid == reported).all()
    assert time.perf_counter() - started < 8, "two million points are meant to take less than 15 s"
