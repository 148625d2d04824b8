"""What a map of units is told, whichever way it draws them; it knows no KPI."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reporting.drawing import svg
from reporting.drawing.palette import INK, RULE, SHADES, on

ABSENT = "–"


@dataclass(frozen=True)
class Area:
    """A unit: its value as printed, its class from 0, the least, to 4, and the mark of the class.

    Without a class nothing was measured, or nothing may be shown: the unit keeps its place, hatched, with `value` or a
    dash.
    """

    code: str
    name: str
    value: str
    shade: int | None
    mark: str = ""


@dataclass(frozen=True)
class Key:
    """One line of the legend: what a shade and its mark mean."""

    shade: int | None
    mark: str
    words: str


def legend(keys: Sequence[Key], at: svg.Point, *, width: float, in_a_row: bool) -> tuple[str, float]:
    """The legend as a column or in rows as wide as `width`, and its height."""
    (left, top), parts = at, []
    x, y = left, top
    for key in keys:
        length = 24 + svg.width_of(key.words, 7) + 12
        if in_a_row and x > left and x + length > left + width:
            x, y = left, y + 15
        parts.append(swatch(key.shade, key.mark, (x, y)) + svg.text((x + 24, y + 8.5), key.words, size=7))
        x, y = (x + length, y) if in_a_row else (left, y + 15)
    return "".join(parts), y + (15 if in_a_row else 0) - top


def swatch(shade: int | None, mark: str, at: svg.Point) -> str:
    x, y = at
    if shade is None:
        return svg.hatched((x, y), 18, 11, step=4) + svg.text((x + 9, y + 8.3), mark, size=7, anchor="middle")
    box = svg.rect((x, y), 18, 11, fill=SHADES[shade], stroke=RULE)
    return box + svg.text((x + 9, y + 8.3), mark, size=7, fill=on(shade), anchor="middle")


def ink_on(shade: int | None) -> str:
    return INK if shade is None else on(shade)
