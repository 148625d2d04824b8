"""The sections drawn from the KPIs themselves: cards, request chart, ranking, small cells, what is missing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from reporting import words
from reporting.brief import Bullets, Cards, Cell, Column, Section, Table, Text
from reporting.cards import cards
from reporting.cells import percent, spark_heights
from reporting.changes import basis, change, shown, state
from reporting.contents import Contents
from reporting.figures import CASES, HIDDEN, Figure, Figures, Kpi
from reporting.pictures import Ground, requests, unit_map, unit_panels
from reporting.ranking import places, ranked, unranked

FAILED_SHOWN = 3  # the quality page lists them all
NONE = words.same("")


def drawn(figures: Figures, contents: Contents, name: str, ground: Ground) -> Section | None:
    """The section of that name; None where the brief of this area and kind has nothing of the sort."""
    return SECTIONS[name](figures, contents, ground)


def _cards(figures: Figures, contents: Contents, ground: Ground) -> Section | None:
    found = cards(figures, contents.cards)
    return Section("cards", words.LABELS["cards"], NONE, (Cards(found),)) if found else None


def _requests(figures: Figures, contents: Contents, ground: Ground) -> Section:
    return requests(figures)


def _map(figures: Figures, contents: Contents, ground: Ground) -> Section | None:
    kpi = figures.kpis.get(contents.ranked)
    return unit_map(figures, kpi, ground) if kpi else None


def _panels(figures: Figures, contents: Contents, ground: Ground) -> Section | None:
    kpi = figures.kpis.get(contents.ranked)
    return unit_panels(figures, kpi) if kpi else None


def _ranking(figures: Figures, contents: Contents, ground: Ground) -> Section | None:
    kpi = _ranked_kpi(figures, contents)
    if kpi is None:
        return None
    units = ranked(figures, kpi.code)
    rows = tuple(_row(figures, kpi, unit, str(place)) for place, unit in zip(places(units), units, strict=True))
    empty = words.labels(figures.period.kind)["no_ranking"]
    table = Table(_columns(figures, kpi), rows, empty)
    return Section("ranking", _title(kpi), _legend(figures, kpi), (table,), "wide")


def _ranked_kpi(figures: Figures, contents: Contents) -> Kpi | None:
    """The KPI by which units stand; none for a district whose streets have no figures in a brief of this kind."""
    kpi = figures.kpis.get(contents.ranked)
    return kpi if kpi and (figures.is_city or figures.units(kpi.code)) else None


def _title(kpi: Kpi) -> Text:
    return words.join("{name}排名", "Ranked by {name}", name=words.inside(kpi.name))


def _columns(figures: Figures, kpi: Kpi) -> tuple[Column, ...]:
    whole = _bar(figures.at(kpi.code))
    said = words.OF[figures.period.kind]
    labels = words.LABELS
    trend = (Column("trend", labels["year_of_months"], "spark"),) if figures.has_trend else ()
    return (
        Column("place", labels["rank"], "soft"),
        Column("area", labels["unit"]),
        Column("bar", NONE, "bar", axis_mark=whole),
        Column("value", kpi.name, "rate", kpi.code),
        Column("basis", labels["basis"], "soft"),
        Column("change", said.on_before if figures.before else said.year_on_year, "points"),
        *trend,
    )


def _row(figures: Figures, kpi: Kpi, unit: Figure, place: str) -> tuple[Cell, ...]:
    value = shown(kpi, unit)
    moved = change(figures, words.OF[figures.period.kind].on_before, kpi, unit, figures.earlier(unit))
    return (
        Cell(words.same(place), Decimal(place) if place else None),
        Cell(unit.area),
        Cell(NONE, bar=_bar(unit) if value else "", low=percent(unit.low), high=percent(unit.high)),
        Cell(value or state(unit), unit.value if value else None),
        Cell(basis(unit)),
        Cell(moved.amount, None, moved.tone, moved.mark),
        *((Cell(NONE, spark=spark_heights(figures.trend_of(unit.area_code))),) if figures.has_trend else ()),
    )


def _legend(figures: Figures, kpi: Kpi) -> Text:
    whole = figures.at(kpi.code)
    value = shown(kpi, whole)
    marks = words.MARK_LEGEND
    has_interval = any(unit.low is not None for unit in figures.units(kpi.code))
    if has_interval:
        marks = words.join("{m} · 细线：95%区间", "{m} · whisker: 95% interval", m=marks)
    if value is None:
        return marks
    return words.join("{m} · 竖线：{a} {v}", "{m} · line: {a} {v}", m=marks, a=figures.area, v=value)


def _small_cells(figures: Figures, contents: Contents, ground: Ground) -> Section | None:
    kpi = _ranked_kpi(figures, contents)
    if kpi is None:
        return None
    labels = words.LABELS
    columns = (
        Column("area", labels["unit"]),
        Column("value", kpi.name, "rate", kpi.code),
        Column("basis", labels["basis"], "soft"),
    )
    rows = [
        (Cell(unit.area), Cell(shown(kpi, unit) or state(unit)), Cell(basis(unit)))
        for unit in unranked(figures, kpi.code)
    ]
    told = {unit.area_code for unit in figures.units(kpi.code)}
    absent = [area for area in figures.unit_areas if area.code not in told]
    rows += [(Cell(area.name), Cell(words.same("–")), Cell(words.NO_DATA)) for area in absent]
    table = Table(columns, tuple(rows), labels["no_small_cells"])
    return Section("small_cells", labels["small_cells"], NONE, (table,), "narrow")


def _missing(figures: Figures, contents: Contents, ground: Ground) -> Section:
    return Section(
        "missing",
        words.LABELS["missing"],
        NONE,
        (Bullets((*missing(figures), *(said.text for said in contents.not_connected))),),
    )


def missing(figures: Figures) -> tuple[Text, ...]:
    """What a reader could look for and not find, each with its reason."""
    pairs = [(kpi, figures.at(kpi.code)) for kpi in figures.kpis.values()]
    found = [
        words.join("{name}：{why}", "{name}: {why}", name=kpi.name, why=_absence(now))
        for kpi, now in pairs
        if now is None or now.value is None
    ]
    year_ago = figures.at_year_ago(CASES)
    if year_ago is None or year_ago.value is None:
        found.append(words.NO_YEAR_BEFORE)
    if figures.apart:
        found.append(words.months_apart(figures.apart))
    found += [
        words.join("未通过的检查：{m}", "Check not passed: {m}", m=m) for m in figures.failed_checks[:FAILED_SHOWN]
    ]
    if more := len(figures.failed_checks[FAILED_SHOWN:]):
        number = words.same(str(more))
        found.append(
            words.join("另有{n}项检查未通过，见质量页", "{n} more checks not passed: see the quality page", n=number)
        )
    return tuple(found)


def _absence(now: Figure | None) -> Text:
    if now is None or not (now.received or now.numerator or now.denominator or now.status == HIDDEN):
        return words.NO_DATA
    return words.STATUS[now.status]


def _bar(now: Figure | None) -> str:
    """Length in percent of an axis from zero to one hundred; empty without a rate."""
    return "" if now is None else percent(now.value)


SECTIONS: dict[str, Callable[[Figures, Contents, Ground], Section | None]] = {
    "cards": _cards,
    "requests": _requests,
    "ranking": _ranking,
    "small_cells": _small_cells,
    "map": _map,
    "panels": _panels,
    "missing": _missing,
}
