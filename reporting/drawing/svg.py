"""SVG by hand: shapes, and words as text in the house font. Words are escaped and numbers short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from reporting.drawing.palette import GRID, INK, TINT
from reporting.fonts import FAMILY

# Units of a drawing are points of the printed page: a drawing as wide as its section prints at its own size.
FULL, WIDE, NARROW = 505.0, 334.0, 150.0

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


def document(width: float, height: float, parts: Iterable[str]) -> str:
    size = f'width="{short(width)}" height="{short(height)}" viewBox="0 0 {short(width)} {short(height)}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FAMILY}">{"".join(parts)}</svg>'


def short(number: float) -> str:
    """At most two decimals, no zeros at the end, and no minus before zero."""
    written = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if written == "-0" else written


def _attributes(**given: str | float | None) -> str:
    pairs = ((name.replace("_", "-"), value) for name, value in given.items() if value not in (None, ""))
    written = ((name, value if isinstance(value, str) else short(value or 0)) for name, value in pairs)
    return " ".join(f"{name}={quoteattr(value)}" for name, value in written)


def text(
    at: Point, words: str, *, size: float = 7.5, fill: str = INK, anchor: Anchor = "start", bold: bool = False
) -> str:
    given = _attributes(
        x=at[0],
        y=at[1],
        font_size=size,
        fill=fill,
        text_anchor="" if anchor == "start" else anchor,
        font_weight="700" if bold else "",
    )
    return f"<text {given}>{escape(words)}</text>"


def rect(at: Point, width: float, height: float, *, fill: str, stroke: str = "", radius: float = 0) -> str:
    given = _attributes(x=at[0], y=at[1], width=width, height=height, fill=fill, stroke=stroke, rx=radius or None)
    return f"<rect {given}/>"


def line(start: Point, end: Point, *, stroke: str, width: float = 0.6, dash: str = "") -> str:
    ends = _attributes(x1=start[0], y1=start[1], x2=end[0], y2=end[1])
    return f"<line {ends} {_attributes(stroke=stroke, stroke_width=width, stroke_dasharray=dash)}/>"


def dot(at: Point, radius: float, *, fill: str) -> str:
    return f"<circle {_attributes(cx=at[0], cy=at[1], r=radius, fill=fill)}/>"


def path(pieces: Sequence[Sequence[Point]], *, stroke: str, width: float = 1.2, dash: str = "") -> str:
    """Pieces of one line; between them it is broken."""
    drawn = "".join("M" + "L".join(f"{short(x)} {short(y)}" for x, y in piece) for piece in pieces if len(piece) > 1)
    given = _attributes(stroke=stroke, stroke_width=width, stroke_dasharray=dash)
    return f'<path d="{drawn}" fill="none" stroke-linejoin="round" {given}/>' if drawn else ""


def shape(rings: Sequence[Sequence[Point]], *, fill: str, stroke: str, width: float = 0.6) -> str:
    """Rings of a surface; a ring inside another is a hole."""
    drawn = "".join("M" + "L".join(f"{short(x)} {short(y)}" for x, y in ring) + "Z" for ring in rings)
    return f'<path d="{drawn}" fill-rule="evenodd" {_attributes(fill=fill, stroke=stroke, stroke_width=width)}/>'


def hatched(at: Point, width: float, height: float, *, step: float = 5, radius: float = 0) -> str:
    """A box of diagonal lines: nothing was measured here. Drawn line by line, for a page holds many drawings and
    names of patterns must not meet."""
    left, top = at
    lines = []
    offset = step
    while offset < width + height:
        start = (left + min(offset, width), top + max(offset - width, 0))
        end = (left + max(offset - height, 0), top + min(offset, height))
        lines.append(line(start, end, stroke=GRID, width=0.7))
        offset += step
    return rect(at, width, height, fill=TINT, stroke=GRID, radius=radius) + "".join(lines)


def width_of(words: str, size: float) -> float:
    """How long words are in print, nearly: Chinese characters are square, Latin ones a little over half of that."""
    return size * sum(1.0 if ord(c) > 0x2E7F else 0.66 if c.isupper() or c in "%mw@" else 0.56 for c in words)


def wrapped(words: str, size: float, room: float) -> list[str]:
    """Lines no longer than `room`, broken at spaces, and between Chinese characters where there are none."""
    lines = [""]
    for piece in _pieces(words):
        longer = (lines[-1] + piece).strip()
        if lines[-1] and width_of(longer, size) > room:
            lines.append(piece.strip())
        else:
            lines[-1] = longer if not lines[-1] else lines[-1] + piece
    return [line.strip() for line in lines]


def _pieces(words: str) -> list[str]:
    pieces: list[str] = [""]
    for character in words:
        is_own = ord(character) > 0x2E7F
        if is_own or (pieces[-1] and (ord(pieces[-1][-1]) > 0x2E7F or (character == " " and pieces[-1] != " "))):
            pieces.append(character)
        else:
            pieces[-1] += character
    return [piece for piece in pieces if piece]
