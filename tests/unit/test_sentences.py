"""The sentences of a brief follow from its figures by rule; the same figures always give the same words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from reporting.brief import Text
from reporting.figures import CASES, RANKED, Figure, Figures, Kpi, Publication
from reporting.period import Period, holding
from reporting.sentences import concerns, highlights
from reporting.words import OF

PERIOD, BEFORE = date(2026, 1, 1), date(2025, 12, 1)
MONTH = Period("monthly", "2026-01", PERIOD, date(2026, 1, 31))
ROOMS, VALID = "heating.room_compliance_rate", "heating.valid_reading_rate"
NONE = Text("", "")
KPIS = [
    Kpi(RANKED, "H04", Text("按时办结率", "On-time rate"), "rate", "up", NONE, NONE, None, 10, "1"),
    Kpi(ROOMS, "T01", Text("室温达标率", "Room compliance"), "rate", "up", NONE, NONE, None, 10, "1"),
    Kpi(VALID, "T03", Text("有效数据率", "Valid readings"), "rate", "up", NONE, NONE, None, 10, "1"),
]


def figure(
    code: str, num: int, den: int, month: date = PERIOD, level: str = "city", area: str = "210200", status: str = "ok"
) -> Figure:
    value = Decimal(num) if code == CASES else Decimal(num) / den
    rankable = level == "region" and den >= 30
    names = ("大连市", "Dalian City") if level == "city" else (f"{area}区", f"Unit {area}")
    counts = (den, den, 0, 0, "{}", 0, status, rankable, "A")
    return Figure(code, level, area, month, Decimal(num), Decimal(den), value, *counts, *names)


def figures(*rows: Figure, kpis: list[Kpi] = KPIS) -> Figures:
    return Figures(
        publication=Publication("r1", datetime(2026, 2, 1), 1, 1, True),
        city_code="210200",
        city=Text("大连市", "Dalian City"),
        period=MONTH,
        before=holding("monthly", BEFORE),
        year_ago=holding("monthly", PERIOD.replace(year=2025)),
        kpis={kpi.code: kpi for kpi in kpis},
        values={(f.kpi_code, f.area_level, f.area_code, f.period_start): f for f in rows},
        months={},
        days={},
        reasons={},
        failed_checks=(),
    )


def test_a_month_without_data_says_so_and_blames_nobody() -> None:
    assert highlights(figures()) == (OF["monthly"].no_hotline,)
    assert concerns(figures()) == ()


def test_the_volume_names_its_year_on_year_change() -> None:
    month = figures(figure(CASES, 32714, 1), figure("hotline.case_yoy", -1815, 34529))
    assert highlights(month)[0] == Text(
        "2026年1月市平台受理诉求3.27万件，同比下降5.3%。",
        "The city platform received 32,714 requests in January 2026, down 5.3% on a year before.",
    )


def test_the_volume_stands_alone_when_the_year_before_is_not_comparable() -> None:
    month = figures(figure(CASES, 120, 1), figure("hotline.case_yoy", 1, 2, status="not_comparable"))
    assert highlights(month)[0].zh == "2026年1月市平台受理诉求120件。"


def test_the_on_time_sentence_carries_its_working_and_says_percentage_points() -> None:
    month = figures(figure(RANKED, 960, 1000), figure(RANKED, 945, 1000, BEFORE))
    assert highlights(month)[0] == Text(
        "按时办结率96.0%（960/1,000），环比上升1.5个百分点。",
        "On-time rate: 96.0% (960/1,000), up 1.5 percentage points on the month before.",
    )


def test_a_small_cell_is_not_worth_a_sentence() -> None:
    assert highlights(figures(figure(RANKED, 4, 6, status="small_cell"))) == (OF["monthly"].no_hotline,)


def test_a_fall_of_a_point_is_named_and_less_is_not() -> None:
    fell = figures(figure(RANKED, 950, 1000), figure(RANKED, 960, 1000, BEFORE))
    assert concerns(fell)[0].zh == "按时办结率环比下降1.0个百分点（96.0% → 95.0%）。"
    assert concerns(figures(figure(RANKED, 951, 1000), figure(RANKED, 960, 1000, BEFORE))) == ()


def test_a_month_with_cases_not_yet_due_does_not_count_as_a_fall() -> None:
    young = replace(figure(RANKED, 820, 1000), open_not_due=170)
    assert concerns(figures(young, figure(RANKED, 990, 1000, BEFORE))) == ()


def test_a_missed_target_comes_first_and_a_met_one_is_silent() -> None:
    rows = (figure(RANKED, 940, 1000), figure(RANKED, 960, 1000, BEFORE))
    strict = [replace(KPIS[0], target=Decimal("0.95")), *KPIS[1:]]
    assert concerns(figures(*rows, kpis=strict))[0].zh == "按时办结率94.0%（940/1,000），未达到目标95.0%。"
    easy = [replace(KPIS[0], target=Decimal("0.94")), *KPIS[1:]]
    assert "目标" not in concerns(figures(*rows, kpis=easy))[0].zh


def test_a_lower_is_better_rate_worries_when_it_rises() -> None:
    down = [replace(KPIS[0], direction="down")]
    rose = figures(figure(RANKED, 300, 1000), figure(RANKED, 260, 1000, BEFORE), kpis=down)
    assert concerns(rose)[0].en == "On-time rate: up 4.0 percentage points on the month before (26.0% → 30.0%)."


def test_weak_readings_make_room_compliance_an_indication() -> None:
    weak = concerns(figures(figure(ROOMS, 99, 100), figure(VALID, 60, 100)))
    assert weak[0].zh == "有效数据率60.0%（60/100），室温达标率仅供参考。"
    assert concerns(figures(figure(ROOMS, 99, 100), figure(VALID, 70, 100))) == ()


def test_the_last_unit_is_named_only_among_three_and_only_far_behind() -> None:
    city = figure(RANKED, 950, 1000)
    units = [figure(RANKED, num, 100, level="region", area=area) for num, area in ((98, "甲"), (96, "乙"), (90, "丙"))]
    assert concerns(figures(city, *units))[0].zh == "丙区按时办结率90.0%（90/100），低于全市5.0个百分点。"
    assert concerns(figures(city, *units[1:])) == ()
    tied = [*units, figure(RANKED, 90, 100, level="region", area="丁")]
    assert [text.zh[:2] for text in concerns(figures(city, *tied))] == ["丁区", "丙区"]
    near = figure(RANKED, 91, 100, level="region", area="丙")
    assert concerns(figures(city, *units[:2], near)) == ()


def test_a_small_unit_is_never_the_last_one() -> None:
    city = figure(RANKED, 950, 1000)
    units = [figure(RANKED, 96, 100, level="region", area=area) for area in ("甲", "乙", "丙")]
    assert concerns(figures(city, *units, figure(RANKED, 0, 6, level="region", area="丁"))) == ()


def test_there_are_at_most_two_concerns() -> None:
    rows = [figure(code, 800, 1000) for code in (RANKED, ROOMS)] + [figure(VALID, 500, 1000)]
    rows += [figure(code, 900, 1000, BEFORE) for code in (RANKED, ROOMS, VALID)]
    assert len(concerns(figures(*rows))) == 2
