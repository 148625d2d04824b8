"""The simulator: same arguments, same bytes; every file in its feed's own form; seeds that hold together."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from python_calamine import CalamineWorkbook

from ingestion.contract import load_contracts
from ingestion.errors import ContractError
from ingestion.settings import Settings
from simulator import hotline_register
from simulator.calendar import load_calendar, year_before
from simulator.city import load_city
from simulator.run import Run
from simulator.seeds import read_seed
from simulator.simulate import SimulationReport, simulate

UNTIL = date(2026, 1, 14)
DAYS = 8
SCALE = 0.4
SETTINGS = Settings(home=Path("unused"), key_file=Path("unused"))


def settings_at(home: Path) -> Settings:
    return Settings(home=home, key_file=home.parent / "key")


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, SimulationReport]:
    settings = settings_at(tmp_path_factory.mktemp("simulated") / "home")
    return settings, simulate(settings, days=DAYS, seed=7, until=UNTIL, scale=SCALE)


def digests(settings: Settings) -> dict[str, str]:
    paths = sorted(settings.inbox.rglob("*.*"))
    return {p.relative_to(settings.inbox).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}


def hotline_table(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("gb18030"), newline="")))


def one(report: SimulationReport, feed: str, kind: str) -> Path:
    return report.feeds[feed].files[kind][0]  # type: ignore[index]


def all_rows(report: SimulationReport) -> Iterator[dict[str, str]]:
    for paths in report.feeds["hotline_city"].files.values():
        for path in paths:
            table = hotline_table(path)
            yield from (dict(zip(table[1], row, strict=True)) for row in table[2:-1])


# --- the files -----------------------------------------------------------------------------------------------------


def test_same_arguments_give_same_bytes(sent: tuple[Settings, SimulationReport], tmp_path: Path) -> None:
    again = settings_at(tmp_path / "home")
    simulate(again, days=DAYS, seed=7, until=UNTIL, scale=SCALE)
    assert digests(again) == digests(sent[0])


def test_another_seed_gives_other_bytes(sent: tuple[Settings, SimulationReport], tmp_path: Path) -> None:
    other = settings_at(tmp_path / "home")
    simulate(other, days=2, seed=8, until=UNTIL, scale=0.05)
    same = set(digests(other).values()) & set(digests(sent[0]).values())
    printed = {name for name, digest in digests(other).items() if digest in same}
    assert {name.partition("/")[0] for name in printed} <= {"quality_published_figure"}, "what is printed has no seed"


def test_a_day_is_the_same_in_every_window() -> None:
    day = UNTIL - timedelta(days=3)
    calendar, city = load_calendar(SETTINGS, UNTIL), load_city(SETTINGS)
    short = Run(city, calendar, 7, SCALE, day, day)
    long = Run(city, calendar, 7, SCALE, day - timedelta(days=30), UNTIL)
    first, second = (hotline_register.cases(run, [day], is_history=False) for run in (short, long))
    assert all(np.array_equal(first.cells[name], second.cells[name]) for name in first.cells)
    assert all(np.array_equal(first.moments[name], second.moments[name], equal_nan=True) for name in first.moments)


def test_everything_sent_is_whole_listed_and_marked_synthetic(sent: tuple[Settings, SimulationReport]) -> None:
    settings, report = sent
    assert sorted(report.files) == sorted(settings.inbox.rglob("*.*"))
    assert not [path for path in report.files if path.name.startswith(".")]
    assert "synthetic" in (settings.home / "SYNTHETIC").read_text(encoding="utf-8")


def test_city_hotline_is_gb18030_with_title_head_and_total(sent: tuple[Settings, SimulationReport]) -> None:
    columns = load_contracts(SETTINGS)["hotline_city"].columns
    today, before = (hotline_table(one(sent[1], "hotline_city", kind)) for kind in ("daily", "history"))
    assert today[0][0] == "大连市12345热线工单明细（模拟数据）"
    assert today[1] == [column.header[0] for column in columns]
    assert before[1] == [column.header[-1] for column in columns]
    assert today[-1][:2] == ["合计", str(len(today) - 3)]


def test_province_is_a_workbook_with_real_moments_and_text_phones(sent: tuple[Settings, SimulationReport]) -> None:
    contract = load_contracts(SETTINGS)["hotline_province"]
    rows = (
        CalamineWorkbook.from_path(one(sent[1], "hotline_province", "history"))
        .get_sheet_by_name("省直通车")
        .to_python()
    )
    head = rows[1]
    assert head == [column.header[0] for column in contract.columns]
    assert all(isinstance(row[head.index("答复时限")], datetime) for row in rows[2:-1])
    assert all(str(row[head.index("诉求人电话")]).startswith(("100", "１００")) for row in rows[2:-1])
    assert sum(bool(row[head.index("市平台工单编号")]) for row in rows[2:-1]) > len(rows) / 6
    assert rows[-1][0] == "合计"


def test_workbooks_carry_no_clock_of_the_machine(sent: tuple[Settings, SimulationReport]) -> None:
    with zipfile.ZipFile(one(sent[1], "hotline_province", "daily")) as book:
        assert {entry.date_time[0] for entry in book.infolist()} == {1980}


def test_grid_lines_carry_real_communities_and_zoned_moments(sent: tuple[Settings, SimulationReport]) -> None:
    communities = {row["area_code"] for row in read_seed(SETTINGS, "area") if row["level"] == "community"}
    lines = one(sent[1], "grid_event", "daily").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    assert {event["updated_at"][-6:] for event in events} == {"+08:00"}
    assert all(len(e["grid_code"]) != 15 or e["grid_code"][:12] in communities for e in events)
    assert {type(event["self_handled"]) for event in events} == {bool}


def test_readings_hold_what_real_sensors_send(sent: tuple[Settings, SimulationReport]) -> None:
    paths = [path for paths in sent[1].feeds["heating_room_temperature"].files.values() for path in paths]
    rows = [row for path in paths for row in csv.DictReader(path.open(encoding="utf-8"))]
    values = Counter(row["temperature"] for row in rows)
    assert {"NaN", "85.0", "17.96"} <= set(values)
    assert any(value.endswith("℃") for value in values)
    assert any(unicodedata.normalize("NFKC", value) != value and "℃" not in value for value in values)
    assert {"on", "suspended"} == {row["customer_status"] for row in rows}
    assert any(
        float(value) < 18
        for value in values
        if value.replace(".", "", 1).isascii() and value[0].isdigit() and "℃" not in value
    )


def test_no_readings_outside_the_season(tmp_path: Path) -> None:
    report = simulate(settings_at(tmp_path / "home"), days=2, seed=1, until=date(2025, 8, 20), scale=0.1)
    seasonal = {
        "heating_action",
        "heating_room_message",
        "heating_room_temperature",
        "heating_station_message",
        "heating_station_reading",
        "hotline_province",
        "hotline_province_event",
    }
    assert {feed for feed, rows in report.rows.items() if rows == 0} == seasonal


def test_words_are_those_of_the_contract_but_for_planted_ones(sent: tuple[Settings, SimulationReport]) -> None:
    contract = load_contracts(SETTINGS)["hotline_city"]
    rows = list(all_rows(sent[1]))
    for name, planted in (("channel", {"传真"}), ("status", {"处理中"}), ("request_type", set()), ("grade", {""})):
        column = contract.column(name)
        seen = {row[header] for row in rows for header in column.header if header in row}
        assert seen <= set(column.values or {}) | planted
        assert len(seen) > 4


def test_people_are_visibly_invented(sent: tuple[Settings, SimulationReport]) -> None:
    for row in all_rows(sent[1]):
        phone = unicodedata.normalize("NFKC", row.get("联系电话", row.get("来电号码", "")))
        name = row.get("来电人", row.get("诉求人", ""))
        assert phone == "" or (len(phone) == 11 and phone.startswith("100"))
        assert name == "" or name.startswith("模拟")
        assert (phone == "") == (name == "") == (row["是否匿名"] == "是")


# --- dirt and faults -------------------------------------------------------------------------------------------------


# Segments come as they are sealed, on the last days.
MESSAGES = {"heating_room_message", "heating_station_message"}
WEEKLY = {feed for feed, c in load_contracts(SETTINGS).items() if c.arrives.schedule.startswith("weekly")}
MONTHLY = {feed for feed, c in load_contracts(SETTINGS).items() if c.arrives.schedule.startswith("monthly")}
# A line or a few a day: too little for dirt in every window.
SMALL = {"heating_weather_day", "heating_action", "capacity_service_case"}


@pytest.mark.parametrize("feed", sorted(set(load_contracts(SETTINGS)) - WEEKLY - MONTHLY - MESSAGES))
def test_every_daily_feed_has_its_faults(sent: tuple[Settings, SimulationReport], feed: str) -> None:
    report = sent[1].feeds[feed]
    files = report.files
    assert [len(files[kind]) for kind in ("daily", "resent", "corrected", "late")] == [DAYS - 1, 1, 1, 1]
    resent = files["resent"][0].read_bytes()
    assert [path.read_bytes() for path in files["daily"]].count(resent) == 1
    everything = [path for paths in files.values() for path in paths]
    assert max(everything, key=lambda path: path.stat().st_mtime_ns) == files["late"][0] == max(everything)
    assert 0 < report.bad_rows + report.duplicate_rows < 0.02 * report.rows or feed in SMALL


@pytest.mark.parametrize("feed", sorted(WEEKLY))
def test_every_weekly_feed_comes_on_its_day(sent: tuple[Settings, SimulationReport], feed: str) -> None:
    files = sent[1].feeds[feed].files
    sent_on = {datetime.strptime(path.name[:8], "%Y%m%d").strftime("%A") for paths in files.values() for path in paths}
    assert sent_on == {load_contracts(SETTINGS)[feed].arrives.schedule.split()[1]}
    assert len(files.get("weekly", [])) <= 2, "a week without a change sends nothing"
    assert sent[1].rows[feed] > 0


def test_a_case_returns_as_a_newer_version(sent: tuple[Settings, SimulationReport]) -> None:
    versions: dict[str, set[str]] = {}
    for row in all_rows(sent[1]):
        if "工单编号" in row:
            versions.setdefault(row["工单编号"], set()).add(row["更新时间"])
    assert max(map(len, versions.values())) >= 3


def test_last_year_comes_by_month_and_ends_before_the_window() -> None:
    calendar, city = load_calendar(SETTINGS, UNTIL), load_city(SETTINGS)
    run = Run(city, calendar, 7, 1.0, date(2025, 12, 20), UNTIL)
    assert [(month[0], month[-1]) for month in run.history] == [
        (date(2024, 12, 20), date(2024, 12, 31)),
        (date(2025, 1, 1), date(2025, 1, 14)),
    ]
    long = Run(city, calendar, 7, 1.0, date(2024, 6, 1), UNTIL)
    assert long.history[-1][-1] == date(2024, 5, 31)


def test_bad_arguments_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="days >= 1"):
        simulate(settings_at(tmp_path / "home"), days=0, seed=1, until=UNTIL)


# --- calendar --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dispatched", "count", "last_day"),
    [
        ("2023-01-20T15:00:00", 1, "2023-01-28"),
        ("2023-01-20T15:00:00", 2, "2023-01-29"),  # make-up Saturday and Sunday after Spring Festival
        ("2023-01-16T09:00:00", 20, "2023-02-16"),
        ("2026-12-03T09:00:00", 20, "2026-12-31"),
        ("2026-01-05T15:10:00", 20, "2026-02-02"),
    ],
)
def test_working_days_follow_the_official_calendar(dispatched: str, count: int, last_day: str) -> None:
    calendar = load_calendar(SETTINGS, date(2026, 12, 31))
    moments, counts = np.array([dispatched], dtype="datetime64[s]"), np.array([count])
    assert calendar.nth_workday(moments, counts)[0] == np.datetime64(last_day)
    assert calendar.due(moments, counts)[0] == np.datetime64(last_day) + 1


def test_seasons_and_leap_days() -> None:
    calendar = load_calendar(SETTINGS, UNTIL)
    assert calendar.season_day(date(2025, 11, 5)) == 0
    assert calendar.season_day(date(2026, 4, 5)) == 151
    assert calendar.season_day(date(2026, 4, 6)) is None
    assert year_before(date(2024, 2, 29)) == date(2023, 2, 28)


# --- seeds -----------------------------------------------------------------------------------------------------------


def test_area_counts() -> None:
    levels = Counter(row["level"] for row in read_seed(SETTINGS, "area"))
    assert levels == {"city": 1, "district": 10, "zone": 3, "street": 152, "community": 1832}


def test_every_area_has_a_parent_of_the_level_above() -> None:
    level = {row["area_code"]: row["level"] for row in read_seed(SETTINGS, "area")}
    above = {"city": None, "district": "city", "zone": "city", "street": "district", "community": "street"}
    assert all(level.get(row["parent_code"]) == above[row["level"]] for row in read_seed(SETTINGS, "area"))


def test_each_street_has_one_region_and_the_city_twelve() -> None:
    streets = Counter(row["area_code"] for row in read_seed(SETTINGS, "area") if row["level"] == "street")
    rows = read_seed(SETTINGS, "area_jurisdiction")
    assert Counter(row["street_code"] for row in rows) == streets
    assert len({row["region_code"] for row in rows}) == 12
    assert all((row["region_code"][4] == "Z") == (row["is_confirmed"] == "false") == bool(row["note"]) for row in rows)


def test_names_shared_by_two_streets_need_their_parent() -> None:
    aliases = {(row["parent_name"], row["name"]): row["area_code"] for row in read_seed(SETTINGS, "area_alias")}
    assert len(aliases) == len(read_seed(SETTINGS, "area_alias"))
    assert not {("", "得胜街道"), ("", "新华街道")} & set(aliases)
    assert aliases["旅顺口区", "得胜街道"] == "210212003"
    assert aliases["金州区", "得胜街道"] == aliases["金普新区", "得胜街道"] == "210213025"
    assert aliases["瓦房店市", "新华街道"] != aliases["庄河市", "新华街道"]
    assert aliases["甘井子区", "凌水街道"] == aliases["大连高新区", "凌水街道"] == aliases["高新园区", "凌水街道"]
    assert (aliases["", "甘井子"], aliases["", "高新园区"]) == ("210211", "2102Z1")


def test_calendar_lists_each_exception_once_with_its_source() -> None:
    rows = read_seed(SETTINGS, "calendar")
    assert len({row["date"] for row in rows}) == len(rows) == 678
    assert all(row["source_zh"].startswith("国务院") and "http" not in row["source_zh"] for row in rows)
