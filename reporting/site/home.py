"""The front page: the newest brief of each kind, all briefs by date, what is stale, and the ways on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingestion.settings import Settings
from reporting.brief import LANGUAGES, Language, Text
from reporting.issue import read_pointer
from reporting.period import KINDS, Kind
from reporting.site.briefs import FORMATS, Issued, newest_of_period, title_of
from reporting.site.pages import Frame, Page
from reporting.site.words import WORDS
from reporting.words import same

SHOWN = 400  # rows of the list by date


@dataclass(frozen=True)
class Link:
    """One file of a brief."""

    word: Text
    href: str


@dataclass(frozen=True)
class Row:
    """One brief; `files` are its links by language."""

    kind: Text
    when: Text
    area: Text
    release_id: str
    data_as_of: str
    checks: str
    files: Mapping[str, tuple[Link, ...]]


@dataclass(frozen=True)
class Newest:
    """The newest brief of a kind: the city's, and those of the districts for the same period."""

    kind: str
    title: Text
    city: Row | None
    districts: tuple[Row, ...]
    is_absent: bool
    stale: Mapping[str, Any] | None


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
        "briefs": tuple(_row(brief, areas) for brief in current[:SHOWN]),
        "ways": tuple(_ways(frame, numbers)),
        "has_database": (settings.serving / "governance.duckdb").exists(),
        "has_release": bool(frame.release_id),
    }
    return Page("index", "index.html.j2", "index", WORDS["home"], content)


def _newest(kind: Kind, briefs: list[Issued], areas: Mapping[str, Text], stale: dict[str, Any] | None) -> Newest:
    of_kind = [brief for brief in briefs if brief.kind == kind]
    period = of_kind[0].period.name if of_kind else ""
    of_period = [brief for brief in of_kind if brief.period.name == period]
    city = next((brief for brief in of_period if not brief.area_code), None)
    return Newest(
        kind=kind,
        title=title_of(kind),
        city=_row(city, areas) if city else None,
        districts=tuple(_row(brief, areas) for brief in of_period if brief.area_code),
        is_absent=not of_period,
        stale=_stale(stale) if stale else None,
    )


def _stale(note: dict[str, Any]) -> dict[str, Any]:
    return {
        "period": note["period"],
        "reason": Text(note["reason_zh"], note["reason_en"]),
        "data_as_of": str(note["data_as_of"])[:16].replace("T", " "),
        "since": str(note["since"])[:16].replace("T", " "),
    }


def _row(brief: Issued, areas: Mapping[str, Text]) -> Row:
    return Row(
        kind=brief.title,
        when=brief.when,
        area=areas.get(brief.area_code, WORDS["whole_city"]),
        release_id=brief.release_id,
        data_as_of=brief.data_as_of[:16].replace("T", " "),
        checks=f"{brief.checks_passed} / {brief.checks_total}",
        files={language: _links(brief, language) for language in LANGUAGES},
    )


def _links(brief: Issued, language: Language) -> tuple[Link, ...]:
    """The formats in the order in which people reach for them."""
    return tuple(
        Link(word, f"home/{brief.files[language, suffix]}")
        for suffix, word in FORMATS.items()
        if (language, suffix) in brief.files
    )


def _ways(frame: Frame, numbers: Mapping[str, Text]) -> list[Way]:
    names = ("kpis", "feeds", "quality", "figures", "restatements", "runs", "models", "terms")
    return [
        Way(name, WORDS[name], WORDS[f"{name}_says"], numbers.get(name, same("")))
        for name in names
        if name in frame.sections
    ]
