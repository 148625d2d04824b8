"""The page for screen and phone: one HTML file that carries its font and drawings and asks for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reporting.drawing.palette import VARIABLES
from reporting.fonts import FACES, FAMILY, characters, face
from reporting.layout import laid_out

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).resolve().parent / "templates"
# Inline SVG needs no namespace; without it the page holds no address at all.
NAMESPACE = re.compile(r' (?:xmlns(?::xlink)?)="[^"]*"')


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader([TEMPLATES, TEMPLATES / "site"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["drawing"] = lambda svg: Markup(NAMESPACE.sub("", svg))
    return environment


def render(template: str, **content: Any) -> bytes:
    """A page of `templates/`: what it is given is escaped, what it lacks is an error."""
    return _environment().get_template(template).render(**content).encode("utf-8")


def faces(wanted: Iterable[str]) -> dict[int, str]:
    """The web fonts of these characters by weight. Cutting them is most of the work of a page: pages of one language
    may share those of all their characters (`fonts.characters`)."""
    return _faces(frozenset(wanted))


@lru_cache(maxsize=4)
def _faces(wanted: frozenset[str]) -> dict[int, str]:
    return {weight: face(weight, wanted) for weight in FACES}


def page(payload: dict[str, Any], faces: Mapping[int, str] | None = None) -> bytes:
    """The brief as a page; `faces` must hold its characters, by default they are cut for this page alone."""
    from markupsafe import Markup

    content = laid_out(payload)
    own = faces or {weight: face(weight, characters(content)) for weight in FACES}
    return render(
        "brief.html.j2",
        **content,
        family=FAMILY,
        faces={weight: Markup(source) for weight, source in own.items()},
        dark=VARIABLES,
    )
