"""The rules that live in the SQL of the weekly tables."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.reporting.daily_fixture import DAY, Row, is_absent, marts, read

MONDAY = DAY - timedelta(days=6)


def stuck(number: int, **changes: Any) -> Row:
    case = {
        "received_date": date(2026, 1, 5),
        "row_no": number,
        "category_name": "物业",
        "street_code": "s1",
        "region_code": "210211",
        "cycle_no": 1,
        "opened_date": date(2026, 1, 5),
        "overdue_from": date(2026, 1, 20),
        "is_supervised": False,
        "return_count": 0,
        "extension_count": 0,
    }
    return {**case, **changes}


def workdays(*days: tuple[date, int]) -> list[Row]:
    return [{"date_day": day, "workday_count": count} for day, count in days]


def test_who_is_stuck_at_the_end_of_a_day(tmp_path: Path) -> None:
    rows = [
        stuck(1),
        stuck(2, left_date=DAY),
        stuck(3, left_date=DAY + timedelta(days=1)),
        stuck(4, overdue_from=DAY + timedelta(days=1)),
        stuck(5, opened_date=DAY + timedelta(days=1)),
        stuck(6, overdue_from=None, hard_from=DAY),
        stuck(7, hard_from=DAY + timedelta(days=1), return_count=2, received_date=date(2026, 1, 2)),
        stuck(8, region_code="2102Z2", hard_from=date(2026, 1, 9), return_count=1),
    ]
    calendar = workdays((DAY, 120), (date(2026, 1, 5), 100), (date(2026, 1, 2), 99))
    with marts(tmp_path, fct_case_stuck=rows, dim_date=calendar) as con:
        oldest, hard = read(con, "weekly_oldest"), read(con, "weekly_hard")
        district = read(con, "weekly_oldest", area="210211")
    assert [(r["age"], r["returns"], r["state_en"]) for r in oldest] == [
        (21, 2, "overdue"),
        (20, 0, "overdue"),
        (20, 0, "overdue"),
        (20, 1, "overdue, hard"),
    ]
    assert [(r["returns"], r["state_zh"]) for r in hard] == [(1, "超期、疑难"), (0, "疑难")]
    assert len(district) == 3


def test_the_list_of_a_day_long_gone_is_absent(tmp_path: Path) -> None:
    old = DAY - timedelta(days=45)
    rows = [{"date_day": day, "received_count": 1} for day in (DAY, DAY - timedelta(days=44), old)]
    with marts(tmp_path, fct_hotline_day=rows) as con:
        days = (DAY, DAY - timedelta(days=44), old, DAY - timedelta(days=1))
        assert [is_absent(con, "weekly_oldest", day=day) for day in days] == [False, False, True, True]


def rate(code: str, area: str, day: date, hit: int, base: int) -> Row:
    return {
        "kpi_code": f"hotline.{code}",
        "area_level": "city" if area == "210200" else "region",
        "area_code": area,
        "period_grain": "day",
        "period_start": day,
        "numerator": hit,
        "denominator": base,
    }


@pytest.mark.parametrize("days", [7, 6])
def test_repeats_are_compared_between_whole_weeks(tmp_path: Path, days: int) -> None:
    now = [MONDAY + timedelta(days=n) for n in range(7)]
    before = [MONDAY - timedelta(days=n + 1) for n in range(days)]
    rows = [rate("repeat_rate", "210200", day, 2, 10) for day in now]
    rows += [rate("repeat_rate", "210200", day, 1, 10) for day in before]
    rows += [rate("repeat_rate", "210211", day, 1, 4) for day in [*now, *before]]
    rows += [rate("repeat_rate", "2102Z2", day, 0, 1) for day in [*now, *before]]
    rows += [rate("return_rate", "210200", DAY, 1, 3)]
    with marts(tmp_path, fct_kpi_value=rows) as con:
        con.execute("CREATE SCHEMA meta; CREATE TABLE meta.kpi_dictionary (kpi_code VARCHAR, min_cell_show INTEGER)")
        con.execute("INSERT INTO meta.kpi_dictionary VALUES ('hotline.repeat_rate', 10)")
        city, district, small = read(con, "weekly_repeats")
    assert (city["repeats"], city["repeat_rate"], city["returns"]) == (14, pytest.approx(0.2), 1)
    assert (small["repeat_change"], small["repeat_basis_den"]) == (None, 7), "7 cases are a small base"
    if days == 7:
        assert (city["repeats_before"], city["repeat_change"]) == (7, pytest.approx(0.1))
        assert (district["repeat_change"], small["repeat_change_why_en"]) == (0, "small base")
    else:
        assert (city["repeats_before"], city["repeat_change"]) == (None, None)
        assert city["repeat_change_why_zh"] == "上周不全"


@pytest.mark.parametrize(("counted", "absent"), [(-14, True), (-13, False), (0, False), (1, True)])
def test_coal_is_told_by_a_count_of_the_last_fortnight_and_never_a_later_one(
    tmp_path: Path, counted: int, absent: bool
) -> None:
    with marts(tmp_path, fct_heating_coal_stock=[coal("甲", 120, 100, DAY + timedelta(days=counted))]) as con:
        assert is_absent(con, "weekly_coal") is absent


def test_the_coal_of_the_city_is_the_sum_of_its_companies(tmp_path: Path) -> None:
    rows = [coal("甲", 130, 100, DAY), coal("乙", 80, 100, DAY), coal(None, 180, 200, DAY)]
    with marts(tmp_path, fct_heating_coal_stock=rows) as con:
        told = [(r["company"], r["stock"], r["planned"], float(r["rate"])) for r in read(con, "weekly_coal")]
    assert told == [("合计", 210, 200, 1.05), ("乙", 80, 100, 0.8), ("甲", 130, 100, 1.3)]


def coal(company: str | None, stock: int, planned: int, day: date) -> Row:
    told = {"enterprise_name": company, "stock_tonnes": stock, "planned_tonnes": planned, "last_count_date": day}
    return {"season": "2025-26", "stock_rate": stock / planned, **told}


def test_only_matters_with_cases_in_the_week_are_told(tmp_path: Path) -> None:
    known = {"week_start": MONDAY, "first_received_date": MONDAY, "total_voice_count": 5}
    rows = [{**known, "matter_no": number, "case_count": number} for number in range(3)]
    with marts(tmp_path, fct_matter_week=rows) as con:
        assert [row["week"] for row in read(con, "weekly_matters")] == [2, 1]


def report(project: str, day: date, done: str, **changes: Any) -> Row:
    planned = {"planned_km": Decimal(2), "planned_date": date(2026, 1, 20), "region_code": "210211"}
    return {
        "project_no": project,
        "report_date": day,
        "enterprise_name": "甲",
        "done_km": Decimal(done),
        "is_done": Decimal(done) >= 2,
        **planned,
        **changes,
    }


def test_renewal_is_told_by_the_last_report_up_to_the_day(tmp_path: Path) -> None:
    rows = [
        report("R1", DAY - timedelta(days=7), "0.5"),
        report("R1", DAY - timedelta(days=1), "1.25"),
        report("R1", DAY + timedelta(days=6), "2"),
        report("R2", DAY, "2", enterprise_name="乙"),
        report("R3", DAY, "0", enterprise_name="乙", planned_date=DAY + timedelta(days=1), region_code="2102Z2"),
    ]
    with marts(tmp_path, fct_heating_pipe_renewal=rows) as con:
        city, district = read(con, "weekly_pipes"), read(con, "weekly_pipes", area="210211")
        assert not is_absent(con, "weekly_pipes")
        assert is_absent(con, "weekly_pipes", day=DAY - timedelta(days=8))
    told = [(r["company"], r["planned"], r["done"], r["fresh"], r["late"]) for r in city]
    assert told[0] == ("合计", 6, Decimal("3.25"), Decimal("0.75"), 1)
    assert told[1:] == [("乙", 4, 2, None, 0), ("甲", 2, Decimal("1.25"), Decimal("0.75"), 1)]
    assert [r["planned"] for r in district] == [4, 2, 2]


def due(feed: str, day: date, received: int, quarantined: int, is_on_time: bool = True) -> Row:
    return {
        "feed": feed,
        "period_start": day,
        "period_end": day,
        "is_not_yet_due": False,
        "is_on_time": is_on_time,
        "received_count": received,
        "quarantined_count": quarantined,
    }


def test_feeds_that_moved_come_first_and_the_others_not_at_all(tmp_path: Path) -> None:
    before = MONDAY - timedelta(days=1)
    rows = [
        due("steady", MONDAY, 100, 10),
        due("steady", before, 100, 10),
        due("worse", MONDAY, 100, 30),
        due("worse", before, 100, 10),
        due("better", MONDAY, 1000, 0),
        due("better", before, 1000, 10),
        due("late", MONDAY, 10, 0, is_on_time=False),
        due("late", before, 10, 0),
        due("new", MONDAY, 10, 5),
    ]
    with marts(tmp_path, fct_feed_due=rows) as con:
        found = [(r["feed_en"], r["change"], r["on_time_num"]) for r in read(con, "weekly_feeds")]
        assert not is_absent(con, "weekly_feeds")
        assert is_absent(con, "weekly_feeds", day=before)
    assert found == [("late", 0, 0), ("worse", pytest.approx(-0.2), 1), ("better", pytest.approx(0.01), 1)]
