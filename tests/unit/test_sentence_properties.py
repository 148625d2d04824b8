"""Whatever the figures: no sentence without its number and basis, none of a small cell, both languages alike."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from reporting import format
from reporting.brief import Text
from reporting.figures import CASES, RANKED, Area, Figure, Figures, Kpi
from reporting.noise import RIPENING, differs
from reporting.period import Kind, Period
from reporting.sentences import AT_MOST, concerns, highlights
from reporting.words import OF
from tests.unit.test_sentences import BEFORE, PERIOD, ROOMS, SOLVED, VALID, figures, kpi

RATES = (RANKED, ROOMS, VALID, SOLVED, "grid.on_time_rate", "hotline.reopen_rate", "mediation.closure_rate")
STATUSES = ("ok", "provisional", "small_cell", "no_base", "small_base", "insufficient", "not_comparable", "hidden")
NUMBER = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?万?")
BASIS = re.compile(r"([0-9][0-9,]*(?:\.[0-9]+)?)/([0-9][0-9,]*(?:\.[0-9]+)?)")
PERCENT = re.compile(r"([0-9][0-9,]*\.[0-9])%")
KINDS: tuple[Kind, ...] = ("daily", "weekly", "monthly", "quarterly", "season")


@st.composite
def a_figure(draw: st.DrawFn, code: str, month: date, level: str, area: str) -> Figure:
    den = draw(st.sampled_from([1, 9, 30, 100, 1_000, 30_000, 2_000_000]))
    least = -den if code.endswith("yoy") else 0
    num = draw(st.one_of(st.integers(least, den), st.sampled_from([den, 2 * den])))  # twice its base: a broken figure
    status = draw(st.sampled_from(STATUSES))
    value = None if status in ("no_base", "small_base", "not_comparable", "hidden") else Decimal(num) / den
    is_count = code in (CASES, "safety.overdue_hazard_count")
    if is_count and value is not None:
        value = Decimal(num)
    open_not_due = draw(st.sampled_from([0, 0, 0, 5]))
    immature = draw(st.sampled_from([0, 0, den + 1]))
    counts = (den, den, 0, immature, "{}", open_not_due, status, status == "ok" and den >= 30, "A")
    names = (f"{area}区", f"Unit {area}") if level != "city" else ("大连市", "Dalian City")
    return Figure(code, level, area, month, Decimal(num), Decimal(den), value, *counts, *names)


@st.composite
def some_kpis(draw: st.DrawFn) -> list[Kpi]:
    found = [kpi(CASES, "诉求量", "Cases", unit="count", direction="none")]
    found.append(kpi("safety.overdue_hazard_count", "超期隐患", "Overdue", unit="count", direction="down", target="0"))
    for code in RATES:
        direction = draw(st.sampled_from(["up", "down"]))
        target = draw(st.sampled_from([None, "0.95", "1", "0"]))
        name = chr(65 + RATES.index(code))
        found.append(kpi(code, f"率{name}", f"Rate {name}", direction=direction, target=target))
    return found


@st.composite
def a_brief(draw: st.DrawFn) -> Figures:
    rows = []
    for code in (CASES, "hotline.case_yoy", "safety.overdue_hazard_count", *RATES):
        for level, area in (("city", "210200"), ("region", "甲"), ("region", "乙"), ("region", "丙"), ("street", "丁")):
            for month in (PERIOD, BEFORE):
                if draw(st.booleans()):
                    rows.append(draw(a_figure(code, month, level, area)))
    kind = draw(st.sampled_from(KINDS))
    told = figures(*rows, kpis=draw(some_kpis()))
    areas = {code: Area(code, "region", Text(f"{code}区", f"Unit {code}"), "210200") for code in "甲乙丙"}
    areas["丁"] = Area("丁", "street", Text("丁街道", "Unit 丁"), "甲")
    span = Period(kind, "x", PERIOD, date(2026, 1, 31))
    return replace(told, areas=areas, area_code=draw(st.sampled_from(["", "甲"])), period=span)


def sentences(brief: Figures) -> list[Text]:
    told = [*highlights(brief), *concerns(brief)]
    return [text for text in told if text != OF[brief.period.kind].no_hotline]


def numbers(text: str, span: str) -> list[Decimal]:
    """The numbers of a sentence in order of size, those of its dates apart, 万 written out."""
    found = NUMBER.findall(text.replace(span, ""))
    return sorted(Decimal(n.rstrip("万").replace(",", "")) * (10_000 if n.endswith("万") else 1) for n in found)


@settings(max_examples=120, deadline=None)
@given(a_brief())
def test_every_sentence_has_its_number_and_its_basis_alike_in_both_languages(brief: Figures) -> None:
    assert len(highlights(brief)) <= AT_MOST
    assert len(concerns(brief)) <= AT_MOST
    span = format.period(brief.period)
    for text in sentences(brief):
        has_basis(text)
        says_no_more_than_its_basis(text)
        zh, en = numbers(text.zh, span.zh), numbers(text.en, span.en)
        assert len(zh) == len(en) > 0, text
        for one, other in zip(zh, en, strict=True):
            assert abs(one - other) <= (50 if one >= 10_000 and one != other else 0), text


def has_basis(text: Text) -> None:
    """A count of requests is its own basis; all else says what it is of."""
    assert "受理" in text.zh or "计入的" in text.zh or BASIS.search(text.zh), text.zh
    for numerator, denominator in BASIS.findall(text.zh):
        assert Decimal(numerator.replace(",", "")) <= Decimal(denominator.replace(",", "")), text.zh


def says_no_more_than_its_basis(text: Text) -> None:
    if "受理" in text.zh:
        return
    assert all(Decimal(share.replace(",", "")) <= 100 for share in PERCENT.findall(text.zh)), text.zh
    if first := re.search(r"([0-9.]+)%（([0-9,.]+)/([0-9,.]+)", text.zh):
        share, num, den = (Decimal(part.replace(",", "")) for part in first.groups())
        assert abs(share - num / den * 100) <= Decimal("0.05"), text.zh


@settings(max_examples=60, deadline=None)
@given(a_brief(), st.sampled_from(["small_cell", "insufficient", "no_base", "hidden"]))
def test_nothing_is_said_of_small_cells(brief: Figures, status: str) -> None:
    values = {key: replace(row, status=status, is_rankable=False) for key, row in brief.values.items()}
    assert sentences(replace(brief, values=values)) == []


@settings(max_examples=60, deadline=None)
@given(a_brief())
def test_a_change_is_told_beyond_chance_and_of_what_does_not_ripen(brief: Figures) -> None:
    for entry in brief.kpis.values():
        now, old = brief.at(entry.code), brief.at_before(entry.code)
        told = [text.zh for text in sentences(brief) if text.zh.startswith(entry.name.zh) and "→" in text.zh]
        if told:
            assert now is not None
            assert old is not None
            assert differs(now, old, 31, 31)
            assert entry.code not in RIPENING
