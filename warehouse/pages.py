"""Pages of the site that are not for leaders: bilingual, self-contained, one look (`templates/page.html`)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ingestion.durable import make_folder, publish_file

TEMPLATES = Path(__file__).resolve().parent / "templates"


def write_page(path: Path, template: Path, **content: Any) -> None:
    """Render `template` to `path`; it may extend `page.html`, is given escaped text, and what it lacks is an error."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([template.parent, TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    html = environment.get_template(template.name).render(**content)
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")  # two steps may end at once
    temporary.write_text(html, encoding="utf-8")
    publish_file(temporary, path)
