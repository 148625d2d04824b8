"""A span is the sum of its parts, judged by the same rules as a month; a change is never the sum of changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection

from ingestion.errors import NothingToDo
from reporting.brief import Text
from reporting.figures import CASES, RANKED, Figures, Kpi
from reporting.gather import gather
from reporting.period import Kind
from reporting.sums import Parts, judged
from tests import brief_fixture
from tests.brief_fixture import Cell, count, days, make_release
from warehouse.engine import connect

NONE = Text("", "")
RATE = Kpi(RANKED, "H04", NONE, "rate", "up", NONE, NONE, None, 10, "1", min_base=0, min_cell_rank=30)
CHANGE = replace(RATE, unit="change", min_base=30)
COUNT = replace(RATE, unit="count")
FIRST, LAST = date(2023, 12, 1), date(2026, 2, 5)


def parts(numerator: int, denominator: int, **other: object) -> Parts:
    counts = (denominator, denominator, 0, 0, None, 0, False, "A", "x", "x")
    return replace(Parts(RANKED, "city", "1", FIRST, Decimal(numerator), Decimal(denominator), *counts), **other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kpi", "sums", "known", "status", "value"),
    [
        (RATE, parts(90, 100), {}, "ok", "0.90000000"),
        (RATE, parts(2, 3), {}, "small_cell", "0.66666667"),
        (RATE, parts(0, 0), {}, "no_base", None),
        (RATE, parts(90, 100, is_provisional=True), {}, "provisional", "0.90000000"),
        (CHANGE, parts(-10, 100), {}, "ok", "-0.10000000"),
        (CHANGE, parts(-10, 20), {}, "small_base", None),
        (CHANGE, parts(-10, 100), {"is_comparable": False}, "not_comparable", None),
        (COUNT, parts(812, 0, counted=812), {}, "ok", "812.00000000"),
        (COUNT, parts(0, 0, counted=0), {}, "no_base", None),
        (replace(RATE, code="heating.room_compliance_rate"), parts(90, 100), {}, "insufficient", "0.90000000"),
        (
            replace(RATE, code="heating.room_compliance_rate"),
            parts(90, 100),
            {"valid": Decimal("0.7")},
            "ok",
            "0.90000000",
        ),
    ],
)
def test_sums_are_judged_by_the_rules_of_a_month(
    kpi: Kpi, sums: Parts, known: dict[str, object], status: str, value: str | None
) -> None:
    figure = judged(kpi, sums, **known)  # type: ignore[arg-type]
    assert figure.status == status
    assert figure.value == (None if value is None else Decimal(value))
    assert figure.is_rankable == (status == "ok" and figure.denominator >= 30)


def test_reasons_of_exclusion_add_up() -> None:
    figure = judged(RATE, parts(1, 30, excluded=6, reasons=['{"X05":1}', '{"X01":2,"X05":3}']))
    assert figure.excluded_by == '{"X01":2,"X05":4}'


def requests(day: date) -> int:
    return 100 + day.toordinal() % 17


def due(day: date) -> tuple[int, int]:
    return requests(day) - day.toordinal() % 5, requests(day)


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBPyConnection]:
    """Two years of days, and their months; no request came on 3 January 2026, so that day has no row."""
    cells = []
    for day in days(FIRST, LAST):
        if day == date(2026, 1, 3):
            continue
        old = requests(day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day))
        base = old if day >= FIRST.replace(year=2024) else 0
        cells.append(count(requests(day), day, "day"))
        cells.append(Cell(RANKED, *due(day), day, grain="day"))
        cells.append(Cell(RANKED, 10, 20, day, "region", "210202", "day"))
        cells.append(Cell("hotline.case_yoy", requests(day) - base, base, day, grain="day", counted=requests(day)))
    for month in sorted({day.replace(day=1) for day in days(FIRST, LAST)}):
        cells.append(count(sum(requests(d) for d in days(FIRST, LAST) if d.replace(day=1) == month), month))
        cells.append(Cell(RANKED, 900, 1000, month))
        cells.append(Cell("hotline.case_yoy", -5, 100, month, status="not_comparable" if month.year < 2025 else "ok"))
    settings = make_release(tmp_path_factory.mktemp("days"), cells)
    with connect(settings.serving / "governance.duckdb", settings=settings) as connection:
        connection.execute("UPDATE meta.publish_info SET data_as_of = TIMESTAMP '2026-02-05 23:30:00'")
        yield connection


def told(con: DuckDBPyConnection, kind: Kind, name: str | None = None) -> Figures:
    return gather(con, kind, name)


def share(first: date, last: date) -> Decimal:
    """The plain sum, from the same days but not from the release."""
    done = [due(day) for day in days(first, last) if day != date(2026, 1, 3)]
    exact = Decimal(sum(hit for hit, _ in done)) / sum(base for _, base in done)
    return exact.quantize(Decimal("0.00000001"))


@pytest.mark.parametrize(
    ("kind", "name", "spans"),
    [
        ("weekly", "2026-W01", ((2025, 12, 29, 6), (2025, 12, 22, 6), (2024, 12, 29, 6))),
        ("daily", "2026-01-20", ((2026, 1, 1, 19), (2025, 12, 1, 19), (2025, 1, 1, 19))),
        ("season", "2024-25", ((2024, 11, 5, 151), None, (2023, 11, 5, 152))),
    ],
)
def test_a_rate_of_days_is_the_rate_of_their_sums(
    con: DuckDBPyConnection, kind: Kind, name: str, spans: tuple[tuple[int, int, int, int] | None, ...]
) -> None:
    if kind == "season":
        con.execute("UPDATE marts.dim_date SET heating_season = NULL WHERE date_day < DATE '2023-12-01'")
        spans = (spans[0], None, (2023, 12, 1, 126))
    figures = told(con, kind, name)
    for found, span in zip((figures.at, figures.at_before, figures.at_year_ago), spans, strict=True):
        figure = found(RANKED)
        if span is None:
            assert figure is None
            continue
        first = date(*span[:3])
        assert figure is not None
        assert figure.value == share(first, first + timedelta(days=span[3]))


def test_a_change_over_days_counts_both_years_anew(con: DuckDBPyConnection) -> None:
    figure = told(con, "weekly", "2026-W01").at("hotline.case_yoy")
    now = sum(requests(day) for day in days(date(2025, 12, 29), date(2026, 1, 4)) if day != date(2026, 1, 3))
    then = sum(requests(day) for day in days(date(2024, 12, 29), date(2025, 1, 4)))
    assert figure is not None
    assert (figure.numerator, figure.denominator) == (now - then, then), "the day without a row keeps its base"
    early = told(con, "weekly", "2024-W20").at("hotline.case_yoy")
    assert early is not None
    assert early.status == "not_comparable"


def test_a_quarter_is_the_sum_of_its_months(con: DuckDBPyConnection) -> None:
    figures = told(con, "quarterly")
    assert figures.period.name == "2025-Q4"
    rate, cases = figures.at(RANKED), figures.at(CASES)
    assert rate is not None
    assert cases is not None
    assert (rate.numerator, rate.denominator) == (2700, 3000)
    assert cases.value == sum(requests(day) for day in days(date(2025, 10, 1), date(2025, 12, 31)))


def test_a_month_says_the_same_as_its_days(con: DuckDBPyConnection) -> None:
    month, to_date = told(con, "monthly", "2025-11").at(CASES), told(con, "daily", "2025-11-30").at(CASES)
    assert month is not None
    assert to_date is not None
    assert month.value == to_date.value


@pytest.mark.parametrize(
    ("kind", "newest"),
    [
        ("daily", "2026-02-05"),
        ("weekly", "2026-W05"),
        ("monthly", "2026-02"),
        ("quarterly", "2025-Q4"),
        ("season", "2024-25"),
    ],
)
def test_the_newest_period_is_the_last_that_is_over(con: DuckDBPyConnection, kind: Kind, newest: str) -> None:
    assert told(con, kind).period.name == newest


def test_a_season_that_runs_is_told_to_its_last_whole_day_against_the_same_days(con: DuckDBPyConnection) -> None:
    figures = gather(con, "season", "2025-26")
    assert figures.year_ago
    assert (figures.period.start, figures.period.end) == (date(2025, 11, 5), LAST)
    assert len(figures.year_ago.days) == len(figures.period.days)
    assert figures.year_ago.start == date(2024, 11, 5)


@pytest.mark.parametrize(
    ("kind", "name"), [("weekly", "2026-W06"), ("daily", "2026-02-06"), ("season", "2026-27"), ("quarterly", "2023-Q3")]
)
def test_a_period_that_is_not_over_or_not_held_is_nothing_to_do(con: DuckDBPyConnection, kind: Kind, name: str) -> None:
    with pytest.raises(NothingToDo):
        told(con, kind, name)


def test_what_has_months_only_stands_apart(tmp_path: Path) -> None:
    cells = [*brief_fixture.full_month(), Cell("grid.on_time_rate", 1, 2, date(2026, 1, 5), grain="day")]
    settings = make_release(tmp_path, cells)
    with connect(settings.serving / "governance.duckdb", settings=settings) as connection:
        connection.execute("UPDATE meta.kpi_dictionary SET over_time = 'last' WHERE kpi_code = 'grid.on_time_rate'")
        figures = told(connection, "weekly", "2026-W02")
        assert set(figures.kpis) == {CASES}
        assert figures.apart == len(brief_fixture.KPIS) - 1
        connection.execute("ALTER TABLE meta.kpi_dictionary DROP COLUMN over_time")
        with pytest.raises(NothingToDo, match="which figures add up"):
            told(connection, "weekly", "2026-W02")
        assert told(connection, "monthly").apart == 0, "a month needs no sums"
