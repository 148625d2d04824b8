"""How the site writes figures and compares them, and how it draws their line."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from ingestion.settings import PROJECT_ROOT
from reporting.brief import Text
from reporting.period import month_end
from reporting.site import numbers, trend
from reporting.site.dictionary import Entry
from reporting.site.values import Value
from reporting.words import same

MOM = Text("环比", "MoM")
NOTHING = Text("", "")
BASE = Decimal(10_000)
ENTRY = Entry(
    "x.rate", "X01", "hotline", "hotline_city", NOTHING, "rate", "up", NOTHING, NOTHING, Decimal("0.95"), "", None, 10,
    30, "fct_kpi_value", "1", "", "sum",
)  # fmt: skip
VALUE = Value(
    "x.rate", "210200", same("大连市"), "", "2026-01", date(2026, 1, 1), date(2026, 1, 31), datetime(2026, 4, 5),
    Decimal(96), Decimal(100), Decimal("0.96"), 100, 100, 0, 0, {}, 0, "ok", True, "A",
)  # fmt: skip


def month(number: int, value: str, **known: object) -> Value:
    start = date(2025 if number == 12 else 2026, number, 1)
    end = month_end(start)
    counts = {"numerator": Decimal(value) * BASE, "denominator": BASE}
    found = {"start": start, "end": end, "label": f"{start:%Y-%m}", "value": Decimal(value), **counts, **known}
    return replace(VALUE, **found)  # type: ignore[arg-type]


def amount(entry: Entry, now: Value, before: Value) -> str:
    return numbers.change(MOM, entry, now, before).amount.en


def test_rates_differ_by_percentage_points_in_the_direction_of_the_kpi() -> None:
    change = numbers.change(MOM, ENTRY, month(1, "0.96"), month(12, "0.95"))
    assert (change.amount.en, change.tone) == ("+1.0 pp", "better")
    assert numbers.change(MOM, replace(ENTRY, direction="down"), month(1, "0.96"), month(12, "0.95")).tone == "worse"
    assert numbers.change(MOM, replace(ENTRY, direction="none"), month(1, "0.96"), month(12, "0.95")).tone == "none"


def test_what_chance_explains_is_neither_good_nor_bad() -> None:
    few = {"denominator": Decimal(100)}
    now, before = month(1, "0.96", numerator=Decimal(96), **few), month(12, "0.95", numerator=Decimal(95), **few)
    change = numbers.change(MOM, ENTRY, now, before)
    assert (change.amount.en, change.mark, change.judgement.en) == ("+1.0 pp", "≈", "within noise")
    count = replace(ENTRY, unit="count", direction="down")
    assert numbers.change(MOM, count, month(1, "105"), month(12, "100")).mark == "≈"
    assert numbers.change(MOM, count, month(1, "10500"), month(12, "10000")).mark == "▼"


def test_a_rate_that_ripens_compares_with_no_other_month() -> None:
    closure = replace(ENTRY, code="hotline.closure_rate")
    assert amount(closure, month(1, "0.99"), month(12, "0.95")) == "not comparable"


@pytest.mark.parametrize(
    "known",
    [{"open_not_due": 3}, {"as_of": datetime(2026, 1, 20)}, {"status": "small_cell"}, {"status": "insufficient"}],
)
def test_what_will_still_move_or_is_not_shown_compares_with_nothing(known: dict[str, object]) -> None:
    assert amount(ENTRY, month(1, "0.96", **known), month(12, "0.95")) == "not comparable"


def test_counts_compare_by_their_daily_means() -> None:
    count = replace(ENTRY, unit="count", direction="none")
    assert amount(count, month(2, "2800"), month(1, "3100")) == "0.0%", "February is shorter, not quieter"
    assert amount(replace(count, over_time="last"), month(2, "90"), month(1, "100")) == "−10.0%", "a stock has no days"
    assert amount(count, month(1, "5"), month(12, "0")) == "no base"


def test_a_small_share_does_not_move_unseen() -> None:
    share = replace(ENTRY, unit="share", direction="down")
    change = numbers.change(MOM, share, month(1, "0.00053"), month(12, "0.00041"))
    assert (change.amount.en, change.tone) == ("+0.012 pp", "worse")
    assert numbers.written(Decimal("0.00053"), "share") == "0.053%"


def test_the_light_follows_the_direction_and_needs_a_figure() -> None:
    assert numbers.target(ENTRY, month(1, "0.95")).mark == "✓"  # type: ignore[union-attr]
    assert numbers.target(ENTRY, month(1, "0.9499")).mark == "▼"  # type: ignore[union-attr]
    below = replace(ENTRY, direction="down", unit="count", target=Decimal(0))
    assert numbers.target(below, month(1, "1")).mark == "▼"  # type: ignore[union-attr]
    assert numbers.target(replace(ENTRY, target=None), month(1, "0.99")) is None
    assert numbers.target(ENTRY, month(1, "0.99", status="small_cell")) is None


def test_a_small_cell_prints_its_status_and_a_count_no_denominator() -> None:
    assert numbers.shown(month(1, "0.5", status="small_cell"), "rate").en == "small cell"
    assert numbers.basis(replace(VALUE, value=Decimal(9), numerator=Decimal(9), denominator=Decimal(1))) == ""
    assert numbers.basis(VALUE) == "96 / 100"
    assert numbers.basis(replace(VALUE, numerator=None, denominator=None)) == "– / –", "hidden counts stay hidden"


def test_a_line_has_gaps_hollow_points_and_its_target() -> None:
    values = [month(12, "0.90"), month(1, "0.5", status="no_base"), month(2, "0.96", open_not_due=1), month(3, "0.97")]
    desk, phone = trend.draw(values, "rate", Decimal("0.95"), "en")
    assert desk.count("<polyline") == 1, "nothing is drawn across a gap"
    assert desk.count('class="dot open"') == 1
    assert desk.count("<circle") == 3
    assert ">target<" in desk
    assert "0.5" not in re.sub(r'="[^"]*"', "", desk), "what is not shown is not drawn"
    assert phone != desk
    assert trend.draw(values[:1], "rate", None, "en") == ("", "")


@pytest.mark.parametrize("values", [("1", "1"), ("0.97", "1"), ("0", "0.004")])
def test_the_axis_of_a_rate_stays_between_none_and_all(values: tuple[str, str]) -> None:
    desk, _ = trend.draw([month(1, values[0]), month(2, values[1])], "rate", None, "zh")
    ticks = [float(text) for text in re.findall(r">(-?[\d.]+)%<", desk)]
    assert len(ticks) >= 2
    assert 0 <= min(ticks) <= max(ticks) <= 100


def test_the_english_of_the_dictionary_holds_no_chinese() -> None:
    with (PROJECT_ROOT / "dbt_project" / "seeds" / "kpi_dictionary.csv").open(encoding="utf-8", newline="") as stream:
        texts = {(row["kpi_code"], row[name]) for row in csv.DictReader(stream) for name in row if name.endswith("_en")}
    assert [code for code, text in texts if re.search("[\u3400-\u9fff]", text)] == []
