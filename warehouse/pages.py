"""Pages of the site that are not for leaders: bilingual, self-contained, one look (`templates/page.html`)."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion.durable import make_folder, own_temporary, publish_file

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).resolve().parent / "templates"


def write_page(path: Path, template: Path, **content: Any) -> None:
    """Render `template` to `path`; it may extend `page.html`, is given escaped text, and what it lacks is an error."""
    html = _environment(template.parent).get_template(template.name).render(**content)
    make_folder(path.parent)
    temporary = own_temporary(path)  # two steps may end at once
    temporary.write_text(html, encoding="utf-8")
    publish_file(temporary, path, "site.status_page")


@functools.cache
def _environment(folder: Path) -> Environment:
    """Kept, for compiling a template takes longer than rendering it."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
