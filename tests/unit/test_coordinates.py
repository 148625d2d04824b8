"""GCJ-02 and BD-09: the known points of other implementations, the way there and back, and the size of the shift."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.geography.coordinates import (
    SYSTEMS,
    Degrees,
    Points,
    bd09_to_cgcs2000,
    bd09_to_gcj02,
    cgcs2000_to_gcj02,
    gcj02_to_bd09,
    gcj02_to_cgcs2000,
    to_cgcs2000,
)

# Longitude, latitude before and after, from the tests of eviltransform (MIT): Shanghai, Shenzhen, Beijing.
TO_GCJ02 = [
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
]
# Of coordtransform-rs (MIT) for Tian'anmen, and of geocoordinates-rs 0.14.2 (MIT or Apache-2.0) for a point of Dalian.
TO_BD09 = [
    ((116.404, 39.915), (116.41036949371029, 39.92133699351021)),
    ((121.6, 38.91), (121.60657741344625, 38.915823695158)),
]
BACK_FROM_GCJ02 = [((121.644512, 38.915823), (121.6395388141803, 38.91501671451657))]
BACK_FROM_BD09 = [((121.644512, 38.915823), (121.6329616384175, 38.909239080509934))]
METRE = 1 / 111_195  # in degrees of latitude

CITY = st.tuples(st.floats(120.9, 123.6), st.floats(38.5, 40.3))
CHINA = st.tuples(st.floats(73.5, 135.0), st.floats(18.0, 53.5))


def points(pairs: list[tuple[float, float]]) -> Points:
    found = np.array(pairs)
    return found[:, 0], found[:, 1]


def metres(one: Points, other: Points) -> Degrees:
    east = (one[0] - other[0]) * np.cos(np.radians(one[1]))
    found: Degrees = np.hypot(east, one[1] - other[1]) / METRE
    return found


@pytest.mark.parametrize(
    ("move", "pairs"),
    [
        (cgcs2000_to_gcj02, TO_GCJ02),
        (gcj02_to_bd09, TO_BD09),
        (gcj02_to_cgcs2000, BACK_FROM_GCJ02),
        (bd09_to_cgcs2000, BACK_FROM_BD09),
    ],
    ids=["to_gcj02", "to_bd09", "from_gcj02", "from_bd09"],
)
def test_known_points_come_out(move, pairs) -> None:  # type: ignore[no-untyped-def]
    given_points, wanted = points([a for a, _ in pairs]), points([b for _, b in pairs])
    assert metres(move(*given_points), wanted).max() < 0.001


@given(st.lists(CHINA, min_size=1, max_size=50))
def test_there_and_back_is_less_than_a_centimetre(pairs: list[tuple[float, float]]) -> None:
    there = points(pairs)
    shifted = cgcs2000_to_gcj02(*there)
    twice = gcj02_to_bd09(*shifted)
    assert metres(there, gcj02_to_cgcs2000(*shifted)).max() < 0.01
    assert metres(shifted, bd09_to_gcj02(*twice)).max() < 0.01
    assert metres(there, bd09_to_cgcs2000(*twice)).max() < 0.01


@given(st.lists(CITY, min_size=1, max_size=50))
def test_a_wrong_label_puts_a_point_into_another_grid(pairs: list[tuple[float, float]]) -> None:
    there = points(pairs)
    shifted = cgcs2000_to_gcj02(*there)
    assert metres(there, shifted).min() > 100
    assert metres(there, shifted).max() < 700
    assert metres(shifted, gcj02_to_bd09(*shifted)).min() > 500


def test_points_do_not_depend_on_their_neighbours() -> None:
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(121, 123, 500), rng.uniform(38.7, 40, 500)
    together = bd09_to_cgcs2000(lon, lat)
    alone = [bd09_to_cgcs2000(lon[n : n + 1], lat[n : n + 1]) for n in range(len(lon))]
    assert metres(together, points([(x[0], y[0]) for x, y in alone])).max() < 0.001


def test_outside_china_nothing_moves() -> None:
    there = points([(-0.1276, 51.5072), (151.2, -33.9), (0.0, 0.0)])
    assert metres(there, cgcs2000_to_gcj02(*there)).max() == 0


def test_cgcs2000_stays_and_nothing_is_nothing() -> None:
    there = points([(121.6, 38.9)])
    assert metres(there, to_cgcs2000(*there, "cgcs2000")).max() == 0
    empty = np.array([])
    assert [len(found) for system in SYSTEMS for found in to_cgcs2000(empty, empty, system)] == [0] * 6
    with pytest.raises(KeyError):
        to_cgcs2000(*there, "unknown")
