"""Feed health, the restatement log and the terms as pages."""

from __future__ import annotations

from collections.abc import Mapping

from reporting.brief import Text
from reporting.site.dictionary import FAMILIES, family_name
from reporting.site.feeds import Feed
from reporting.site.pages import Page
from reporting.site.restatements import Compared, Request
from reporting.site.terms import TERMS
from reporting.site.words import WORDS


def feeds_page(feeds: tuple[Feed, ...]) -> Page:
    attention = tuple(feed for feed in feeds if feed.tone == "worse")
    domains = [*FAMILIES, *sorted({feed.domain for feed in feeds} - FAMILIES.keys())]
    groups = tuple(
        {"name": family_name(domain), "feeds": tuple(feed for feed in feeds if feed.domain == domain)}
        for domain in domains
        if any(feed.domain == domain for feed in feeds)
    )
    content = {"groups": groups, "attention": attention}
    return Page("feeds", "feeds.html.j2", "feeds", WORDS["feed_health"], content)


def restatements_page(releases: tuple[Compared, ...], requests: tuple[Request, ...], names: Mapping[str, Text]) -> Page:
    """Says apart: nothing moved, something moved, and nothing was there to compare with."""
    compared = [release for release in releases if release.was_compared]
    moved = any(release.moved for release in compared)
    content = {
        "releases": releases,
        "requests": requests,
        "names": dict(names),
        "verdict": "moved" if moved else "same" if compared else "never",
        "has_methods": any(release.methods for release in releases),
    }
    return Page("restatements", "restatements.html.j2", "restatements", WORDS["restatement_log"], content)


def terms_page() -> Page:
    return Page("terms", "terms.html.j2", "terms", WORDS["terms_title"], {"terms": TERMS})
