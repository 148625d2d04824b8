"""Surging categories: the SQL of the table against the same rule in plain Python."""

from __future__ import annotations

from collections.abc import Set
from datetime import date, timedelta
from math import exp, factorial
from pathlib import Path
from random import Random

import pytest

from tests.reporting.daily_fixture import DAY, Row, is_absent, marts, read

CATEGORIES = [f"类{n}" for n in range(12)]
REGIONS = ["210211", "2102Z2", None]
WEEKS = [DAY - timedelta(days=7 * n) for n in range(1, 9)]


def poisson_tail(count: int, mean: float) -> float:
    """The chance of so many or more."""
    return 1 - sum(exp(-mean) * mean**k / factorial(k) for k in range(count))


def days(workdays: Set[date] = frozenset()) -> list[Row]:
    """Nine weeks and more; Saturdays are free but for these."""
    every = [DAY - timedelta(days=n) for n in range(70)]
    return [
        {"date_day": day, "iso_weekday": day.isoweekday(), "is_workday": day.isoweekday() < 6 or day in workdays}
        for day in every
    ]


def hotline(seed: int, silent: Set[date] = frozenset()) -> list[Row]:
    random = Random(seed)
    rows = []
    for day in [DAY, *WEEKS, DAY - timedelta(days=1), DAY - timedelta(days=63)]:
        for number, category in enumerate(CATEGORIES):
            for region in REGIONS:
                usual = number if region else 1
                # Every third category surges in one district.
                surge = 2.5 if day == DAY and number % 3 == 0 and region == "210211" else 1
                received = int(random.gauss(usual * surge, usual**0.5) + 0.5) if day not in silent else 0
                if received > 0:
                    rows.append(row(day, category, received, region))
    return rows


def row(day: date, category: str, received: int, region: str | None = "210211", version: str = "1") -> Row:
    return {
        "date_day": day,
        "region_code": region,
        "category_name": category,
        "taxonomy_version": version,
        "received_count": received,
        "finished_count": 0,
    }


def expected(rows: list[Row], base: list[date], area: str) -> dict[str, tuple[int, float]]:
    found = {}
    for category in CATEGORIES:
        here = [r for r in rows if r["category_name"] == category and area in ("210200", r["region_code"])]
        count = sum(r["received_count"] for r in here if r["date_day"] == DAY)
        usual = sum(r["received_count"] for r in here if r["date_day"] in base) / len(base)
        if count > usual and count >= (10 if area == "210200" else 5) and poisson_tail(count, usual) <= 0.01:
            found[category] = (count, usual)
    return found


@pytest.mark.parametrize("area", ["210200", "210211"])
@pytest.mark.parametrize("seed", range(8))
def test_surges_are_those_of_the_poisson_rule(tmp_path: Path, seed: int, area: str) -> None:
    silent, worked = {WEEKS[2]}, {WEEKS[5]}
    rows = hotline(seed, silent)
    base = [day for day in WEEKS if day not in silent | worked]
    with marts(tmp_path, fct_hotline_day=rows, dim_date=days(worked)) as con:
        found = read(con, "daily_surges", area=area)
    assert {r["category"]: (r["received"], r["usual"]) for r in found} == expected(rows, base, area)
    assert all(r["base_days"] == len(base) and len(r["trend"]) == len(base) + 1 for r in found)
    assert area != "210211" or found, "a district in which four categories surge has at least one"


def test_a_day_without_cases_is_no_base_and_a_day_of_none_of_a_kind_is(tmp_path: Path) -> None:
    """类1 came on one of five days: 2.0 a day. The three days without any case are outages, not zeros."""
    rows = [row(day, "类0", 5) for day in [DAY, *WEEKS[:5]]] + [row(WEEKS[0], "类1", 10), row(DAY, "类1", 10)]
    with marts(tmp_path, fct_hotline_day=rows, dim_date=days()) as con:
        (found,) = read(con, "daily_surges")
        assert not is_absent(con, "daily_surges")
    assert (found["category"], found["usual"], found["base_days"]) == ("类1", 2.0, 5)
    assert found["trend"] == [0, 0, 0, 0, 10, 10]


def test_what_is_new_has_a_reason_in_place_of_a_change(tmp_path: Path) -> None:
    rows = [row(day, "类0", 5) for day in [DAY, *WEEKS[:4]]] + [row(DAY, "类1", 10), row(DAY, "类2", 9)]
    english = [{"level": 1, "name_zh": "类1", "name_en": "kind one"}, {"level": 3, "name_zh": "类1", "name_en": "else"}]
    with marts(tmp_path, fct_hotline_day=rows, dim_date=days(), dim_issue_category=english) as con:
        (found,) = read(con, "daily_surges")
    assert found["category_en"] == "kind one"
    assert (found["category"], found["change"], found["change_why_en"]) == ("类1", None, "none as a rule")


@pytest.mark.parametrize(
    "rows",
    [
        [row(day, "类0", 5) for day in [DAY, *WEEKS[:3]]],
        [row(day, "类0", 5) for day in WEEKS],
        [row(DAY, "类0", 5), *(row(day, "类0", 5, version="0") for day in WEEKS)],
    ],
    ids=["three weeks", "nothing of the day", "another taxonomy"],
)
def test_what_cannot_be_compared_is_absent_and_not_calm(tmp_path: Path, rows: list[Row]) -> None:
    with marts(tmp_path, fct_hotline_day=rows, dim_date=days()) as con:
        assert is_absent(con, "daily_surges")
        assert read(con, "daily_surges") == []
