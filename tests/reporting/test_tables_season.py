"""The rules in the SQL of the quarterly and the season tables: what is compared, counted once, and never added."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from reporting.table_spec import table_spec
from tests.reporting.table_fixture import Row, is_absent, read, tables

MONDAY = date(2025, 12, 1)
OURS = [
    "warmth_patterns",
    "cold_streets",
    "silent_cold",
    "complaint_dispute",
    "rising_signals",
    "quarter_months",
    "season_decline",
    "season_compliance",
    "season_refund",
    "season_mechanisms",
    "season_causes",
    "season_scorecard",
    "season_press",
]


def series(name: str, method: str, now: int, base: int, **changes: Any) -> Row:
    row = {
        "series": name,
        "span_kind": "season",
        "span": "2025-26",
        "area_level": "city",
        "area_code": "210200",
        "method": method,
        "current_count": now,
        "base_count": base,
        "current_exposure": 1,
        "base_exposure": 1,
        "compared_day_count": 88,
        "value": now / base - 1,
        "ci_low": now / base - 1 - 0.05,
        "ci_high": now / base - 1 + 0.05,
        "status": "ok",
        "as_of": "2026-01-31 23:00:00",
    }
    return {**row, **changes}


PUBLISHED = [
    series("province_heating", "raw", 4569, 10000),
    series("city_heating", "raw", 8582, 10000),
    series("union_heating", "raw", 11500, 17000),
    series("city_property", "raw", 7, 10, span_kind="year"),
]


def test_two_platforms_and_their_union_are_three_series_and_never_added(tmp_path: Path) -> None:
    with tables(tmp_path, fct_kpi_season=PUBLISHED) as con:
        rows = read(con, "season_decline")
    assert [row["series_code"] for row in rows] == ["province_heating", "city_heating", "union_heating"]
    assert [round(float(row["change"]), 4) for row in rows] == [-0.5431, -0.1418, -0.3235]
    assert {row["verdict_zh"] for row in rows} == {"▲ 下降，超出波动"}
    counts = {(row["counts_num"], row["counts_den"]) for row in rows}
    assert (4569 + 8582, 20000) not in counts
    assert all(row["days"] == 88 for row in rows)
    assert [row["beside_zh"] for row in rows] == [
        "市12345平台8,582 / 10,000件，−14.2%",
        "省平台直通车4,569 / 10,000件，−54.3%",
        "–",
    ]
    assert rows[0]["beside_en"] == "City 12345 platform 8,582 / 10,000, −14.2%"


def test_what_is_not_comparable_says_why_and_shows_its_counts(tmp_path: Path) -> None:
    unlike = series("city_heating", "raw", 5101, 5909, value=None, ci_low=None, ci_high=None, status="not_comparable")
    few = series("province_heating", "raw", 10, 20, status="small_base", ci_low=-0.7, ci_high=-0.1)
    noise = series("union_heating", "raw", 990, 1000, ci_low=-0.09, ci_high=0.08)
    with tables(tmp_path, fct_kpi_season=[{**unlike, "reason": "feed_outage"}, few, noise]) as con:
        told = {row["series_code"]: row for row in read(con, "season_decline")}
    city = told["city_heating"]
    assert (city["change"], city["change_why_zh"], city["verdict_zh"]) == (None, "不可比（有平台断报）", "不判断")
    assert (city["counts_num"], city["counts_den"]) == (5101, 5909)
    assert told["province_heating"]["verdict_zh"] == "基数小，只列示"
    assert told["province_heating"]["beside_zh"] == "市12345平台5,101 / 5,909件，不可比（有平台断报）"
    assert told["union_heating"]["verdict_zh"] == "波动之内"


def weeks(seed: int, count: int, streets: int, silent: set[int]) -> list[Row]:
    random = Random(seed)
    return [
        {
            "week_start": MONDAY + timedelta(weeks=w),
            "quarter_start": date(2026, 1, 1),
            "street_code": f"S{s}",
            "region_code": "D",
            "property_case_count": 0 if w in silent else random.choice([0, 0, 0, 1, 4]) if s else 1,
            "property_dispute_count": random.choice([0, 1, 3, 9]),
        }
        for s in range(streets)
        for w in range(count)
    ]


def expected(rows: list[Row], count: int, streets: int, silent: set[int]) -> tuple[int, int, float]:
    """Disputes, those after a complaint, and those that chance would put after one, street by street."""
    cases = {(r["street_code"], (r["week_start"] - MONDAY).days // 7): r["property_case_count"] for r in rows}
    found = {(r["street_code"], (r["week_start"] - MONDAY).days // 7): r["property_dispute_count"] for r in rows}
    whole = [w for w in range(4, count) if not silent & set(range(w - 4, w + 1))]
    disputes, after, chance = 0, 0, 0.0
    for street in (f"S{s}" for s in range(streets)):
        follows = {w: any(cases[street, w - k] for k in range(1, 5)) for w in whole}
        own = sum(found[street, w] for w in whole)
        disputes += own
        after += sum(found[street, w] for w in whole if follows[w])
        chance += own * sum(follows.values()) / len(whole) if whole else 0
    return disputes, after, chance


@pytest.mark.parametrize(("seed", "silent"), [(1, set()), (2, {6}), (3, {0}), (4, {11})])
def test_disputes_after_complaints_are_held_against_chance_in_each_street(
    tmp_path: Path, seed: int, silent: set[int]
) -> None:
    rows = weeks(seed, 14, 12, silent)
    disputes, after, chance = expected(rows, 14, 12, silent)
    areas = [{"area_code": "210200", "level": "city", "name_zh": "市"}]
    areas.append({"area_code": "D", "level": "district", "name_zh": "区", "region_code": "D"})
    with tables(tmp_path, fct_place_week=rows, dim_area=areas) as con:
        city, district = read(con, "complaint_dispute")
        assert not is_absent(con, "complaint_dispute")
    for row in (city, district):
        assert (row["basis_den"], row["basis_num"]) == (disputes, after)
        assert float(row["expected"]) == pytest.approx(chance)
        assert row["chance"] == pytest.approx(chance / disputes)
        high, low = row["ci_high"], row["ci_low"]
        verdict = "高于对照" if low > row["chance"] else "低于对照" if high < row["chance"] else "与对照无差别"
        assert row["verdict_zh"] == verdict


def test_streets_that_complain_every_week_tell_nothing_of_disputes(tmp_path: Path) -> None:
    rows = [{**row, "property_case_count": 3} for row in weeks(1, 14, 12, set())]
    areas = [{"area_code": "210200", "level": "city", "name_zh": "市"}]
    areas.append({"area_code": "D", "level": "district", "name_zh": "区", "region_code": "D"})
    with tables(tmp_path, fct_place_week=rows, dim_area=areas) as con:
        assert read(con, "complaint_dispute") == []


def test_without_four_weeks_before_nothing_is_said_of_disputes(tmp_path: Path) -> None:
    with tables(tmp_path, fct_place_week=weeks(1, 4, 3, set())) as con:
        assert is_absent(con, "complaint_dispute")
        assert read(con, "complaint_dispute") == []


def test_a_street_of_few_points_has_no_place_among_the_cold(tmp_path: Path) -> None:
    areas: list[Row] = []
    hours: list[Row] = []
    review: list[Row] = []
    for n, due in enumerate([168, 5 * 168, 4 * 168 + 1, 4 * 168]):
        code = f"S{n}"
        areas.append({"area_code": code, "level": "street", "name_zh": f"{n}街道", "region_code": f"D{n % 2}"})
        week = {"week_start": MONDAY, "quarter_start": date(2026, 1, 1), "street_code": code}
        hours.append({**week, "expected_hour_count": due, "compliant_hour_count": n, "counted_hour_count": 100})
        row = {"quarter_start": date(2026, 1, 1), "street_code": code, "region_code": f"D{n % 2}", "cold_rank": n + 1}
        review.append({**row, "warmth_pattern": "cold_silent" if n else "cold_complaining", "household_count": 10})
    with tables(tmp_path, dim_area=areas, fct_place_week=hours, fct_cause_review=review) as con:
        rows = [(row["street_code"], row["place"], row["points"]) for row in read(con, "cold_streets")]
        own = [(r["street_code"], r["place"]) for r in read(con, "cold_streets", area="D0", is_city=False)]
        few = {row["pattern_code"]: (row["few"], row["streets_num"]) for row in read(con, "warmth_patterns")}
    assert rows == [("S1", 1, 5), ("S2", 2, 5), ("S0", None, 1), ("S3", None, 4)]
    assert own == [("S2", 2), ("S0", None)], "the place is that in the city"
    assert few == {"cold_complaining": (1, 1), "cold_silent": (1, 3)}


def action(number: int, mechanism: str, **changes: Any) -> Row:
    row = {
        "alert_no": f"A{number}",
        "mechanism": mechanism,
        "region_code": "D",
        "triggered_date": date(2026, 1, 10),
        "due_at": "2026-01-10 23:59:59",
        "done_at": "2026-01-10 20:00:00",
        "has_time_flaw": False,
        "is_in_time": True,
        "is_waived": False,
        "result": "below_standard",
        "cause_party": "company",
    }
    return {**row, **changes}


def test_an_obligation_counts_when_it_is_done_or_its_time_is_over(tmp_path: Path) -> None:
    rows = [action(n, "onsite") for n in range(9)]
    rows += [
        action(9, "onsite", done_at=None, is_in_time=False, result=None),  # overdue: due, and missed
        action(10, "onsite", done_at=None, due_at="2026-02-01 12:00:00", is_in_time=False, result=None),  # not yet due
        action(11, "onsite", is_waived=True, result="waived"),
        action(12, "onsite", has_time_flaw=True),
        action(13, "routine", due_at=None, result="compliant"),
        action(14, "penalty", result="penalised"),
    ]
    kpis = [{"kpi_code": "heating.same_day_check_rate", "target": 1}]
    with tables(tmp_path, fct_heating_action=rows, kpi_dictionary=kpis) as con:
        told = {row["mechanism_code"]: row for row in read(con, "season_mechanisms", day=date(2026, 1, 31))}
    onsite = told["onsite"]
    assert (onsite["basis_num"], onsite["basis_den"], onsite["rate"]) == (9, 10, 0.9)
    assert (onsite["triggered"], onsite["waived"], onsite["running"]) == (13, 1, 1)
    assert (told["routine"]["rate"], told["routine"]["rate_why_zh"], told["routine"]["target"]) == (
        None,
        "无时限",
        None,
    )
    assert (told["routine"]["mechanism_zh"], told["penalty"]["mechanism_zh"]) == ("常态化检查", "限时从重处罚")
    assert (told["penalty"]["rate"], told["penalty"]["penalised"]) == (None, 1), "one of one is no rate"


def test_an_alert_has_one_cause(tmp_path: Path) -> None:
    rows = [action(n, mechanism) for n in range(8) for mechanism in ("onsite", "analysis")]
    rows += [action(20 + n, "onsite", cause_party="user", result="rectified") for n in range(4)]
    rows.append(action(30, "onsite", cause_party="none", result="compliant"))
    with tables(tmp_path, fct_heating_action=rows) as con:
        told = {row["party_code"]: (row["basis_num"], row["basis_den"]) for row in read(con, "season_causes")}
    assert told == {"company": (8, 12), "user": (4, 12)}


@pytest.mark.parametrize("name", OURS)
def test_a_table_says_what_it_is_in_both_languages_and_keeps_all_rows(name: str) -> None:
    spec = table_spec(name)
    assert spec.note
    assert "LIMIT" not in spec.sql.upper()
    texts = [spec.title, spec.note, spec.empty, spec.absent, *(column.title for column in spec.columns.values())]
    assert all(words.zh.strip() and words.en.strip() for words in texts)


def test_an_exposure_is_never_called_a_refund() -> None:
    spec = table_spec("season_refund")
    assert "不是退费" in spec.title.zh
    assert "敞口不等于退费" in (spec.note.zh if spec.note else "")
