"""A page in two languages: what it says becomes plain words, its links lead to pages of its own language."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reporting import html
from reporting.brief import LANGUAGES, Language, Text, in_language
from reporting.site.words import WORDS

if TYPE_CHECKING:
    from markupsafe import Markup

FOLDER = html.TEMPLATES / "site"
BILINGUAL = ("quality", "runs", "figures", "models")  # one file for both languages
NAV = ("index", "kpis", "feeds", "quality", "figures", "restatements", "runs", "models", "lineage", "terms")
LABELS = {"index": "home"}


@dataclass(frozen=True)
class Frame:
    """What every page says of the release it tells of; `sections` are the pages that there are."""

    title: Text
    is_synthetic: bool
    release_id: str
    data_as_of: str
    published_at: str
    checks: str
    sections: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """One page, without language: `name` is its path below the site, `section` the place in the navigation."""

    name: str
    template: str
    section: str
    title: Text
    content: Mapping[str, Any] = field(hash=False)
    has_script: bool = False


def render_all(pages: Iterable[Page], frame: Frame) -> dict[str, bytes]:
    """Every page in both languages, by its path below the site."""
    return {path(page.name, language): render(page, frame, language) for page in pages for language in LANGUAGES}


def path(name: str, language: Language) -> str:
    return f"{name}.html" if language == "zh" or name in BILINGUAL else f"{name}.en.html"


def render(page: Page, frame: Frame, language: Language) -> bytes:
    other: Language = "en" if language == "zh" else "zh"
    url = _links(page.name, language)
    words = in_language(WORDS, language)
    return html.render(
        page.template,
        **in_language(dict(page.content), language),
        language=language,
        title=in_language(page.title, language),
        frame=in_language(frame, language),
        t=words,
        nav=[(name, words[LABELS.get(name, name)]) for name in NAV if name in frame.sections],
        section=page.section,
        is_here=page.name == page.section,
        url=url,
        other_url=_links(page.name, other)(page.name),
        style=_style(),
        script=script() if page.has_script else "",
        policy=_policy(has_script=page.has_script),
    )


def _links(name: str, language: Language) -> Callable[[str], str]:
    """The address of a page, as seen from another; `home/…` is a file of the home the site stands in."""
    up = "../" * name.count("/")

    def url(target: str) -> str:
        if target.startswith("home/"):
            return f"{up}../{target.removeprefix('home/')}"
        page, mark, place = target.partition("#")
        return f"{up}{path(page, language)}{mark}{place}"

    return url


@cache
def script() -> str:
    return (FOLDER / "site.js").read_text(encoding="utf-8").strip()


def _policy(*, has_script: bool) -> str:
    """Nothing may be asked for, and no script may run but the one of this page, known by its digest."""
    rules = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"
    if not has_script:
        return rules
    digest = base64.b64encode(hashlib.sha256(script().encode("utf-8")).digest()).decode("ascii")
    return f"{rules}; script-src 'sha256-{digest}'"


@cache
def _style() -> Markup:
    from markupsafe import Markup

    return Markup((FOLDER / "style.css").read_text(encoding="utf-8"))


def page_files(site: Path) -> list[Path]:
    """Pages that only the site writes, as they lie there now."""
    return sorted([*site.glob("kpi/*.html"), *site.glob("lineage/*.html")])
