"""The front page: the newest brief of each kind, all briefs by date, what is stale, and the ways on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ingestion.settings import Settings
from reporting import format
from reporting.brief import LANGUAGES, Language, Text
from reporting.issue import read_pointer
from reporting.period import KINDS, Kind
from reporting.site.briefs import FORMATS, Issued, newest_of_period, title_of
from reporting.site.pages import Frame, Page
from reporting.site.words import WORDS
from reporting.words import same

OPEN = 2  # newest months whose briefs are listed at once; older ones open with a click


@dataclass(frozen=True)
class Link:
    """One file of a brief."""

    word: Text
    href: str


@dataclass(frozen=True)
class Row:
    """One period of one kind: the links of the city's brief by language, and those of the districts."""

    kind: Text
    when: Text
    release_id: str
    data_as_of: str
    checks: str
    files: Mapping[str, tuple[Link, ...]]
    districts: tuple[District, ...]


@dataclass(frozen=True)
class District:
    """The links of one district's brief."""

    name: Text
    files: Mapping[str, tuple[Link, ...]]


@dataclass(frozen=True)
class Newest:
    """The newest period of a kind, and why there is no newer one where it is stale."""

    title: Text
    row: Row | None
    stale: Mapping[str, Any] | None


@dataclass(frozen=True)
class Month:
    """The briefs of the periods that end in one month."""

    name: Text
    rows: tuple[Row, ...]
    is_open: bool


@dataclass(frozen=True)
class Way:
    """A way on from the front page; `number` says at a glance what waits there."""

    name: str
    title: Text
    says: Text
    number: Text


def front_page(
    settings: Settings, frame: Frame, briefs: list[Issued], areas: Mapping[str, Text], numbers: Mapping[str, Text]
) -> Page:
    stale = read_pointer(settings).get("stale", {})
    current = newest_of_period(briefs)
    content = {
        "newest": tuple(_newest(kind, current, areas, stale.get(kind)) for kind in KINDS),
        "months": _months(current, areas),
        "ways": tuple(_ways(frame, numbers)),
        "has_database": (settings.serving / "governance.duckdb").exists(),
        "has_release": bool(frame.release_id),
    }
    return Page("index", "index.html.j2", "index", WORDS["home"], content)


def _newest(kind: Kind, briefs: list[Issued], areas: Mapping[str, Text], stale: dict[str, Any] | None) -> Newest:
    of_kind = [brief for brief in briefs if brief.kind == kind]
    of_period = [brief for brief in of_kind if brief.period == of_kind[0].period]
    row = _row(of_period, areas) if of_period else None
    return Newest(title_of(kind), row, _stale(stale) if stale else None)


def _stale(note: dict[str, Any]) -> dict[str, Any]:
    return {
        "period": note["period"],
        "reason": Text(note["reason_zh"], note["reason_en"]),
        "data_as_of": str(note["data_as_of"])[:16].replace("T", " "),
        "since": str(note["since"])[:16].replace("T", " "),
    }


def _months(briefs: list[Issued], areas: Mapping[str, Text]) -> tuple[Month, ...]:
    """Newest first, a row for each period; within a period its districts in the order of their codes."""
    months: list[Month] = []
    for start, of_month in groupby(briefs, key=lambda brief: brief.period.end.replace(day=1)):
        periods: dict[tuple[str, str], list[Issued]] = {}
        for brief in of_month:
            periods.setdefault((brief.kind, brief.period.name), []).append(brief)
        rows = tuple(_row(found, areas) for found in periods.values())
        months.append(Month(format.month(start), rows, is_open=len(months) < OPEN))
    return tuple(months)


def _row(of_period: list[Issued], areas: Mapping[str, Text]) -> Row:
    city = next((brief for brief in of_period if not brief.area_code), None)
    told = city or of_period[0]
    districts = (
        District(areas[brief.area_code], _files(brief))
        for brief in sorted(of_period, key=lambda brief: brief.area_code)
        if brief.area_code
    )
    return Row(
        kind=told.title,
        when=told.when,
        release_id=told.release_id,
        data_as_of=told.data_as_of[:16].replace("T", " "),
        checks=f"{told.checks_passed} / {told.checks_total}",
        files=_files(city) if city else dict.fromkeys(LANGUAGES, ()),
        districts=tuple(districts),
    )


def _files(brief: Issued) -> dict[str, tuple[Link, ...]]:
    return {language: _links(brief, language) for language in LANGUAGES}


def _links(brief: Issued, language: Language) -> tuple[Link, ...]:
    """The formats in the order in which people reach for them."""
    return tuple(
        Link(word, f"home/{brief.files[language, suffix]}")
        for suffix, word in FORMATS.items()
        if (language, suffix) in brief.files
    )


def _ways(frame: Frame, numbers: Mapping[str, Text]) -> list[Way]:
    names = ("kpis", "feeds", "quality", "figures", "restatements", "runs", "models", "lineage", "terms")
    return [
        Way(name, WORDS[name], WORDS[f"{name}_says"], numbers.get(name, same("")))
        for name in names
        if name in frame.sections
    ]
