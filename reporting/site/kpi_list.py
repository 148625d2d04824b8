"""The list of all KPIs, and each as one card: its newest figure, how it moved, its light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reporting import words
from reporting.brief import Change, Text
from reporting.period import a_year_before, month_before
from reporting.site import numbers, trend
from reporting.site.dictionary import Entry, family_name
from reporting.site.pages import Page
from reporting.site.search import keys
from reporting.site.values import Value
from reporting.site.words import WORDS

MONTHLY = ("fct_kpi_value", "fct_kpi_peace_index")
SPARK_MONTHS = 12


@dataclass(frozen=True)
class Card:
    """A KPI in the list, and at the head of its page."""

    code: str
    kpi_id: str
    page: str
    name: Text
    family: str
    family_name: Text
    value: Text
    is_shown: bool
    label: str
    basis: str
    grade: str
    status: Text
    before: Change | None
    year: Change | None
    target: Change | None
    spark: str
    found_by: str


def dictionary_page(cards: Sequence[Card]) -> Page:
    families = list(dict.fromkeys(card.family for card in cards))
    groups = tuple(
        {"family": family, "name": family_name(family), "cards": tuple(c for c in cards if c.family == family)}
        for family in families
    )
    return Page("kpis", "kpis.html.j2", "kpis", WORDS["dictionary"], {"groups": groups}, has_script=True)


def card(entry: Entry, values: Sequence[Value]) -> Card:
    now = newest(values)
    is_monthly = entry.table in MONTHLY
    before, year = changes(entry, values, now) if now and is_monthly else (None, None)
    line = [v for v in values if now and v.series == now.series and v.start <= now.start][-SPARK_MONTHS:]
    return Card(
        code=entry.code,
        kpi_id=entry.kpi_id,
        page=entry.page,
        name=entry.name,
        family=entry.family,
        family_name=family_name(entry.family),
        value=numbers.shown(now, entry.unit) if now else words.NO_DATA,
        is_shown=bool(now and now.is_shown),
        label=now.label if now else "",
        basis=numbers.basis(now),
        grade=now.grade if now else "",
        status=numbers.status(now) if now else words.NO_DATA,
        before=before,
        year=year,
        target=numbers.target(entry, now),
        spark=trend.spark(line) if is_monthly else "",
        found_by=keys(entry.name, entry.kpi_id, entry.code, entry.formula.zh, entry.formula.en),
    )


def newest(values: Sequence[Value]) -> Value | None:
    """The newest figure that stands on something; of several series, that of the first."""
    first = [value for value in values if value.series == values[0].series]
    return next((value for value in reversed(first) if value.status != "no_base"), first[-1] if first else None)


def changes(entry: Entry, values: Sequence[Value], now: Value) -> tuple[Change, Change]:
    """Against the month before and a year before."""
    own = {value.start: value for value in values if value.series == now.series}
    return (
        numbers.change(WORDS["change"], entry, now, own.get(month_before(now.start))),
        numbers.change(WORDS["year_change"], entry, now, own.get(a_year_before(now.start))),
    )
