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

TEMPLATE = Path(__file__).resolve().parent / "templates" / "brief.typ"
PICTURE_DPI = 144.0


@cache
def _compiler() -> Compiler:
    """One compiler for all pages: reading the fonts is most of the work."""
    import typst

    return typst.Compiler(
        str(TEMPLATE), root=str(TEMPLATE.parent), font_paths=[str(FONT_FOLDER)], ignore_system_fonts=True
    )


def document(payload: dict[str, Any]) -> bytes:
    """PDF/A-2b; its date is the as-of date of the data, so the same brief gives the same bytes."""
    return _one(_compiler().compile(format="pdf", pdf_standards="a-2b", sys_inputs=_inputs(payload)))


def picture(payload: dict[str, Any]) -> bytes:
    """The first page as PNG, for a message or a wall."""
    return _one(_compiler().compile(format="png", ppi=PICTURE_DPI, sys_inputs=_inputs(payload)))


def _inputs(payload: dict[str, Any]) -> dict[str, str]:
    return {"brief": json.dumps(laid_out(payload), ensure_ascii=False, sort_keys=True, default=str)}


def _one(compiled: Any) -> bytes:
    return bytes(compiled[0] if isinstance(compiled, list) else compiled)
