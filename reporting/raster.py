"""Drawings as pictures, for documents that cannot hold SVG."""

from __future__ import annotations

from reporting.pdf import TEMPLATES, compiler

SCALE = 3.0  # about 240 dots per inch at the full width of a page
PIXELS = 96.0  # of an inch: one unit of a drawing
SVG = 'xmlns="http://www.w3.org/2000/svg"'


def png_of(svg: str) -> bytes:
    """The drawing as a picture, its words in the house font."""
    if "xmlns=" not in svg.partition(">")[0]:
        svg = svg.replace("<svg", f"<svg {SVG}", 1)
    drawn = compiler(TEMPLATES / "picture.typ").compile(format="png", ppi=PIXELS * SCALE, sys_inputs={"svg": svg})
    if not isinstance(drawn, bytes):
        raise TypeError("Typst gives one page as one picture")
    return drawn
