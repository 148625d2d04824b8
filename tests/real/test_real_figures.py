"""Published figures of real data equal those of a plain reading of the files."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pypdfium2
import pytest

from tests.real.conftest import DELIVERED, CityRun
from tests.real.plain import Request, Room, as_of, read_requests, read_room

CITY_CODE, ROOM_STREET, THRESHOLD = "990100", "990101002", Decimal(21)
SAME_PLACE = {"Brighton": "Allston / Brighton"}  # the alias seed says so
NO_STREET = {"", "Boston"}
Row = dict[str, Any]


@pytest.fixture(scope="session")
def requests(data: Path) -> list[Request]:
    return read_requests(data / "boston311" / "boston311-100.csv")


@pytest.fixture(scope="session")
def room(data: Path) -> Room:
    return read_room([data / name for name in DELIVERED["heating_room_temperature"]], THRESHOLD)


def published(run: CityRun, kpi: str, grain: str = "month", level: str = "city") -> list[Row]:
    """The served rows of a KPI that received anything."""
    with duckdb.connect(str(run.settings.serving / "governance.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "SELECT v.*, a.name_en FROM marts.fct_kpi_value v JOIN marts.dim_area a USING (area_code) WHERE "
            "kpi_code = $1 AND period_grain = $2 AND area_level = $3 AND received_count > 0 ORDER BY period_start",
            [kpi, grain, level],
        )
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def share(numerator: int, denominator: int) -> Decimal:
    return (Decimal(numerator) / Decimal(denominator)).quantize(Decimal("0.00000001"))


def test_all_rows_are_accounted_for(city_run: CityRun) -> None:
    receipts = [receipt for report in city_run.report.landed for receipt in report.receipts]
    received = {(receipt.feed, receipt.received, receipt.landed, receipt.quarantined) for receipt in receipts}
    room = "heating_room_temperature"
    assert received == {("hotline_city", 100, 100, 0), (room, 8143, 8143, 0), (room, 9752, 9752, 0)}


def test_the_file_says_what_is_known_of_it(requests: list[Request]) -> None:
    on_time, late = sum(r.is_on_time for r in requests), sum(r.is_late for r in requests)
    open_with_target = sum(r.target is not None and r.closed is None for r in requests)
    assert (on_time, late, open_with_target, sum(r.target is None for r in requests)) == (72, 5, 12, 11)


def test_on_time_rate(city_run: CityRun, requests: list[Request]) -> None:
    now = as_of(requests)
    not_yet = [r for r in requests if r.target and r.target > now]
    assert {r.month for r in not_yet} == {date(2022, 5, 1)}, "due after the as-of's month: no row speaks of them yet"
    rows = published(city_run, "hotline.on_time_rate")
    assert [row["period_start"] for row in rows] == sorted({r.month for r in requests if r not in not_yet})
    for row in rows:
        cohort = [r for r in requests if r.month == row["period_start"]]
        due, on_time = sum(r.target is not None for r in cohort), sum(r.is_on_time for r in cohort)
        excluded = {"X06": len(cohort) - due} if len(cohort) > due else {}
        assert (row["as_of"], row["received_count"], row["counted_count"]) == (now, len(cohort), due)
        assert (row["numerator"], row["denominator"], row["value"]) == (on_time, due, share(on_time, due))
        assert (row["excluded_count"], json.loads(row["excluded_by_reason"])) == (sum(excluded.values()), excluded)
        assert row["immature_count"] == 0
    assert sum(row["numerator"] for row in rows) == 72 - sum(r.is_on_time for r in not_yet) == 70
    assert sum(row["denominator"] for row in rows) == 72 + 5 + 12 - len(not_yet) == 86
    assert sum(row["excluded_count"] for row in rows) == 11


def test_closure_rate_and_what_is_still_open(city_run: CityRun, requests: list[Request]) -> None:
    now = as_of(requests)
    closed = sum(r.closed is not None for r in requests)
    waiting = sum(r.closed is None and (r.target is None or r.target > now) for r in requests)
    [row] = published(city_run, "hotline.closure_rate")
    assert (row["numerator"], row["denominator"], row["value"]) == (closed, 100, share(closed, 100))
    assert row["open_not_due_count"] == waiting
    fresh = sum(r.closed is not None and r.closed + timedelta(days=7) > now for r in requests)
    for kpi in ("hotline.resolution_rate", "hotline.satisfaction_rate"):  # nobody was called back, most for too long
        rows = published(city_run, kpi)
        assert sum(row["immature_count"] for row in rows) == fresh
        assert sum(json.loads(row["excluded_by_reason"]).get("X16", 0) for row in rows) == closed - fresh
        assert sum(row["received_count"] for row in rows) == closed
        assert {row["status"] for row in rows} == {"no_base"}


def test_requests_stand_in_their_neighbourhoods_and_on_their_days(city_run: CityRun, requests: list[Request]) -> None:
    places = Counter(SAME_PLACE.get(r.neighbourhood, r.neighbourhood) for r in requests)
    streets = published(city_run, "hotline.case_count", level="street")
    assert {row["name_en"]: row["value"] for row in streets} == {p: n for p, n in places.items() if p not in NO_STREET}
    [region] = published(city_run, "hotline.case_count", level="region")
    assert (region["area_code"], region["value"]) == ("990101", 100)
    days = published(city_run, "hotline.case_count", grain="day")
    assert {row["period_start"]: row["value"] for row in days} == Counter(r.opened.date() for r in requests)


@pytest.mark.parametrize(("level", "area"), [("city", CITY_CODE), ("street", ROOM_STREET)])
def test_room_compliance_by_point_hour(city_run: CityRun, room: Room, level: str, area: str) -> None:
    assert room.readings == 8143 + 9752
    assert room.longest_run < timedelta(hours=24), "else the plain reading would have to leave frozen hours out"
    days = published(city_run, "heating.room_compliance_rate", "day", level)
    assert {row["period_start"]: (row["numerator"], row["denominator"]) for row in days} == {
        day: (room.compliant[day], hours) for day, hours in room.measured.items()
    }
    [month] = published(city_run, "heating.room_compliance_rate", "month", level)
    good, hours = room.compliant.total(), room.measured.total()
    assert 0 < good < hours, "a threshold all or no hours meet would prove nothing"
    assert (month["area_code"], month["numerator"], month["denominator"]) == (area, good, hours)
    assert (month["value"], month["received_count"], month["excluded_count"]) == (share(good, hours), hours, 0)


def test_hours_that_have_not_passed_are_not_missing(city_run: CityRun, room: Room) -> None:
    [row] = published(city_run, "heating.valid_reading_rate")
    last = datetime(2015, 2, 18, 9, 19)
    assert (row["as_of"], row["immature_count"]) == (last, 23 - last.hour)
    expected = 24 * len(room.measured) - row["immature_count"]
    assert (row["numerator"], row["denominator"]) == (room.measured.total(), expected)


@pytest.mark.parametrize(("language", "city"), [("en", "City of Boston"), ("zh", "波士顿市")])
def test_the_brief_speaks_of_this_city(city_run: CityRun, language: str, city: str) -> None:
    [path] = [p for p in city_run.report.briefs if p.name == f"brief_2022-01_{language}.pdf"]
    text = "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path))
    page = path.with_suffix(".html").read_text(encoding="utf-8")
    for content in (text, page):
        assert city in content
        assert "88.5%" in content
        assert "大连" not in content
        assert "Dalian" not in content
    assert "69 / 78" in text
