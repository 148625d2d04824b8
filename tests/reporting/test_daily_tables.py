"""The rules that live in the SQL of the daily tables."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.reporting.daily_fixture import DAY, Row, is_absent, marts, read

BEFORE, WEEK = DAY - timedelta(days=1), DAY - timedelta(days=7)


def complaint(day: date, company: str | None, city: int, province: int, matters: int, region: str = "210211") -> Row:
    return {
        "received_date": day,
        "enterprise_name": company,
        "region_code": region,
        "city_case_count": city,
        "province_case_count": province,
        "matter_count": matters,
    }


def test_platforms_stand_side_by_side_and_the_total_comes_first(tmp_path: Path) -> None:
    rows = [
        complaint(DAY, "甲", 5, 2, 4),
        complaint(BEFORE, "甲", 1, 1, 9),
        complaint(DAY, None, 3, 0, 3),
        complaint(DAY, "乙", 7, 0, 7, region="2102Z2"),
        complaint(DAY - timedelta(days=2), "丙", 9, 9, 9),
    ]
    with marts(tmp_path, fct_heating_complaint_day=rows) as con:
        city, district = (read(con, "daily_heating_complaints", area=area) for area in ("210200", "210211"))
    told = [(r["company"], r["city"], r["city_before"], r["province"], r["matters"]) for r in city]
    assert told == [("合计", 15, 1, 2, 14), ("乙", 7, 0, 0, 7), ("甲", 5, 1, 2, 4), ("未到企业", 3, 0, 0, 3)]
    assert [r["company"] for r in district] == ["合计", "甲", "未到企业"]
    assert {r["city_week"] for r in city} == {None}, "no data of that day is no zero"
    assert city[3]["company_en"] == "Not with a company"


def warmth(company: str, compliant: int, counted: int, valid: int, expected: int, **changes: Any) -> Row:
    return {
        "measured_date": DAY,
        "street_code": "s1",
        "region_code": "210211",
        "enterprise_name": company,
        "expected_hour_count": expected,
        "valid_hour_count": valid,
        "counted_hour_count": counted,
        "compliant_hour_count": compliant,
        "tolerant_hour_count": compliant + 1,
        "whole_day_count": 4,
        "compliant_day_count": 3,
        "shortfall_degree_hours": Decimal("1.5"),
        **changes,
    }


def test_no_compliance_is_told_of_too_few_readings(tmp_path: Path) -> None:
    rows = [warmth("甲", 60, 70, 70, 100), warmth("乙", 69, 69, 69, 100)]
    cold = [{"started_date": DAY, "enterprise_name": "甲", "region_code": "210211", "episode_count": 2}]
    with marts(tmp_path, fct_heating_day=rows, fct_heating_cold_day=cold) as con:
        total, weak, sound = read(con, "daily_heating_warmth")
        assert not is_absent(con, "daily_heating_warmth")
        assert is_absent(con, "daily_heating_warmth", day=BEFORE)
    assert (weak["company"], weak["rate"], weak["rate_why_zh"]) == ("乙", None, "数据不足")
    assert (sound["company"], sound["rate"], sound["episodes"]) == ("甲", pytest.approx(60 / 70), 2)
    assert (total["basis_num"], total["basis_den"], total["rate"]) == (129, 139, None), "139 of 200 hours are under 70%"
    assert (total["below_num"], total["below_den"]) == (2, 8)


def alert(number: str, triggered: datetime, due: datetime, done: datetime | None = None, **changes: Any) -> Row:
    return {
        "alert_no": number,
        "mechanism": "onsite",
        "enterprise_name": "甲",
        "street_code": "s1",
        "region_code": "210211",
        "triggered_at": triggered,
        "due_at": due,
        "done_at": done,
        "has_time_flaw": False,
        "is_in_time": done is not None and done <= due,
        "is_waived": False,
        **changes,
    }


def test_alerts_not_checked_in_time_are_late_or_wait(tmp_path: Path) -> None:
    morning, evening = datetime(2026, 1, 31, 8), datetime(2026, 1, 31, 18)
    tonight, noon = datetime(2026, 1, 31, 23, 59, 59, 999999), datetime(2026, 2, 1, 12)
    rows = [
        alert("checked", morning, tonight, datetime(2026, 1, 31, 20)),
        alert("late", morning, tonight),
        alert("after all", morning, tonight, datetime(2026, 2, 1, 9)),
        alert("waiting", evening, noon),
        alert("of the evening before", datetime(2026, 1, 30, 18), datetime(2026, 1, 31, 12)),
        alert("of the day before", datetime(2026, 1, 30, 8), datetime(2026, 1, 30, 23, 59)),
        alert("of the next day", datetime(2026, 2, 1, 8), datetime(2026, 2, 1, 23, 59)),
        alert("waived", morning, tonight, is_waived=True),
        alert("flawed", morning, tonight, has_time_flaw=True),
        alert("no check", morning, tonight, mechanism="analysis"),
    ]
    with marts(tmp_path, fct_heating_action=rows) as con:
        found = {r["alert"]: r["state_en"] for r in read(con, "daily_alerts")}
        assert read(con, "daily_alerts", area="2102Z2") == []
    assert list(found.items()) == [
        ("of the evening before", "overdue"),
        ("late", "overdue"),
        ("waiting", "waiting"),
        ("after all", "checked late"),
    ]


def test_all_checked_is_only_said_when_the_ledger_came(tmp_path: Path) -> None:
    due = [{"feed": "heating_action", "period_start": DAY, "is_missing": False}]
    gone = [{"feed": "heating_action", "period_start": BEFORE, "is_missing": True}]
    with marts(tmp_path, fct_feed_due=[*due, *gone]) as con:
        assert [is_absent(con, "daily_alerts", day=day) for day in (DAY, BEFORE, WEEK)] == [False, True, True]


def station(name: str, heard: int, **counts: int) -> Row:
    nothing = {"lost_hour_count": 0, "stopped_hour_count": 0, "low_return_hour_count": 0, "stop_count": 0}
    where = {"measured_date": DAY, "enterprise_name": "甲", "street_code": "s1", "region_code": "210211"}
    return {"station_id": name, "heard_hour_count": heard, **where, **nothing, **counts}


def test_stations_are_offline_stopped_or_lukewarm(tmp_path: Path) -> None:
    rows = [
        station("sound", 24),
        station("hardly heard", 1),
        station("lukewarm", 24, low_return_hour_count=3),
        station("silent", 0),
        station("all zero", 0, lost_hour_count=24),
        station("stopped", 24, stopped_hour_count=2, stop_count=1),
    ]
    with marts(tmp_path, fct_heating_station_day=rows) as con:
        found = {r["station"]: (r["state_en"], r["silent"]) for r in read(con, "daily_stations")}
    assert list(found.items()) == [
        ("all zero", ("offline (all zero)", 24)),
        ("silent", ("offline", 24)),
        ("stopped", ("unplanned stop", 0)),
        ("lukewarm", ("low return", 0)),
    ]


def test_degree_days_are_compared_day_of_season_by_day_of_season(tmp_path: Path) -> None:
    """The season before began two days later; its second day is unknown, so the sums compare the first and third."""
    dates, weather = [], []
    for number, now, before in [(1, "10", "20"), (2, "11", None), (3, "12", "22.5")]:
        this, last = date(2026, 1, 28) + timedelta(days=number), date(2025, 1, 30) + timedelta(days=number)
        dates += [{"date_day": this, "heating_season": "2025-26", "season_day_count": number}]
        dates += [{"date_day": last, "heating_season": "2024-25", "season_day_count": number}]
        weather += [{"weather_date": this, "mean_c": 0, "min_c": -number, "degree_days": Decimal(now)}]
        weather += [{"weather_date": last, "mean_c": 0, "min_c": 0, "degree_days": Decimal(before)}] if before else []
    with marts(tmp_path, dim_date=dates, fct_heating_weather_day=weather) as con:
        today, season = read(con, "daily_weather")
        assert not is_absent(con, "daily_weather")
    assert (today["hdd"], today["hdd_before"]) == (12, Decimal("22.5"))
    assert (season["hdd"], season["hdd_before"], season["low"]) == (22, Decimal("42.5"), -3)
    assert season["change"] == pytest.approx(22 / 42.5 - 1)
    assert (season["known_num"], season["known_den"]) == (2, 3)


def test_the_hotline_of_a_district_stands_beside_the_city(tmp_path: Path) -> None:
    day = {"category_name": "物业", "received_count": 4, "finished_count": 3}
    flows = [{"date_day": DAY, "region_code": region, **day} for region in ("210211", "2102Z2", None)]
    open_cases = [
        {
            "date_day": DAY,
            "area_level": level,
            "area_code": code,
            "open_count": 9,
            "overdue_count": 2,
            "due_next_count": 1,
        }
        for level, code in [("city", "210200"), ("region", "210211"), ("district", "2102Z2")]
    ]
    with marts(tmp_path, fct_hotline_day=flows, fct_backlog_age=open_cases) as con:
        city, district = read(con, "daily_hotline"), read(con, "daily_hotline", area="210211")
    told = [(r["area_zh"], r["received"], r["finished"], r["open"], r["due_next"]) for r in city]
    assert told == [
        ("大连市", 12, 9, 9, 1),
        ("甘井子区", 4, 3, 9, 1),
        ("金普新区", 4, 3, 0, 0),
        ("地区不详", 4, 3, None, None),
    ]
    assert [r["area_zh"] for r in district] == ["甘井子区", "大连市"]
    assert {r["received_before"] for r in city} == {None}


def due(feed: str, day: date, state: str, hours: int = 30) -> Row:
    return {
        "feed": feed,
        "feed_name_zh": feed,
        "feed_name_en": feed,
        "period_start": day,
        "period_end": day,
        "due_at": datetime.combine(day, datetime.min.time()) + timedelta(hours=hours),
        "is_missing": state == "missing",
        "is_late": state == "late",
        "is_on_time": state == "here",
    }


def test_a_feed_is_asked_after_while_its_gap_is_open(tmp_path: Path) -> None:
    old = DAY - timedelta(days=20)
    rows = [
        due("stopped", old, "here"),
        *(due("stopped", old + timedelta(days=n), "missing") for n in (1, 2)),
        due("not yet", DAY, "missing"),
        due("not yet", BEFORE, "here"),
        due("tardy", BEFORE, "late"),
        due("tardy once", WEEK, "late"),
        due("gap long ago", old, "missing"),
        due("gap long ago", BEFORE, "here"),
    ]
    with marts(tmp_path, fct_feed_due=rows) as con:
        found = [(r["feed_en"], r["state_en"], r["missing"], r["newest"]) for r in read(con, "daily_feeds")]
    assert found == [("stopped", "missing", 2, old), ("tardy", "late", 0, BEFORE)]


def test_cold_episodes_without_a_street_stay_in_their_region(tmp_path: Path) -> None:
    heard = {"measured_date": DAY, "enterprise_name": "甲", "whole_day_count": 3, "compliant_day_count": 1}
    cold = {"started_date": DAY, "enterprise_name": "甲", "longest_hours": 5, "min_c": 15}
    with marts(
        tmp_path,
        fct_heating_day=[{**heard, "region_code": region} for region in ("210211", "2102Z2")],
        fct_heating_cold_day=[
            {**cold, "region_code": "210211", "episode_count": 1},
            {**cold, "region_code": "2102Z2", "episode_count": 7},
        ],
    ) as con:
        assert [row["episodes"] for row in read(con, "daily_cold_streets", area="210211")] == [1]
        assert sorted(row["episodes"] for row in read(con, "daily_cold_streets")) == [1, 7]
