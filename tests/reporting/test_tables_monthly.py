"""The rules that live in the SQL of the monthly tables, against the same rules written in plain Python."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from math import ceil, sqrt
from pathlib import Path
from random import Random
from typing import Any

import pytest

from reporting.table_spec import TABLES, table_spec
from tests.reporting.table_fixture import Row, is_absent, read, tables

NOW, BEFORE = date(2026, 1, 1), date(2025, 12, 1)
PARTS = ("hotline.response_rate", "hotline.resolution_rate", "hotline.satisfaction_rate")
OURS = [
    "street_classes",
    "street_composite",
    "street_rates",
    "street_small",
    "department_rates",
    "department_small",
    "movement",
    "exclusions",
    "exclusion_rise",
    "integrity_signals",
    "mediation_types",
    "hazards",
    "property_hot",
    "unserved_compounds",
    "grid_integrity",
    "restatements",
]


def wilson(share: float, n: float) -> tuple[float, float]:
    z = 1.96
    middle, reach = share + z * z / (2 * n), z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - reach) / (1 + z * z / n), (middle + reach) / (1 + z * z / n)


def value_row(code: str, area: str, month: date, num: float, den: int, *, level: str = "street", **changes: Any) -> Row:
    share = num / den if den else None
    low, high = wilson(share, den) if share is not None and 0 <= share <= 1 else (None, None)
    row = {
        "kpi_code": code,
        "area_level": level,
        "area_code": area,
        "period_grain": "month",
        "period_start": month,
        "period_end": date(month.year, month.month, 31),
        "as_of": "2026-01-31 23:00:00",
        "numerator": num,
        "denominator": den,
        "value": share,
        "ci_low": low,
        "ci_high": high,
        "received_count": den,
        "counted_count": den,
        "excluded_count": 0,
        "immature_count": 0,
        "excluded_by_reason": "{}",
        "open_not_due_count": 0,
        "status": "ok" if den >= 10 else "small_cell",
        "is_rankable": den >= 30,
    }
    return {**row, **changes}


def a_city(seed: int, streets: int) -> dict[str, list[Row]]:
    """Streets of two districts with three rates in two months, ties and small cells among them."""
    random = Random(seed)
    rows, areas, capacity = [], [{"area_code": "210200", "level": "city", "name_zh": "市"}], []
    areas += [{"area_code": code, "level": "district", "name_zh": code, "region_code": code} for code in ("D0", "D1")]
    for n in range(streets):
        code = f"S{n:03}"
        areas.append({"area_code": code, "level": "street", "name_zh": f"{n}街道", "region_code": f"D{n % 2}"})
        if random.random() < 0.9:
            capacity.append({
                "month_start": NOW, "area_level": "street", "area_code": code,
                "household_count": random.choice([0, 1000, 2000, 4000]),
            })  # fmt: skip
        rows.append(value_row("hotline.case_count", code, NOW, random.choice([20, 30, 60, 61, 200]), 1))
        for month in (NOW, BEFORE):
            rows += three_rates(random, code, month)
    return {"fct_kpi_value": rows, "dim_area": areas, "fct_capacity_month": capacity}


def three_rates(random: Random, code: str, month: date) -> list[Row]:
    most = random.choice([30, 300, 3000])
    sizes = [random.choice([5, 29, 30, most]) if random.random() < 0.15 else most for _ in PARTS]
    shares = [random.choice([0.5, 0.7, 0.9, 1.0]) for _ in PARTS]
    rows = [
        value_row(part, code, month, round(share * n), n) for part, share, n in zip(PARTS, shares, sizes, strict=True)
    ]
    score = Decimal(str(round(sum(float(row["value"]) for row in rows) / 3, 4)))
    least = min(sizes)
    changes: Row = {"value": score, "ci_low": None, "ci_high": None, "counted_count": least, "is_rankable": least >= 30}
    changes["status"] = "ok"
    return [*rows, value_row("hotline.composite_score", code, month, float(score), 1, **changes)]


class Oracle:
    """The four classes and the reach of chance, written anew."""

    def __init__(self, city: dict[str, list[Row]]) -> None:
        rows = city["fct_kpi_value"]
        self.rows = {(r["kpi_code"], r["area_code"], r["period_start"]): r for r in rows}
        self.streets = sorted({r["area_code"] for r in rows})
        self.households = {r["area_code"]: r["household_count"] for r in city["fct_capacity_month"]}
        self.now = {s: self._score(s, NOW) for s in self.streets if self._score(s, NOW) is not None}
        self.change = {s: v - self._score(s, BEFORE) for s, v in self.now.items() if self._score(s, BEFORE) is not None}

    def _score(self, street: str, month: date) -> Any:
        row = self.rows["hotline.composite_score", street, month]
        return row["value"] if row["is_rankable"] else None

    def classes(self) -> set[tuple[int, str]]:
        found: set[tuple[int, str]] = set()
        if len(self.now) >= 10:
            found |= {(1, s) for s in self._top(self.now) if self.now[s] > min(self.now.values())}
            lowest = self._top({s: -v for s, v in self.now.items()})
            found |= {(3, s) for s in lowest if self.now[s] < max(self.now.values())}
        if len(self.change) >= 10:
            found |= {(2, s) for s in self._top(self.change) if self.change[s] > 0}
        busy = {s: self._cases(s) / self.households[s] for s in self.streets if self.households.get(s)}
        busy = {s: v for s, v in busy.items() if self._cases(s) >= 30}
        return found | {(4, s) for s in self._top(busy)} if len(busy) >= 10 else found

    def _cases(self, street: str) -> float:
        return float(self.rows["hotline.case_count", street, NOW]["numerator"])

    @staticmethod
    def _top(values: dict[str, Any]) -> set[str]:
        """The best tenth, all of an equal value at its edge."""
        return {s for s, v in values.items() if sum(w > v for w in values.values()) < ceil(len(values) / 10)}

    def verdict(self, street: str) -> str:
        if street not in self.change:
            return "–"
        up, down = 0.0, 0.0
        for part in PARTS:
            new, old = self.rows[part, street, NOW], self.rows[part, street, BEFORE]
            down = max(down, sqrt((new["value"] - new["ci_low"]) ** 2 + (old["ci_high"] - old["value"]) ** 2))
            up = max(up, sqrt((new["ci_high"] - new["value"]) ** 2 + (old["value"] - old["ci_low"]) ** 2))
        moved = float(self.change[street])
        return "▲ 上升，超出波动" if moved > down else "▼ 下降，超出波动" if moved < -up else "波动之内"


@pytest.mark.parametrize(("seed", "streets"), [(1, 40), (2, 40), (3, 60), (4, 20), (5, 8), (6, 150)])
def test_the_four_classes_are_those_of_the_rule(tmp_path: Path, seed: int, streets: int) -> None:
    city = a_city(seed, streets)
    oracle = Oracle(city)
    with tables(tmp_path, **city) as con:
        rows = read(con, "street_classes")
        assert {(row["class_no"], row["street_code"]) for row in rows} == oracle.classes()
        assert len(rows) == len(oracle.classes())
        half = read(con, "street_classes", area="D1", is_city=False, area_level="region", unit_level="street")
    assert {row["street_code"] for row in half} == {s for _, s in oracle.classes() if int(s[1:]) % 2}, "one list"
    if streets < 10:
        assert rows == []
    for row in rows:
        assert row["class_zh"] == ["先进", "进步", "整改", "治理"][row["class_no"] - 1]
        assert row["class_no"] == 4 or row["sample"] >= 30, "no class for a small cell"
        assert row["class_no"] != 4 or row["volume_num"] >= 30


@pytest.mark.parametrize("name", ["street_classes", "street_composite", "street_rates"])
def test_a_district_of_small_cells_has_no_empty_lists_of_streets(tmp_path: Path, name: str) -> None:
    areas = [{"area_code": f"S{n}", "level": "street", "name_zh": "街道", "region_code": f"D{n}"} for n in range(2)]
    rows = [
        value_row("hotline.composite_score", f"S{n}", NOW, 0.8, 1, value=0.8, is_rankable=bool(n)) for n in range(2)
    ]
    with tables(tmp_path, fct_kpi_value=rows, dim_area=areas) as con:
        assert [is_absent(con, name, area=f"D{n}", is_city=False) for n in range(2)] == [True, False]
        assert not is_absent(con, name)


def test_where_all_fell_none_rose_and_where_all_are_equal_none_leads(tmp_path: Path) -> None:
    rows, areas = [], []
    for n in range(12):
        areas.append({"area_code": f"S{n}", "level": "street", "name_zh": f"{n}街道", "region_code": "D0"})
        for month, score in ((NOW, 0.8), (BEFORE, 0.9)):
            changes: Row = {"value": score, "counted_count": 300, "is_rankable": True, "ci_low": None}
            rows.append(value_row("hotline.composite_score", f"S{n}", month, score, 1, **changes))
    with tables(tmp_path, fct_kpi_value=rows, dim_area=areas) as con:
        assert read(con, "street_classes") == []


@pytest.mark.parametrize("seed", range(5))
def test_the_ranking_shares_places_and_tells_chance_from_change(tmp_path: Path, seed: int) -> None:
    city = a_city(seed, 60)
    oracle = Oracle(city)
    with tables(tmp_path, **city) as con:
        rows = read(con, "street_composite")
        small = read(con, "street_small")
    assert {row["street_code"] for row in rows} == set(oracle.now)
    assert {row["street_code"] for row in small} == set(oracle.streets) - set(oracle.now), "listed apart, never ranked"
    for row in rows:
        better = sum(value > oracle.now[row["street_code"]] for value in oracle.now.values())
        assert row["place"] == better + 1
        assert row["verdict_zh"] == oracle.verdict(row["street_code"])
        assert row["score_low"] <= row["score"] <= row["score_high"]
        assert row["trend"][:10] == [None] * 10
        assert row["trend"][11] == pytest.approx(float(oracle.now[row["street_code"]]))


def test_every_verdict_of_the_ranking_is_met(tmp_path: Path) -> None:
    city = a_city(6, 150)
    with tables(tmp_path, **city) as con:
        assert {r["verdict_zh"] for r in read(con, "street_composite")} == {
            "–",
            "波动之内",
            "▲ 上升，超出波动",
            "▼ 下降，超出波动",
        }


def dictionary(code: str, **changes: Any) -> Row:
    row = {"kpi_code": code, "kpi_id": "X", "name_zh": code, "name_en": code, "unit": "rate", "direction": "up"}
    return {**row, "over_time": "sum", **changes}


def moved(tmp_path: Path, code: str, new: tuple[int, int], old: tuple[int, int], **changes: Any) -> Row:
    rows = [
        value_row(code, "210200", month, num, den, level="city")
        for month, (num, den) in ((NOW, new), (BEFORE, old))
    ]  # fmt: skip
    rows[0] |= changes
    with tables(tmp_path, fct_kpi_value=rows, kpi_dictionary=[dictionary(code)]) as con:
        (row,) = read(con, "movement")
    return row


@pytest.mark.parametrize(
    ("new", "old", "verdict"),
    [
        ((56, 70), (48, 80), "▲ 向好，超出波动"),  # Newcombe 1998: 0.0524 to 0.3339
        ((48, 80), (56, 70), "▼ 走弱，超出波动"),
        ((5, 56), (0, 29), "波动之内"),  # -0.0381 to 0.1926, but 29 may be shown
    ],
)
def test_a_rate_moved_or_it_did_not(tmp_path: Path, new: Any, old: Any, verdict: str) -> None:
    row = moved(tmp_path, "hotline.on_time_rate", new, old)
    assert row["verdict_zh"] == verdict
    assert row["change_low"] <= row["change"] <= row["change_high"]
    if new == (56, 70):
        assert (round(row["change_low"], 4), round(row["change_high"], 4)) == (0.0524, 0.3339)


def test_points_are_counted_not_their_hours(tmp_path: Path) -> None:
    hours = ((68_448, 74_400), (70_680, 74_400))
    assert moved(tmp_path, "heating.room_compliance_rate", *hours)["verdict_zh"] == "波动之内"
    assert moved(tmp_path, "hotline.on_time_rate", *hours)["verdict_zh"] == "▼ 走弱，超出波动"


def test_what_ripens_or_is_not_due_or_small_is_not_compared(tmp_path: Path) -> None:
    far = ((500, 1000), (990, 1000))
    assert moved(tmp_path, "mediation.closure_rate", *far)["verdict_zh"] == "尚在成熟，不比"
    assert moved(tmp_path, "hotline.on_time_rate", *far, open_not_due_count=9)["verdict_zh"] == "上月无可比值"
    assert moved(tmp_path, "hotline.on_time_rate", (500, 1000), (1, 5))["verdict_zh"] == "上月无可比值"


def left_out(area: str, month: date, received: int, reasons: dict[str, int], level: str = "region") -> Row:
    excluded = sum(reasons.values())
    changes = {"received_count": received, "excluded_count": excluded, "excluded_by_reason": json.dumps(reasons)}
    return value_row("hotline.on_time_rate", area, month, 1, max(received - excluded, 1), level=level, **changes)


def test_exclusions_close_and_carry_last_months_share(tmp_path: Path) -> None:
    rows = [
        left_out("210200", NOW, 1000, {"X03": 60, "X06": 300}, "city"),
        left_out("210200", BEFORE, 500, {"X06": 150, "X05": 5}, "city"),
    ]
    words = {"dim_exclusion_reason": [{"reason_code": "X03", "name_zh": "不合理", "name_en": "unreasonable"}]}
    kpis = [dictionary("hotline.on_time_rate")]
    with tables(tmp_path, fct_kpi_value=rows, kpi_dictionary=kpis, **words) as con:
        told = {row["reason_code"]: row for row in read(con, "exclusions")}
    assert told["all"]["basis_num"] == sum(row["basis_num"] for code, row in told.items() if code != "all") == 360
    assert (told["X03"]["share"], told["X03"]["before"], told["X03"]["verdict_zh"]) == (0.06, 0, "上升，超出波动")
    assert (told["X03"]["reason_zh"], told["X03"]["kind_zh"]) == ("不合理", "认定")
    assert (told["X06"]["change"], told["X06"]["verdict_zh"]) == (0, "波动之内")
    assert "X05" not in told, "a reason of last month alone"


@pytest.mark.parametrize("seed", range(6))
def test_areas_that_leave_out_more_by_decision_are_asked(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    rows, areas, expected = [], [], set()
    for n in range(30):
        code = f"D{n:02}"
        areas.append({"area_code": code, "level": "district", "name_zh": code, "region_code": code})
        pair = [(random.choice([29, 30, 300]), random.choice([0, 1, 5, 20]), month) for month in (NOW, BEFORE)]
        for received, decided, month in pair:
            rows.append(left_out(code, month, received, {"X01": decided, "X06": random.choice([0, 8])}))
        (n1, x1, _), (n0, x0, _) = pair
        pooled = (x1 + x0) / (n1 + n0)
        error = sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
        if min(n1, n0) >= 30 and x1 / n1 - x0 / n0 > 1.96 * error:
            expected.add(code)
    with tables(tmp_path, fct_kpi_value=rows, dim_area=areas) as con:
        found = read(con, "exclusion_rise")
    assert expected
    assert {row["area_code"] for row in found} == expected
    assert [row["change"] for row in found] == sorted((row["change"] for row in found), reverse=True)


@pytest.mark.parametrize("name", OURS)
def test_a_table_says_what_it_is_in_both_languages_and_keeps_all_rows(name: str) -> None:
    spec = table_spec(name)
    assert spec.note
    assert "LIMIT" not in spec.sql.upper()
    texts = [spec.title, spec.note, spec.empty, spec.absent, *(column.title for column in spec.columns.values())]
    assert all(words.zh.strip() and words.en.strip() for words in texts)
    kinds = [column.as_ for column in spec.columns.values()]
    if "rate" in kinds and name not in ("street_classes", "street_composite"):  # a composite stands on three rates
        assert "basis" in kinds


@pytest.mark.parametrize("path", sorted(TABLES.glob("*.yml")), ids=lambda path: path.stem)
def test_every_link_has_a_definition(path: Path) -> None:
    spec = table_spec(path.stem)
    seed = (Path(__file__).parents[2] / "dbt_project" / "seeds" / "kpi_dictionary.csv").read_text(encoding="utf-8")
    known = {line.partition(",")[0] for line in seed.splitlines()}
    assert {column.kpi for column in spec.columns.values() if column.kpi} <= known


def test_kinds_of_disputes_that_are_sensitive_hide_small_counts() -> None:
    columns = table_spec("mediation_types").columns.values()
    assert all(column.sensitive for column in columns if column.as_ in ("count", "basis"))


def found_by_kind(**kinds: int) -> list[Row]:
    """A month of the city in the screening: what was found of each kind, and of all."""
    place = {"feed": "mediation_dispute", "area_level": "city", "area_code": "210200", "month_start": date(2026, 1, 1)}
    others = dict.fromkeys(
        ("found_closed_count", "found_resolved_count", "open_at_start_count", "resolved_in_month_count"), 0
    )
    counted = {"all": sum(kinds.values()), **kinds}
    return [place | others | {"dispute_type": kind, "found_count": number} for kind, number in counted.items()]


def test_the_place_of_a_kind_of_dispute_tells_nothing_of_its_size(tmp_path: Path) -> None:
    orders = []
    for number, size in enumerate((1, 90)):
        rows = found_by_kind(neighbour=50, family=size, labour=91 - size, medical=size, other=7)
        with tables(tmp_path / str(number), fct_dispute_month=rows) as con:
            orders.append([row["class_code"] for row in read(con, "mediation_types")])
    assert orders[0] == orders[1] == ["all", "neighbour", "family", "labour", "medical", "other", "with_sensitive"]


def test_the_city_counts_sensitive_kinds_apart_and_as_one(tmp_path: Path) -> None:
    with tables(tmp_path, fct_dispute_month=found_by_kind(neighbour=50, family=9, medical=8, other=7)) as con:
        city = read(con, "mediation_types")
        region = read(con, "mediation_types", is_city=False)
    assert {row["class_code"]: row["found"] for row in city if row["group_code"].endswith("sensitive")} == {
        **{"family": 9, "medical": 8, "other": 7},
        "with_sensitive": 24,
    }
    assert [row["class_code"] for row in city if row["instead"]] == ["with_sensitive"]
    assert [(row["class_code"], row["instead"]) for row in region] == [
        ("all", False),
        ("neighbour", False),
        ("with_sensitive", False),
    ]


@pytest.mark.parametrize(("found", "absent"), [(0, True), (4, True), (5, False)])
def test_fewer_disputes_than_five_in_the_city_are_not_told_by_kind(tmp_path: Path, found: int, absent: bool) -> None:
    with tables(tmp_path, fct_dispute_month=found_by_kind(family=found)) as con:
        assert is_absent(con, "mediation_types", is_city=False, area_level="region") is absent
