"""Figures into words: the one place where a brief is put together."""

from __future__ import annotations

import json
from decimal import Decimal

from reporting import charts, format, words
from reporting.brief import Brief, Definition, Row, Text
from reporting.cards import platform_cards, rate_cards
from reporting.changes import basis, rate_change, shown_rate, state
from reporting.figures import CASES, RANKED, Figure, Figures, Kpi
from reporting.ranking import places, ranked, unranked
from reporting.sentences import concerns, highlights

FAILED_SHOWN = 3  # the quality page lists them all


def compose(figures: Figures) -> Brief:
    """The brief of one period, numbers formatted once for every writer."""
    lines, city, units = charts.series(figures), figures.at(RANKED), ranked(figures)
    return Brief(
        title=_title(figures),
        period=_period(figures),
        units=words.UNITS,
        label=words.SYNTHETIC if figures.publication.is_synthetic else None,
        warning=_warning(figures),
        highlights=highlights(figures),
        concerns=concerns(figures),
        cards=rate_cards(figures),
        platforms=platform_cards(figures),
        chart_title=lines.title if lines else words.LABELS["no_chart"],
        chart_svg=charts.draw(lines) if lines else None,
        chart_note=words.NO_YEAR_BEFORE if lines and not lines.has_last else words.same(""),
        ranking_note=_ranking_note(city),
        ranking=tuple(_row(str(n), unit, figures) for n, unit in zip(places(units), units, strict=True)),
        city_bar=_bar(city),
        small_cells=tuple(_row("", unit, figures) for unit in unranked(figures)),
        missing=_missing(figures),
        definitions=tuple(_definition(kpi, figures) for kpi in figures.kpis.values()),
        provenance=_provenance(figures),
        document_date=figures.publication.data_as_of.date(),
    )


def _title(figures: Figures) -> Text:
    city, title = figures.city, words.OF[figures.period.kind].title
    return Text(f"{city.zh}治理运行{title.zh}", f"{city.en.removesuffix(' City')} {title.en}")


def _period(figures: Figures) -> Text:
    """The span of days; a month to date and a season say what they are."""
    span, said = format.period(figures.period), words.OF[figures.period.kind].span_named
    return words.join("{said}：{span}", "{said}: {span}", said=said, span=span) if said else span


def _warning(figures: Figures) -> Text | None:
    """A period without data, or not over yet, says so at the top."""
    now, said = figures.at(CASES), words.OF[figures.period.kind]
    if now is None or not now.received:
        return said.no_hotline
    if figures.is_whole(figures.period):
        return None
    covered, days = figures.days_covered(figures.period), len(figures.period.days)
    return words.join(
        said.not_whole.zh,
        said.not_whole.en,
        covered=words.same(str(covered)),
        days=words.same(str(days)),
    )


def _ranking_note(city: Figure | None) -> Text:
    if city is None or city.value is None:
        return words.MARK_LEGEND
    rate = words.same(format.rate(city.value))
    return words.join("{marks} · 竖线：全市 {rate}", "{marks} · line: city {rate}", marks=words.MARK_LEGEND, rate=rate)


def _row(rank: str, unit: Figure, figures: Figures) -> Row:
    kpi = figures.kpis[RANKED]
    value = shown_rate(kpi, unit)
    return Row(
        rank=rank,
        area=unit.area,
        value=value or state(unit),
        basis=basis(unit),
        change=rate_change(words.OF[figures.period.kind].on_before, kpi, unit, figures.earlier(unit)),
        bar=_bar(unit) if value else "0",
    )


def _bar(now: Figure | None) -> str:
    """Length in percent of an axis from zero to one hundred; empty without a rate."""
    if now is None or now.value is None:
        return ""
    return str(format.half_up(min(max(now.value, Decimal(0)), Decimal(1)) * 100, 2))


def _missing(figures: Figures) -> tuple[Text, ...]:
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
    return tuple(found) or (words.nothing_missing(figures.period.kind),)


def _absence(now: Figure | None) -> Text:
    return words.NO_DATA if now is None or not now.received else words.STATUS[now.status]


def _definition(kpi: Kpi, figures: Figures) -> Definition:
    now = figures.at(kpi.code)
    counts = (now.received, now.counted, now.excluded, now.immature) if now else (0, 0, 0, 0)
    received, counted, excluded, immature = map(format.quantity, counts)
    return Definition(
        kpi_id=kpi.kpi_id,
        kpi_code=kpi.code,
        name=kpi.name,
        formula=kpi.formula,
        exclusions=_exclusions(now, figures.reasons),
        basis=_working(kpi, now),
        owner=kpi.owner,
        waterfall=(received, counted, excluded, immature),
        method=kpi.method_version,
    )


def _working(kpi: Kpi, now: Figure | None) -> Text:
    """What a figure stands on: a count on itself, a composite on the rates behind it, all else on a base."""
    if now is not None and kpi.unit == "count":
        return words.same(format.quantity(now.numerator))
    if now is not None and now.value is not None and kpi.unit == "score":
        return words.same(format.rate(now.value))
    return basis(now)


def _exclusions(now: Figure | None, reasons: dict[str, Text]) -> Text:
    """The rows left out, by reason: a rate that rises because more is left out must be seen to."""
    counts: dict[str, int] = json.loads(now.excluded_by) if now else {}
    if not counts:
        return words.same("")
    parts = [(reasons.get(code, words.same(code)), format.quantity(number)) for code, number in counts.items()]
    return Text(
        "，".join(f"{name.zh} {number}" for name, number in parts),
        ", ".join(f"{name.en} {number}" for name, number in parts),
    )


def _provenance(figures: Figures) -> Text:
    made = figures.publication
    return words.join(
        "数据截至 {at} · 检查通过 {passed}/{total} · 发布 {release}",
        "Data as of {at} · checks passed {passed}/{total} · release {release}",
        at=format.moment(made.data_as_of),
        passed=words.same(str(made.checks_passed)),
        total=words.same(str(made.checks_total)),
        release=words.same(made.release_id),
    )
