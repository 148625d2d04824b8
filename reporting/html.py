"""The page for screen and phone: one HTML file that carries its font and chart and asks for nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from reporting.fonts import FACES, FAMILY, characters, face

TEMPLATES = Path(__file__).resolve().parent / "templates"
# Inline SVG needs no namespace; without it the page holds no address at all.
NAMESPACE = re.compile(r' (?:xmlns(?::xlink)?)="[^"]*"')


def page(payload: dict[str, Any]) -> bytes:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    used = characters(payload)
    svg = payload["chart_svg"]
    text = environment.get_template("brief.html.j2").render(
        **payload,
        family=FAMILY,
        faces={weight: Markup(face(weight, used)) for weight in FACES},
        chart=Markup(NAMESPACE.sub("", svg)) if svg else None,
    )
    return text.encode("utf-8")
