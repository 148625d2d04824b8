"""Periods tile the calendar, are named one way, and are compared with spans of the same length."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.errors import ContractError, NothingToDo
from reporting.period import KINDS, Kind, Period, Season, holding, last_before, named, period_before, year_before

DAY = timedelta(days=1)
SEASONS = [Season(f"{y}-{(y + 1) % 100:02}", date(y, 11, 5), date(y + 1, 4, 5)) for y in range(2014, 2028)]
TILING: tuple[Kind, ...] = ("weekly", "monthly", "quarterly")
days = st.dates(date(2015, 1, 1), date(2027, 12, 31))


@given(st.sampled_from(TILING), days)
def test_weeks_months_and_quarters_tile_the_calendar(kind: Kind, day: date) -> None:
    period = holding(kind, day)
    before = period_before(period) if period else None
    assert period is not None
    assert before is not None
    assert period.start <= day <= period.end
    assert before.end + DAY == period.start
    assert all(holding(kind, other) == period for other in period.days)


@given(days)
def test_seasons_never_overlap_and_hold_every_heating_day(day: date) -> None:
    period = holding("season", day, SEASONS)
    is_heated = (day.month, day.day) >= (11, 5) or (day.month, day.day) <= (4, 5)
    assert (period is not None) == is_heated


@given(st.sampled_from(KINDS), days)
def test_the_last_period_is_over_and_none_newer_is(kind: Kind, day: date) -> None:
    period = last_before(kind, day, SEASONS)
    if period is None:
        assert kind == "season"
        return
    assert period.end < day
    following = holding(kind, period.end + DAY, SEASONS)
    assert following is None or following.end >= day or kind == "daily"
    if kind == "daily":
        assert period.end == day - DAY


@given(st.sampled_from(KINDS), days)
def test_a_period_is_found_again_by_its_name(kind: Kind, day: date) -> None:
    period = holding(kind, day, SEASONS)
    assert period is None or named(kind, period.name, SEASONS) == period


@given(st.sampled_from(KINDS), days)
def test_what_is_compared_starts_apart_and_is_about_as_long(kind: Kind, day: date) -> None:
    period = holding(kind, day, SEASONS[4:])
    if period is None:
        return
    spans = [span for span in (period_before(period), year_before(period, SEASONS)) if span]
    assert len({span.start for span in (period, *spans)}) == 1 + len(spans)
    assert all(abs(len(span.days) - len(period.days)) <= 3 for span in spans)
    assert all(span.end < period.start for span in spans)


@pytest.mark.parametrize(
    ("kind", "day", "name", "start", "end"),
    [
        ("daily", date(2026, 1, 1), "2025-12-31", date(2025, 12, 1), date(2025, 12, 31)),
        ("daily", date(2026, 1, 2), "2026-01-01", date(2026, 1, 1), date(2026, 1, 1)),
        ("weekly", date(2026, 1, 5), "2026-W01", date(2025, 12, 29), date(2026, 1, 4)),
        ("weekly", date(2027, 1, 4), "2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
        ("monthly", date(2026, 3, 1), "2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("quarterly", date(2026, 1, 1), "2025-Q4", date(2025, 10, 1), date(2025, 12, 31)),
        ("quarterly", date(2026, 4, 1), "2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("season", date(2026, 4, 6), "2025-26", date(2025, 11, 5), date(2026, 4, 5)),
        ("season", date(2026, 4, 5), "2024-25", date(2024, 11, 5), date(2025, 4, 5)),
    ],
)
def test_the_calendar_of_2026(kind: Kind, day: date, name: str, start: date, end: date) -> None:
    assert last_before(kind, day, SEASONS) == Period(kind, name, start, end)


def test_a_month_to_date_is_compared_with_the_same_days() -> None:
    whole, leap = named("daily", "2026-03-31"), named("daily", "2024-02-29")
    assert [(span.start, span.end) for span in (period_before(whole), year_before(leap)) if span] == [
        (date(2026, 2, 1), date(2026, 2, 28)),
        (date(2023, 2, 1), date(2023, 2, 28)),
    ]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("monthly", "2026-13"), ("monthly", "2026"), ("monthly", "../01"), ("monthly", "2026-01-01"),
        ("weekly", "2026-W54"), ("weekly", "2025-W53"), ("weekly", "2026-5"), ("quarterly", "2026-Q5"),
        ("daily", "2026-02-30"), ("season", "2026"),
    ],
)  # fmt: skip
def test_a_period_that_is_none_is_refused(kind: Kind, name: str) -> None:
    with pytest.raises(ContractError, match="YYYY-"):
        named(kind, name, SEASONS)


def test_a_season_outside_the_calendar_is_nothing_to_do() -> None:
    with pytest.raises(NothingToDo, match="2031-32"):
        named("season", "2031-32", SEASONS)
