"""The sentences of a brief follow from its figures by rule; the same figures always give the same words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from reporting.brief import Text
from reporting.contents import contents_of
from reporting.figures import CASES, RANKED, Area, Figure, Figures, Kpi, Publication
from reporting.period import Period, holding
from reporting.sentences import AT_MOST, concerns, highlights
from reporting.words import OF

PERIOD, BEFORE = date(2026, 1, 1), date(2025, 12, 1)
MONTH = Period("monthly", "2026-01", PERIOD, date(2026, 1, 31))
EARLIER = Period("monthly", "2025-12", BEFORE, date(2025, 12, 31))
ROOMS, VALID = "heating.room_compliance_rate", "heating.valid_reading_rate"
SOLVED, CLOSED, OVERDUE = "hotline.resolution_rate", "mediation.closure_rate", "safety.overdue_hazard_count"
NONE = Text("", "")


def kpi(code: str, zh: str, en: str, *, unit: str = "rate", direction: str = "up", target: str | None = None) -> Kpi:
    goal = None if target is None else Decimal(target)
    return Kpi(code, code, Text(zh, en), unit, direction, NONE, NONE, goal, 10, "1")


KPIS = [
    kpi(RANKED, "按时办结率", "On-time rate"),
    kpi(ROOMS, "室温达标率", "Room compliance"),
    kpi(VALID, "有效数据率", "Valid readings"),
    kpi(SOLVED, "解决率", "Resolution rate"),
    kpi(CLOSED, "调解办结率", "Mediation closure rate"),
    kpi(OVERDUE, "超期未整改隐患", "Overdue hazards", unit="count", direction="down", target="0"),
]


def figure(
    code: str, num: int, den: int, month: date = PERIOD, level: str = "city", area: str = "210200", status: str = "ok"
) -> Figure:
    is_count = code in (CASES, OVERDUE)
    value = Decimal(num) if is_count else Decimal(num) / den
    rankable = level != "city" and den >= 30
    names = ("大连市", "Dalian City") if level == "city" else (f"{area}区", f"Unit {area}")
    counts = (den, den, 0, 0, "{}", 0, status, rankable, "A")
    return Figure(code, level, area, month, Decimal(num), Decimal(den), value, *counts, *names)


def figures(*rows: Figure, kpis: list[Kpi] = KPIS, area: str = "") -> Figures:
    areas = {f.area_code: Area(f.area_code, f.area_level, f.area, "210200") for f in rows if f.area_level != "city"}
    return Figures(
        publication=Publication("r1", datetime(2026, 2, 1), 1, 1, True),
        city_code="210200",
        city=Text("大连市", "Dalian City"),
        period=MONTH,
        before=EARLIER,
        year_ago=holding("monthly", PERIOD.replace(year=2025)),
        kpis={entry.code: entry for entry in kpis},
        values={(f.kpi_code, f.area_level, f.area_code, f.period_start): f for f in rows},
        months={},
        days=dict.fromkeys([*MONTH.days, *EARLIER.days], Decimal(1)),
        reasons={},
        failed_checks=(),
        areas=areas,
        area_code=area,
    )


def with_target(code: str, target: str) -> list[Kpi]:
    return [replace(entry, target=Decimal(target)) if entry.code == code else entry for entry in KPIS]


def test_a_month_without_data_says_so_and_blames_nobody() -> None:
    assert highlights(figures()) == (OF["monthly"].no_hotline,)
    assert concerns(figures()) == ()


def test_the_volume_names_its_change_the_kind_of_it_and_its_base() -> None:
    month = figures(figure(CASES, 32714, 1), figure("hotline.case_yoy", -1815, 34529))
    assert highlights(month)[0] == Text(
        "2026年1月市平台受理诉求3.27万件，同比下降5.3%（基期3.45万件）。",
        "The city platform received 32,714 requests in January 2026, down 5.3% on a year before (then 34,529).",
    )


def test_a_district_is_named_in_its_volume() -> None:
    rows = (figure(CASES, 120, 1, level="region", area="甲"), figure(CASES, 9000, 1))
    assert highlights(figures(*rows, area="甲"))[0] == Text(
        "2026年1月市平台受理甲区诉求120件。", "The city platform received 120 requests from Unit 甲 in January 2026."
    )


def test_the_volume_stands_alone_when_the_year_before_is_not_comparable() -> None:
    month = figures(figure(CASES, 120, 1), figure("hotline.case_yoy", 1, 2, status="not_comparable"))
    assert highlights(month)[0].zh == "2026年1月市平台受理诉求120件。"


def test_without_a_year_before_the_months_compare_by_day_and_not_on_a_handful() -> None:
    days = {date(2026, 1, 1 + n): Decimal(10) for n in range(31)} | {
        date(2025, 12, 11 + n): Decimal(10) for n in range(20)
    }
    month = replace(figures(figure(CASES, 310, 1), figure(CASES, 160, 1, BEFORE)), days=days)
    assert highlights(month)[0].zh == (
        "2026年1月市平台受理诉求310件，日均环比上升25.0%（31天有数据；基期160件，20天）。"
    )
    few = replace(figures(figure(CASES, 310, 1), figure(CASES, 29, 1, BEFORE)), days=days)
    assert highlights(few)[0].zh == "2026年1月市平台受理诉求310件。"


def test_the_on_time_sentence_carries_its_working_and_says_percentage_points() -> None:
    month = figures(figure(CASES, 1, 1), figure(RANKED, 9600, 10000), figure(RANKED, 9450, 10000, BEFORE))
    assert highlights(month)[1] == Text(
        "按时办结率96.0%（9,600/10,000），环比上升1.5个百分点。",
        "On-time rate: 96.0% (9,600/10,000), up 1.5 percentage points on the month before.",
    )


def test_a_change_that_may_be_chance_says_so() -> None:
    month = figures(figure(CASES, 1, 1), figure(RANKED, 96, 100), figure(RANKED, 94, 100, BEFORE))
    assert highlights(month)[1] == Text(
        "按时办结率96.0%（96/100），环比上升2.0个百分点，在波动之内。",
        "On-time rate: 96.0% (96/100), up 2.0 percentage points on the month before, within noise.",
    )


def test_the_rooms_never_stand_without_the_share_of_their_readings() -> None:
    rows = (figure(CASES, 1, 1), figure(ROOMS, 9000, 10000), figure(VALID, 9500, 10000))
    assert highlights(figures(*rows))[1] == Text(
        "室温达标率90.0%（9,000/10,000测点小时），有效数据率95.0%（9,500/10,000）。",
        "Room compliance: 90.0% (9,000/10,000 point-hours), valid readings 95.0% (9,500/10,000).",
    )
    assert len(highlights(figures(*rows[:2]))) == 1


def test_a_handful_of_room_points_says_nothing_of_an_area() -> None:
    # A point is due 744 hours in January.
    rows = (figure(CASES, 1, 1), figure(ROOMS, 3000, 3100))
    assert len(highlights(figures(*rows, figure(VALID, 3719, 3719)))) == 1
    assert len(highlights(figures(*rows, figure(VALID, 3720, 3720)))) == 2


def test_the_largest_improvement_is_told_if_it_is_more_than_chance() -> None:
    rows = (figure(CASES, 1, 1), figure(SOLVED, 9000, 10000), figure(SOLVED, 8000, 10000, BEFORE))
    assert highlights(figures(*rows))[1].zh == "解决率环比上升10.0个百分点（80.0% → 90.0%，9,000/10,000）。"
    chance = (figure(CASES, 1, 1), figure(SOLVED, 18, 20), figure(SOLVED, 16, 20, BEFORE))
    assert len(highlights(figures(*chance))) == 1


def test_a_small_cell_is_not_worth_a_sentence() -> None:
    assert highlights(figures(figure(RANKED, 4, 6, status="small_cell"))) == (OF["monthly"].no_hotline,)


def test_a_fall_is_named_beyond_chance_alone() -> None:
    fell = figures(figure(RANKED, 9500, 10000), figure(RANKED, 9600, 10000, BEFORE))
    assert concerns(fell)[0].zh == "按时办结率环比下降1.0个百分点（96.0% → 95.0%，9,500/10,000）。"
    assert concerns(figures(figure(RANKED, 9501, 10000), figure(RANKED, 9600, 10000, BEFORE))) == ()
    assert concerns(figures(figure(RANKED, 95, 100), figure(RANKED, 96, 100, BEFORE))) == ()


def test_a_month_with_cases_not_yet_due_does_not_count_as_a_fall() -> None:
    young = replace(figure(RANKED, 820, 1000), open_not_due=170)
    assert concerns(figures(young, figure(RANKED, 990, 1000, BEFORE))) == ()


def test_what_ripens_is_never_compared_with_an_older_month() -> None:
    assert concerns(figures(figure(CLOSED, 800, 1000), figure(CLOSED, 990, 1000, BEFORE))) == ()


def test_a_rate_that_is_mostly_immature_is_not_told() -> None:
    young = replace(figure(RANKED, 820, 1000), immature=1001)
    assert concerns(figures(young, figure(RANKED, 990, 1000, BEFORE))) == ()


def test_hours_of_one_room_are_no_independent_observations() -> None:
    # 3 of 100 points: 2,232 of 74,400 hours would be far beyond chance, three points are not.
    rows = (figure(ROOMS, 68_448, 74_400), figure(ROOMS, 70_680, 74_400, BEFORE), figure(VALID, 74_400, 74_400))
    assert concerns(figures(*rows)) == ()


def test_a_missed_target_comes_first_and_a_met_one_is_silent() -> None:
    rows = (figure(RANKED, 9400, 10000), figure(RANKED, 9600, 10000, BEFORE))
    assert concerns(figures(*rows, kpis=with_target(RANKED, "0.95")))[0] == Text(
        "按时办结率94.0%（9,400/10,000），未达到目标95.0%。", "On-time rate: 94.0% (9,400/10,000), target 95.0% missed."
    )
    assert "目标" not in concerns(figures(*rows, kpis=with_target(RANKED, "0.94")))[0].zh


def test_the_worst_relative_miss_comes_first_and_a_count_that_should_be_none_before_all() -> None:
    goals = [replace(entry, target=Decimal("0.9")) if entry.code in (RANKED, SOLVED) else entry for entry in KPIS]
    rows = (figure(RANKED, 800, 1000), figure(SOLVED, 700, 1000), figure(OVERDUE, 3, 50))
    told = [text.zh for text in concerns(figures(*rows, kpis=goals))]
    assert [sentence[:3] for sentence in told] == ["超期未", "解决率", "按时办"]
    assert told[0] == "超期未整改隐患3件（计入的50件中），未达到目标0件。"


def test_what_is_not_yet_due_has_not_missed_its_target() -> None:
    young = replace(figure(SOLVED, 700, 1000), open_not_due=300)
    assert concerns(figures(young, kpis=with_target(SOLVED, "0.9"))) == ()


def test_a_target_of_the_year_is_asked_for_in_december() -> None:
    training = [kpi("capacity.training_coverage_rate", "年度培训覆盖率", "Training", target="0.95")]
    low = figure("capacity.training_coverage_rate", 100, 1000)
    assert concerns(figures(low, kpis=training)) == ()
    december = Period("monthly", "2025-12", BEFORE, date(2025, 12, 31))
    old = replace(low, period_start=BEFORE)
    assert len(concerns(replace(figures(old, kpis=training), period=december))) == 1


def test_a_lower_is_better_rate_worries_when_it_rises() -> None:
    down = [replace(KPIS[0], direction="down")]
    rose = figures(figure(RANKED, 3000, 10000), figure(RANKED, 2600, 10000, BEFORE), kpis=down)
    assert concerns(rose)[0].en == (
        "On-time rate: up 4.0 percentage points on the month before (26.0% → 30.0%, 3,000/10,000)."
    )


def test_weak_readings_make_room_compliance_an_indication() -> None:
    weak = concerns(figures(figure(ROOMS, 99, 100), figure(VALID, 60, 100)))
    assert weak[0].zh == "有效数据率60.0%（60/100），室温达标率仅供参考。"
    assert concerns(figures(figure(ROOMS, 99, 100), figure(VALID, 70, 100))) == ()


def test_the_last_unit_is_named_only_among_three_and_only_far_behind() -> None:
    city = figure(RANKED, 9500, 10000)
    counts = ((980, "甲"), (960, "乙"), (900, "丙"))
    units = [figure(RANKED, num, 1000, level="region", area=area) for num, area in counts]
    assert concerns(figures(city, *units))[0].zh == "丙区按时办结率90.0%（900/1,000），低于全市5.0个百分点。"
    assert concerns(figures(city, *units[1:])) == ()
    tied = [*units, figure(RANKED, 900, 1000, level="region", area="丁")]
    assert [text.zh[:2] for text in concerns(figures(city, *tied))] == ["丁区", "丙区"]
    near = figure(RANKED, 910, 1000, level="region", area="丙")
    assert concerns(figures(city, *units[:2], near)) == ()


def test_a_last_place_by_chance_is_not_named() -> None:
    city = figure(RANKED, 9500, 10000)
    units = [figure(RANKED, num, 40, level="region", area=area) for num, area in ((39, "甲"), (38, "乙"), (36, "丙"))]
    assert concerns(figures(city, *units)) == ()


def test_a_small_unit_is_never_the_last_one() -> None:
    city = figure(RANKED, 950, 1000)
    units = [figure(RANKED, 96, 100, level="region", area=area) for area in ("甲", "乙", "丙")]
    assert concerns(figures(city, *units, figure(RANKED, 0, 6, level="region", area="丁"))) == ()


def test_a_district_is_compared_with_the_city_and_the_city_with_nobody() -> None:
    city = (figure(CASES, 9000, 1), figure(SOLVED, 9000, 10000), figure(RANKED, 9000, 10000))
    rows = (
        figure(CASES, 500, 1, level="region", area="甲"),
        figure(SOLVED, 700, 1000, level="region", area="甲"),
        figure(RANKED, 960, 1000, level="region", area="甲"),
    )
    told = figures(*city, *rows, area="甲")
    assert concerns(told)[0] == Text(
        "甲区解决率70.0%（700/1,000），低于全市20.0个百分点（全市90.0%，9,000/10,000）。",
        "Unit 甲: resolution rate 70.0% (700/1,000), 20.0 percentage points below the city (90.0%, 9,000/10,000).",
    )
    assert highlights(told)[-1].zh.startswith("甲区按时办结率96.0%（960/1,000），高于全市6.0个百分点")
    assert not any("全市" in text.zh for text in (*highlights(figures(*city)), *concerns(figures(*city))))


def test_the_rules_take_turns_and_there_are_at_most_four() -> None:
    goals = [replace(entry, target=Decimal("0.99")) for entry in KPIS]
    rows = [figure(code, 8000, 10000) for code in (RANKED, ROOMS, SOLVED)] + [figure(VALID, 5000, 10000)]
    rows += [figure(code, 9000, 10000, BEFORE) for code in (RANKED, SOLVED)]
    told = [text.zh for text in concerns(figures(*rows, kpis=goals))]
    assert len(told) == AT_MOST
    assert "目标" in told[0]
    assert "仅供参考" in told[1]
    assert "环比下降" in told[2]


@pytest.mark.parametrize("kind", ["monthly", "season"])
def test_the_last_unit_is_sought_in_the_ranking_of_the_page(kind: str) -> None:
    code = contents_of("season").ranked if kind == "season" else contents_of("monthly").ranked
    city = figure(code, 950_000, 1_000_000)
    units = [
        figure(code, num, 100_000, level="region", area=area)
        for num, area in ((98_000, "甲"), (96_000, "乙"), (50_000, "丙"))
    ]
    month = figures(city, *units)
    span = Period("season" if kind == "season" else "monthly", "x", PERIOD, date(2026, 1, 31))
    assert any(text.zh.startswith("丙区") for text in concerns(replace(month, period=span)))
