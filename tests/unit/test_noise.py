"""Two proportions: what is chance and what is not, against intervals worked out elsewhere."""

from __future__ import annotations

from decimal import Decimal
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.figures import RANKED
from reporting.noise import differs, differs_from_rest, wilson
from tests.unit.test_sentences import BEFORE, ROOMS, figure


def test_the_interval_is_wilsons() -> None:
    # 22 of 22 satisfied means at least 85.1 % (docs/mediation-method.md, 2).
    low, high = wilson(Decimal(1), Decimal(22))
    assert low.quantize(Decimal("0.001")) == Decimal("0.851")
    assert high == 1


def by_floats(a: int, n: int, b: int, m: int) -> bool:
    """Newcombe 1998, method 10, written anew."""

    def bounds(x: int, k: int) -> tuple[float, float]:
        z = 1.96
        root = z * sqrt(z * z + 4 * x * (1 - x / k))
        return (2 * x + z * z - root) / (2 * (k + z * z)), (2 * x + z * z + root) / (2 * (k + z * z))

    p, q = a / n, b / m
    (l1, u1), (l2, u2) = bounds(a, n), bounds(b, m)
    low = p - q - sqrt((p - l1) ** 2 + (u2 - q) ** 2)
    high = p - q + sqrt((u1 - p) ** 2 + (q - l2) ** 2)
    return low > 1e-9 or high < -1e-9


def test_newcombes_own_example() -> None:
    # 56/70 against 48/80: 0.0524 to 0.3339 (Newcombe 1998, table II, method 10): zero lies outside.
    assert differs(figure(RANKED, 56, 70), figure(RANKED, 48, 80, BEFORE), 31, 31)
    # 9/10 against 3/10: 0.1705 to 0.8090; 6/7 against 2/7: 0.0582 to 0.8063; 5/56 against 0/29: -0.0381 to 0.1926.
    assert differs(figure(RANKED, 9, 10), figure(RANKED, 3, 10, BEFORE), 31, 31)
    assert differs(figure(RANKED, 6, 7), figure(RANKED, 2, 7, BEFORE), 31, 31)
    assert not differs(figure(RANKED, 5, 56), figure(RANKED, 0, 29, BEFORE), 31, 31)


@given(st.integers(1, 3000), st.integers(1, 3000), st.floats(0, 1), st.floats(0, 1))
def test_as_by_floats_and_either_way_round(n: int, m: int, share: float, other: float) -> None:
    a, b = round(n * share), round(m * other)
    new, old = figure(RANKED, a, n), figure(RANKED, b, m, BEFORE)
    assert differs(new, old, 31, 31) == by_floats(a, n, b, m) == differs(old, new, 31, 31)


def test_a_share_without_a_base_differs_from_nothing() -> None:
    empty = figure(RANKED, 0, 1)
    none = type(empty)(**{**vars(empty), "denominator": Decimal(0)})
    assert not differs(none, figure(RANKED, 1, 1), 31, 31)


def test_a_point_is_one_observation_however_many_hours_it_sends() -> None:
    now, old = figure(ROOMS, 68_448, 74_400), figure(ROOMS, 70_680, 74_400, BEFORE)
    assert not differs(now, old, 31, 31)
    assert differs(figure(RANKED, 68_448, 74_400), figure(RANKED, 70_680, 74_400, BEFORE), 31, 31)


@pytest.mark.parametrize(("num", "den", "expected"), [(90, 100, True), (94, 100, False), (950, 1000, False)])
def test_a_part_is_held_against_the_rest_of_its_whole(num: int, den: int, expected: bool) -> None:
    assert differs_from_rest(figure(RANKED, num, den), figure(RANKED, 9600, 10000), 31) is expected


def test_a_part_that_is_the_whole_differs_from_nothing() -> None:
    assert not differs_from_rest(figure(RANKED, 5, 10), figure(RANKED, 5, 10), 31)
