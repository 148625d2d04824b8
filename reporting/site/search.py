"""What the search finds: every page, KPI, feed, brief and term, each with the words it is found by."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from reporting.brief import Text
from reporting.site.pages import Page
from reporting.site.words import WORDS
from reporting.words import join, same

if TYPE_CHECKING:
    from reporting.site.briefs import Issued
    from reporting.site.dictionary import Entry
    from reporting.site.feeds import Feed
    from reporting.site.terms import Term


MOST_BRIEFS = 500  # newest first; the front page lists all


@dataclass(frozen=True)
class Hit:
    """One thing to find. `files` are addresses by language, where they differ by more than that; else `page` is."""

    name: Text
    says: Text
    page: str
    found_by: str
    files: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Group:
    """Hits of one kind."""

    title: Text
    hits: tuple[Hit, ...]


def keys(name: Text, *more: str) -> str:
    """What is compared with what somebody types: both languages, codes, and the initials of the pinyin."""
    return folded(" ".join([name.zh, name.en, _initials(name.zh), *more]))


def folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@cache
def _initials(name: str) -> str:
    """按时办结率 is also found as asbjl."""
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER, errors="ignore"))


def search_page(groups: Iterable[Group]) -> Page:
    content = {"groups": tuple(group for group in groups if group.hits)}
    return Page("search", "search.html.j2", "", WORDS["search_title"], content, has_script=True)


def page_hits(sections: Sequence[str]) -> Group:
    hits = [_page(name) for name in sections if name != "index"]
    return Group(WORDS["group_pages"], tuple(hits))


def _page(name: str) -> Hit:
    title, says = WORDS[name], WORDS[f"{name}_says"]
    return Hit(title, says, name, keys(title, says.zh, says.en))


def kpi_hits(entries: Iterable[Entry]) -> Group:
    hits = (
        Hit(
            entry.name,
            join("{i} · {f}", "{i} · {f}", i=same(entry.kpi_id), f=entry.formula),
            entry.page,
            keys(entry.name, entry.kpi_id, entry.code, entry.formula.zh, entry.formula.en, entry.owner.zh),
        )
        for entry in entries
    )
    return Group(WORDS["group_kpis"], tuple(hits))


def feed_hits(feeds: Iterable[Feed]) -> Group:
    hits = (Hit(f.name, f.owner, f"feeds#{f.feed}", keys(f.name, f.feed, f.owner.zh, f.owner.en)) for f in feeds)
    return Group(WORDS["group_feeds"], tuple(hits))


def table_hits(hits: Iterable[Hit]) -> Group:
    return Group(WORDS["group_tables"], tuple(hits))


def brief_hits(briefs: Iterable[Issued], areas: Mapping[str, Text]) -> Group:
    hits: list[Hit] = []
    for brief in briefs:
        if len(hits) == MOST_BRIEFS:
            break
        area = areas.get(brief.area_code, WORDS["whole_city"])
        name = join("{a}{k} {p}", "{a}: {k}, {p}", a=area, k=brief.title, p=brief.when)
        files = {language: f"home/{file}" for language in ("zh", "en") if (file := _best(brief, language))}
        files |= {language: next(iter(files.values())) for language in ("zh", "en") if files and language not in files}
        if files:
            more = (brief.period.name, area.zh, area.en, brief.release_id)
            hits.append(Hit(name, same(brief.period.name), "", keys(name, *more), files))
    return Group(WORDS["group_briefs"], tuple(hits))


def _best(brief: Issued, language: str) -> str:
    """The web page of a brief, or else its PDF."""
    found = [brief.files[key] for key in brief.files if key[0] == language and key[1] in ("html", "pdf")]
    return sorted(found)[0] if found else ""


def term_hits(terms: Iterable[Term]) -> Group:
    hits = (Hit(t.name, t.meaning, f"terms#{t.key}", keys(t.name, t.meaning.zh, t.meaning.en)) for t in terms)
    return Group(WORDS["group_terms"], tuple(hits))
