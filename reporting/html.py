"""The page for screen and phone: one HTML file that carries its font and drawings and asks for nothing."""

from __future__ import annotations

import re
from functools import cache
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

CHINESE = re.compile(r"[\u3400-\u9fff]+")  # words of the city inside an English sentence
MARKED = r'<span lang="zh-CN">\g<0></span>'


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup, escape

    environment = Environment(
        loader=FileSystemLoader([TEMPLATES, TEMPLATES / "site"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["chinese_marked"] = lambda text: Markup(CHINESE.sub(MARKED, str(escape(text))))
    environment.filters["drawing"] = lambda svg: Markup(NAMESPACE.sub("", svg))
    return environment


def render(template: str, **content: Any) -> bytes:
    """A page of `templates/`: what it is given is escaped, what it lacks is an error."""
    return _environment().get_template(template).render(**content).encode("utf-8")


def page(payload: dict[str, Any]) -> bytes:
    """The brief as a page with the characters it shows, and no others: so its bytes depend on nothing else."""
    from markupsafe import Markup

    content = laid_out(payload)
    used = characters(content)
    return render(
        "brief.html.j2",
        **content,
        family=FAMILY,
        faces={weight: Markup(face(weight, used)) for weight in FACES},
        dark=VARIABLES,
    )
