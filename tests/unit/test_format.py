"""Numbers become words once, half-up and with the signs and units a reader in China or abroad expects."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from reporting import format
from reporting.brief import Text


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [("0.25", 1, "0.3"), ("0.35", 1, "0.4"), ("1.005", 2, "1.01"), ("-0.25", 1, "-0.3"), ("2.4449", 2, "2.44")],
)
def test_halves_round_away_from_zero(value: str, places: int, expected: str) -> None:
    assert format.half_up(Decimal(value), places) == Decimal(expected)


def test_a_rounded_zero_has_no_sign() -> None:
    assert str(format.half_up(Decimal("-0.04"), 1)) == "0.0"


@pytest.mark.parametrize(
    ("value", "expected"),
    [("0.96475", "96.5%"), ("0.9645", "96.5%"), ("0.96449999", "96.4%"), ("1", "100.0%"), ("0", "0.0%")],
)
def test_a_rate_has_one_decimal(value: str, expected: str) -> None:
    assert format.rate(Decimal(value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("8734.6", "8,734.6"), ("8734.0000", "8,734"), ("12", "12"), ("-1815", "\u22121,815")]
)
def test_a_base_is_whole_unless_it_is_weighted(value: str, expected: str) -> None:
    assert format.quantity(Decimal(value)) == expected


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (9999, "9,999", "9,999"),
        (10000, "1.00万", "10,000"),
        (32714, "3.27万", "32,714"),
        (32750, "3.28万", "32,750"),
        (123456789, "1.23亿", "123,456,789"),
    ],
)
def test_large_counts_read_in_wan_in_chinese(value: int, zh: str, en: str) -> None:
    assert format.headline(value) == Text(zh, en)


@pytest.mark.parametrize(
    ("change", "zh", "en"),
    [
        ("0.0139", "+1.4个百分点", "+1.4 pp"),
        ("-0.0225", "\u22122.3个百分点", "\u22122.3 pp"),
        ("0.0004", "0.0个百分点", "0.0 pp"),
        ("-0.0004", "0.0个百分点", "0.0 pp"),
    ],
)
def test_the_difference_of_rates_is_in_percentage_points(change: str, zh: str, en: str) -> None:
    assert format.points(Decimal(change)) == Text(zh, en)


def test_the_size_of_a_difference_has_no_sign() -> None:
    assert format.points_apart(Decimal("-0.0225")) == Text("2.3个百分点", "2.3 percentage points")


@pytest.mark.parametrize(("change", "expected"), [("-0.0526", "\u22125.3%"), ("0.0394", "+3.9%"), ("0", "0.0%")])
def test_the_change_of_a_count_is_in_percent(change: str, expected: str) -> None:
    assert format.relative(Decimal(change)) == expected


def test_months_and_moments_read_naturally() -> None:
    assert format.month(date(2026, 1, 1)) == Text("2026年1月", "January 2026")
    assert format.moment(datetime(2026, 2, 5, 6, 30)) == Text("2026年2月5日06:30", "5 February 2026, 06:30")
