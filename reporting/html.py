"""The page for screen and phone: one HTML file that carries its font and chart and asks for nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from reporting.fonts import FACES, FAMILY, characters, face

TEMPLATES = Path(__file__).resolve().parent / "templates"
# Inline SVG needs no namespace; without it the page holds no address at all.
NAMESPACE = re.compile(r' (?:xmlns(?::xlink)?)="[^"]*"')


def render(template: str, **content: Any) -> bytes:
    """A page of `templates/`: what it is given is escaped, what it lacks is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**content).encode("utf-8")


def page(payload: dict[str, Any]) -> bytes:
    from markupsafe import Markup

    used = characters(payload)
    svg = payload["chart_svg"]
    return render(
        "brief.html.j2",
        **payload,
        family=FAMILY,
        faces={weight: Markup(face(weight, used)) for weight in FACES},
        chart=Markup(NAMESPACE.sub("", svg)) if svg else None,
    )
