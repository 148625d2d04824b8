"""The heating figures of the press conference of 21 April 2023 (F001 to F009 of the ledger), replayed.

Deliveries in the feeds' own forms are landed and built; each figure must come out as its class says: to the digit
where a base reproduces it (A, B), by count (D), within its interval (C), as a rule (rule).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ingestion.contract import load_contracts
from ingestion.land import land_feed
from ingestion.settings import Settings
from tests.feeds.forms import Row, write_delivery
from warehouse.build import build
from warehouse.engine import connect

SEASONS = {date(2021, 11, 5): (10_000, 10_000), date(2022, 11, 5): (8_582, 4_569)}  # first day: city, direct line
SEASON_DAYS = 152
PROPERTY = {2021: 10_000, 2022: 7_600}
PRESS = datetime(2023, 4, 21, 10)
COMPANIES = [f"样例热力{n}公司" for n in range(1, 13)]


def spread(count: int, first: date, days: int) -> Iterator[datetime]:
    """`count` moments, as evenly as can be: no day without one, so that no day is taken for an outage."""
    for n in range(count):
        yield datetime.combine(first, datetime.min.time()) + timedelta(seconds=n * days * 86_400 // count)


def city_case(number: str, category: str, at: datetime) -> Row:
    return {
        "工单编号": number, "受理渠道": "电话", "诉求类型": "求助", "问题分类": category, "紧急程度": "一般",
        "是否保密": "否", "是否匿名": "否", "所属区县": "西岗区", "工单状态": "待派遣",
        "来电时间": f"{at:%Y-%m-%d %H:%M:%S}", "更新时间": f"{at:%Y-%m-%d %H:%M:%S}",
    }  # fmt: skip


def city_cases() -> Iterator[Row]:
    for first, (count, _) in SEASONS.items():
        for n, at in enumerate(spread(count, first, SEASON_DAYS)):
            yield city_case(f"H{first.year}{n:05d}", "供热", at)
    for year, count in PROPERTY.items():
        for n, at in enumerate(spread(count, date(year, 1, 1), 365)):
            yield city_case(f"W{year}{n:05d}", "物业", at)
    yield city_case("Z1", "城市管理", PRESS)


def direct_line() -> Iterator[Row]:
    for first, (_, count) in SEASONS.items():
        for n, at in enumerate(spread(count, first, SEASON_DAYS)):
            yield {"编号": f"S{first.year}{n:05d}", "供热企业": COMPANIES[0], "地区": "西岗区",
                   "受理时间": f"{at:%Y-%m-%d %H:%M:%S}"}  # fmt: skip
    yield {"编号": "S1", "供热企业": COMPANIES[0], "地区": "西岗区", "受理时间": f"{PRESS:%Y-%m-%d %H:%M:%S}"}


def room_points() -> Iterator[Row]:
    for n in range(10_800):
        yield {"测点编号": f"P{n:05d}", "变更日期": "2022-10-20", "测点状态": "在用", "用热状态": "正常",
               "房间类型": "卧室", "供热企业": COMPANIES[n % 12], "街道代码": "210203001"}  # fmt: skip


def stations(numbers: range) -> Iterator[Row]:
    for n in numbers:
        yield {"换热站编号": f"S{n:04d}", "变更日期": "2022-10-20", "站点状态": "在用", "供热企业": COMPANIES[n % 12],
               "街道代码": "210203001", "供热面积": "100000", "供热户数": "1200"}  # fmt: skip


def station_readings() -> Iterator[Row]:
    for n in range(30):
        yield {"station_id": f"S{n:04d}", "measured_at": "2023-01-05 08:00:00", "t1s": "90", "t2s": "45", "t2r": "38",
               "pump": "on"}  # fmt: skip


def penalties() -> Iterator[Row]:
    """Ten decisions against nine companies, one of them twice; a routine inspection is none."""
    for n, company in enumerate([*COMPANIES[:9], COMPANIES[0]]):
        yield {"处置编号": f"C{n}", "制度": "限时从重处罚", "供热企业": company, "触发时间": "2022-12-01 09:00:00",
               "完成时间": "2022-12-05 09:00:00", "结果": "处罚", "更新时间": "2022-12-05 09:00:00"}  # fmt: skip
    yield {"处置编号": "C99", "制度": "常态化检查", "供热企业": COMPANIES[10], "触发时间": "2022-12-01 09:00:00",
           "完成时间": "2022-12-01 10:00:00", "结果": "达标", "更新时间": "2022-12-05 09:00:00"}  # fmt: skip


def coal() -> Iterator[Row]:
    """Twelve yards fill one after the other; the last is full twenty days before the plan."""
    for n, company in enumerate(COMPANIES):
        for day, stock in ((date(2022, 9, 20), 500 + 40 * n), (date(2022, 10, 11) - timedelta(days=11 - n), 1000)):
            yield {"供热企业": company, "统计日期": str(day), "计划储煤": "1000", "实际储煤": str(stock),
                   "计划完成日期": "2022-10-31"}  # fmt: skip


def pipes() -> Iterator[Row]:
    for n in range(25):
        yield {"项目编号": f"R{n}", "统计日期": "2023-04-14", "供热企业": COMPANIES[n % 12], "计划公里": "4.4",
               "完成公里": "1.1", "计划完成日期": "2023-06-30"}  # fmt: skip


DELIVERIES: dict[str, tuple[str, Any]] = {
    "hotline_city": ("city.csv", city_cases),
    "hotline_province": ("direct.xlsx", direct_line),
    "heating_room_point": ("points.csv", room_points),
    "heating_station": ("stations.csv", lambda: stations(range(30))),
    "heating_station_reading": ("readings.csv", station_readings),
    "heating_action": ("actions.csv", penalties),
    "heating_coal_stock": ("coal.xlsx", coal),
    "heating_pipe_renewal": ("pipes.xlsx", pipes),
}


def deliver(settings: Settings, feed: str, name: str, rows: list[Row]) -> None:
    write_delivery(load_contracts(settings)[feed], rows, settings.inbox / feed / name)
    (receipt,) = land_feed(settings, feed).receipts
    assert (receipt.status, receipt.landed) == ("landed", len(rows))


@pytest.fixture(scope="module")
def press_conference(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home: Path = tmp_path_factory.mktemp("press_conference")
    settings = Settings(home=home, key_file=home / "key.json", memory="2GB")
    for feed, (name, rows) in DELIVERIES.items():
        deliver(settings, feed, name, list(rows()))
    build(settings)
    return settings


def ask(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings.warehouse_db, settings=settings, read_only=True) as warehouse:
        return warehouse.execute(query).fetchall()


def season_change(settings: Settings, series: str, span: str, method: str = "raw") -> tuple[Any, ...]:
    (found,) = ask(
        settings,
        "SELECT round(100 * value, 2), current_count, base_count, compared_day_count, status FROM marts.fct_kpi_season "
        f"WHERE series = '{series}' AND span = '{span}' AND area_level = 'city' AND method = '{method}'",
    )
    return found


def test_f001_the_direct_line_fell_by_54_31_percent(press_conference: Settings) -> None:
    found = season_change(press_conference, "province_heating", "2022-23")
    assert found == (Decimal("-54.31"), 4_569, 10_000, SEASON_DAYS, "ok")


def test_f002_the_city_platform_fell_by_14_18_percent(press_conference: Settings) -> None:
    found = season_change(press_conference, "city_heating", "2022-23")
    assert found == (Decimal("-14.18"), 8_582, 10_000, SEASON_DAYS, "ok")


def test_f001_and_f002_are_never_added(press_conference: Settings) -> None:
    """Callers are unknown here, so the union counts every case: what it says is none of the two published figures."""
    value, current, base, *_ = season_change(press_conference, "union_heating", "2022-23")
    assert (current, base) == (8_582 + 4_569, 20_000)
    assert value == Decimal("-34.25")


def test_f003_about_10800_room_points(press_conference: Settings) -> None:
    ((points,),) = ask(
        press_conference,
        "SELECT count(DISTINCT point_id) FROM marts.dim_heating_point "
        "WHERE is_in_use AND DATE '2023-04-21' BETWEEN valid_from AND coalesce(valid_to, DATE '9999-12-31')",
    )
    assert 10_750 <= points < 10_850


def test_f005_nine_companies_were_penalised(press_conference: Settings) -> None:
    found = ask(
        press_conference,
        "SELECT count(DISTINCT enterprise_name), count(*) FROM marts.fct_heating_action "
        "WHERE mechanism = 'penalty' AND result = 'penalised' AND triggered_at BETWEEN '2022-11-05' AND '2023-04-05'",
    )
    assert found == [(9, 10)]


def test_f006_the_coal_was_there_twenty_days_early(press_conference: Settings) -> None:
    found = ask(
        press_conference,
        "SELECT stock_rate, full_date, days_against_plan FROM marts.fct_heating_coal_stock "
        "WHERE season = '2022-23' AND enterprise_name IS NULL",
    )
    assert found == [(Decimal("1.00000000"), date(2022, 10, 11), -20)]


def test_f007_110_kilometres_by_the_end_of_june(press_conference: Settings) -> None:
    found = ask(
        press_conference,
        "SELECT sum(planned_km), max(planned_date) FROM marts.fct_heating_pipe_renewal WHERE is_last_report",
    )
    assert found == [(Decimal("110.000"), date(2023, 6, 30))]


def test_f008_the_standard_is_18_degrees_and_16_elsewhere(press_conference: Settings) -> None:
    found = ask(press_conference, "SELECT room_type, threshold_c FROM policy.heating_rule ORDER BY room_type")
    assert found == [("bedroom", Decimal("18.0")), ("living", Decimal("18.0")), ("other", Decimal("16.0"))]


def test_f009_property_complaints_fell_by_24_percent(press_conference: Settings) -> None:
    for method in ("raw", "per_household"):
        found = season_change(press_conference, "city_property", "2022", method)
        assert found == (Decimal("-24.00"), 7_600, 10_000, 365, "ok")


def test_f004_all_stations_are_connected_until_one_is_not(press_conference: Settings) -> None:
    """Last, for it lands one more station: registered, never heard."""
    query = (
        "SELECT numerator, denominator, value FROM marts.fct_kpi_value "
        "WHERE kpi_code = 'heating.station_connected_rate' AND area_level = 'city' "
        "AND period_grain = 'month' AND period_start = '2023-01-01'"
    )
    assert ask(press_conference, query) == [(Decimal(30), Decimal(30), Decimal(1))]
    deliver(press_conference, "heating_station", "more.csv", list(stations(range(30, 31))))
    build(press_conference)
    assert ask(press_conference, query) == [(Decimal(30), Decimal(31), Decimal("0.96774194"))]
