"""Drawings as pictures, for documents that cannot hold SVG."""

from __future__ import annotations

from functools import cache

from reporting.fonts import FONT_FOLDER

SCALE = 3.0  # about 240 dots per inch at the full width of a page
SVG = 'xmlns="http://www.w3.org/2000/svg"'


def png_of(svg: str) -> bytes:
    """The drawing as a picture, its words in the house font."""
    import vl_convert

    _register_fonts()
    if "xmlns=" not in svg.partition(">")[0]:
        svg = svg.replace("<svg", f"<svg {SVG}", 1)
    return bytes(vl_convert.svg_to_png(svg, scale=SCALE))


@cache
def _register_fonts() -> None:
    import vl_convert

    vl_convert.register_font_directory(str(FONT_FOLDER))
