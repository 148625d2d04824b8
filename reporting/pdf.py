"""The printed page: Typst sets the payload as PDF/A and as a picture, with the house font only."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reporting.fonts import FONT_FOLDER
from reporting.layout import laid_out

if TYPE_CHECKING:
    from typst import Compiler

TEMPLATES = Path(__file__).resolve().parent / "templates"
BRIEF = TEMPLATES / "brief.typ"
PICTURE_DPI = 144.0


@cache
def compiler(template: Path) -> Compiler:
    """One compiler for all pages of a template: reading the fonts is most of the work."""
    import typst

    return typst.Compiler(str(template), root=str(TEMPLATES), font_paths=[str(FONT_FOLDER)], ignore_system_fonts=True)


def document(payload: dict[str, Any]) -> bytes:
    """PDF/A-2b; its date is the as-of date of the data, so the same brief gives the same bytes."""
    return _document(_written(payload))


def picture(payload: dict[str, Any]) -> bytes:
    """The first page as PNG, for a message or a wall. Next to `document` of the same payload it costs little."""
    written = _written(payload)
    _document(written)
    # What begins on later pages is left out: drawing all pages of a long brief for one picture takes seconds.
    paging = compiler(BRIEF).query("<paging>", field="value", one=True)
    compiled = compiler(BRIEF).compile(
        format="png", ppi=PICTURE_DPI, sys_inputs={"brief": written, "paging": json.dumps(json.loads(paging))}
    )
    return bytes(compiled[0] if isinstance(compiled, list) else compiled or b"")


def _document(written: str) -> bytes:
    compiled = compiler(BRIEF).compile(format="pdf", pdf_standards="a-2b", sys_inputs={"brief": written})
    if not isinstance(compiled, bytes):
        raise TypeError("Typst gives a PDF as one piece")
    return compiled


def _written(payload: dict[str, Any]) -> str:
    return json.dumps(laid_out(payload), ensure_ascii=False, sort_keys=True, default=str)
