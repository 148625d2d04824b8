"""Figures into words: the one place where a brief is put together."""

from __future__ import annotations

import json
from dataclasses import replace

from reporting import format, words
from reporting.brief import Brief, Bullets, Card, CardGroup, Cards, Definition, Section, Text
from reporting.changes import basis
from reporting.contents import DRAWN, Contents, contents_of
from reporting.figures import CASES, HIDDEN, Figure, Figures, Kpi
from reporting.pictures import Ground
from reporting.sections import drawn
from reporting.sentences import concerns, highlights
from reporting.tables import Found

SENTENCES, FIRST = 5, 2  # a leader reads no more


def compose(figures: Figures, tables: dict[str, Found], ground: Ground, stale: Text | None = None) -> Brief:
    """The brief of one period and area, numbers formatted once for every writer.

    `tables` as they were read, `ground` is where the map has its places; `stale` says why the release is not the newest
    there could be, and stands at the top.
    """
    contents = contents_of(figures.period.kind)
    sections = _sections(figures, contents, tables, ground)
    good = _sentences(highlights(figures), [found.highlight for found in tables.values()])
    bad = _sentences(concerns(figures), [found.attention for found in tables.values()])
    used = _used(sections, tables, (*good, *bad), figures) | {contents.ranked}
    return Brief(
        title=_title(figures),
        area=figures.area,
        period=_period(figures),
        units=words.UNITS,
        label=words.SYNTHETIC if figures.publication.is_synthetic else None,
        warning=_together(_warning(figures), _running(figures), _stale(figures, stale)),
        highlights=good,
        concerns=bad,
        sections=sections,
        definitions=tuple(_definition(kpi, figures) for kpi in figures.kpis.values() if kpi.code in used),
        provenance=_provenance(figures),
        document_date=figures.publication.data_as_of.date(),
    )


def _sections(figures: Figures, contents: Contents, tables: dict[str, Found], ground: Ground) -> tuple[Section, ...]:
    found = []
    for name in contents.sections:
        section = drawn(figures, contents, name, ground) if name in DRAWN else tables.get(name, Found()).section
        if section is not None:
            found.append(_with_absent(figures, section, tables) if name == "missing" else section)
    return tuple(found)


def _with_absent(figures: Figures, section: Section, tables: dict[str, Found]) -> Section:
    """What is missing: the KPIs' list, then the tables that could not be made."""
    (bullets,) = section.blocks
    assert isinstance(bullets, Bullets)
    absent = tuple(found.missing for found in tables.values() if found.missing)
    lines = (*bullets.lines, *absent) or (words.nothing_missing(figures.period.kind),)
    return replace(section, blocks=(Bullets(lines),))


def _sentences(ruled: tuple[Text, ...], of_tables: list[Text | None]) -> tuple[Text, ...]:
    """The gravest of the KPIs, then what the tables say, then the rest of the KPIs, as far as a leader reads."""
    return (*ruled[:FIRST], *filter(None, of_tables), *ruled[FIRST:])[:SENTENCES]


def _used(
    sections: tuple[Section, ...], tables: dict[str, Found], sentences: tuple[Text, ...], figures: Figures
) -> set[str]:
    """The KPIs of which the brief says a number: these are defined at its end, all of them on the site."""
    used = {code for found in tables.values() if found.section for code in found.kpis}
    for block in (block for section in sections for block in section.blocks if isinstance(block, Cards)):
        for card in block.cards:
            members: tuple[Card, ...] = card.members if isinstance(card, CardGroup) else (card,)
            used |= {member.kpi_code for member in members}
    said = " ".join(sentence.zh for sentence in sentences)
    for kpi in sorted(figures.kpis.values(), key=lambda kpi: -len(kpi.name.zh)):
        if kpi.name.zh in said:  # the longest first: 办结率 stands in 按时办结率
            used.add(kpi.code)
            said = said.replace(kpi.name.zh, " ")
    return used


def _title(figures: Figures) -> Text:
    area, title = figures.area, words.OF[figures.period.kind].title
    return Text(f"{area.zh}治理运行{title.zh}", f"{area.en.removesuffix(' City')} {title.en}")


def _period(figures: Figures) -> Text:
    """The span of days; a month to date and a season say what they are."""
    span, said = format.period(figures.period), words.OF[figures.period.kind].span_named
    return words.join("{said}：{span}", "{said}: {span}", said=said, span=span) if said else span


def _warning(figures: Figures) -> Text | None:
    """A period without data, or not over yet, says so at the top."""
    now, said = figures.city_at(CASES), words.OF[figures.period.kind]
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


def _stale(figures: Figures, why: Text | None) -> Text | None:
    """The reason with the moment up to which the brief tells."""
    if why is None:
        return None
    at = format.moment(figures.publication.data_as_of)
    return words.join("陈旧：数据截至{at}，{why}", "Stale: data as of {at}; {why}", at=at, why=why)


def _running(figures: Figures) -> Text | None:
    """Only a season is told of before it ends without looking unfinished: its span is cut to the days that are over."""
    season = figures.season if figures.period.kind == "season" else None
    return words.SEASON_RUNS if season and season.end > figures.period.end else None


def _together(*texts: Text | None) -> Text | None:
    found = [text for text in texts if text]
    return Text("".join(text.zh for text in found), " ".join(text.en for text in found)) if found else None


def _definition(kpi: Kpi, figures: Figures) -> Definition:
    now = figures.at(kpi.code)
    return Definition(
        kpi_id=kpi.kpi_id,
        kpi_code=kpi.code,
        name=kpi.name,
        formula=kpi.formula,
        exclusions=_exclusions(now, figures.reasons),
        basis=_working(kpi, now),
        owner=kpi.owner,
        waterfall=_waterfall(now),
        method=kpi.method_version,
    )


def _waterfall(now: Figure | None) -> tuple[str, str, str, str]:
    """Received, counted, excluded, immature; a dash for what is withheld."""
    if now is None:
        return ("0", "0", "0", "0")
    counted, gone = format.quantity(now.counted), "–"
    if now.status == HIDDEN:
        return (gone, gone, gone, gone)
    if now.hides_rest:
        return (gone, counted, gone, gone)
    return (format.quantity(now.received), counted, format.quantity(now.excluded), format.quantity(now.immature))


def _working(kpi: Kpi, now: Figure | None) -> Text:
    """What a figure stands on: a count on itself, a composite on the rates behind it, all else on a base."""
    if now is not None and kpi.unit == "count" and now.status != HIDDEN:
        return words.same(format.quantity(now.numerator))
    if now is not None and now.value is not None and kpi.unit == "score":
        return words.same(format.rate(now.value))
    return basis(now)


def _exclusions(now: Figure | None, reasons: dict[str, Text]) -> Text:
    """The rows left out, by reason: a rate that rises because more is left out must be seen to."""
    if now is not None and (now.status == HIDDEN or now.hides_rest):
        return words.STATUS[HIDDEN]
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
