"""Lines over the same slots, such as two seasons by the day of the season; what was not measured is a gap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reporting.drawing import svg
from reporting.drawing.palette import GREY, GRID, INK, LABEL, NAVY
from reporting.drawing.scale import Scale, scale

STYLES = ((NAVY, 1.7, ""), (GREY, 1.5, "3 2"), (LABEL, 1.0, "1 2"))
TOP, FOOT, SIZE, TEXT_ABOVE = 20.0, 16.0, 7.5, 8.0

Values = Sequence[float | None]


@dataclass(frozen=True)
class Line:
    """One line: a value for each slot, None where there is none. `last` is its last value as printed, or nothing."""

    name: str
    values: tuple[float | None, ...]
    last: str = ""


def draw(
    lines: Sequence[Line],
    *,
    ticks: Sequence[tuple[int, str]],
    written: Callable[[float, int], str],
    unit: str = "",
    from_zero: bool = False,
    is_count: bool = False,
    width: float = svg.FULL,
    height: float = 118.0,
) -> str:
    """The first line full, the next dashed. `ticks` are slots with their words, `written` writes a value of the axis
    with so many decimals as its steps need, and `unit` stands over it. Lines need no zero; what is to be compared by
    height does (`from_zero`). Counts have no tick between two whole numbers (`is_count`)."""
    slots = max((len(line.values) for line in lines), default=0)
    values = [value for line in lines for value in line.values if value is not None]
    axis = scale(values, from_zero=from_zero, least_step=1.0 if is_count else 0.0)
    left = max(svg.width_of(written(tick, axis.decimals), SIZE) for tick in axis.ticks) + 7
    box = Box((left, TOP), width - left - 4, height - TOP - FOOT, slots)
    parts = [
        _legend(lines, left, unit, width),
        *_axis(axis, written, box),
        *(_tick(slot, words, box, width) for slot, words in ticks),
        *(_drawn(line, n, axis, box) for n, line in enumerate(lines)),
    ]
    return svg.document(width, height, parts)


@dataclass(frozen=True)
class Box:
    """Where the lines are drawn."""

    at: svg.Point
    width: float
    height: float
    slots: int

    def point(self, slot: int, share: float) -> svg.Point:
        return self.at[0] + self.width * slot / max(self.slots - 1, 1), self.at[1] + self.height * (1 - share)


def pieces(values: Values, axis: Scale, box: Box) -> list[list[svg.Point]]:
    """The line between its gaps; a slot alone is a piece of one point."""
    found: list[list[svg.Point]] = [[]]
    for slot, value in enumerate(values):
        if value is None:
            found.append([])
        else:
            found[-1].append(box.point(slot, axis.share(value)))
    return [piece for piece in found if piece]


def _drawn(line: Line, n: int, axis: Scale, box: Box) -> str:
    colour, width, dash = STYLES[n % len(STYLES)]
    found = pieces(line.values, axis, box)
    alone = "".join(svg.dot(piece[0], 1.3, fill=colour) for piece in found if len(piece) == 1)
    end = svg.dot(found[-1][-1], 1.9, fill=colour) if found else ""
    return svg.path(found, stroke=colour, width=width, dash=dash) + alone + end


def _legend(lines: Sequence[Line], left: float, unit: str, width: float) -> str:
    x, parts = left, []
    for n, line in enumerate(lines):
        colour, thickness, dash = STYLES[n % len(STYLES)]
        parts.append(svg.line((x, 6), (x + 20, 6), stroke=colour, width=thickness, dash=dash))
        parts.append(svg.text((x + 25, TEXT_ABOVE + 0.8), line.name, size=SIZE, fill=LABEL))
        x += 25 + svg.width_of(line.name, SIZE) + 6
        if line.last:
            parts.append(svg.text((x, TEXT_ABOVE + 0.8), line.last, size=SIZE, fill=INK, bold=True))
            x += svg.width_of(line.last, SIZE) + 6
        x += 12
    if unit:
        parts.append(svg.text((width, TEXT_ABOVE + 0.8), unit, size=SIZE, fill=LABEL, anchor="end"))
    return "".join(parts)


def _axis(axis: Scale, written: Callable[[float, int], str], box: Box) -> list[str]:
    parts = []
    for tick in axis.ticks:
        y = box.point(0, axis.share(tick))[1]
        parts.append(svg.line((box.at[0], y), (box.at[0] + box.width, y), stroke=GRID))
        parts.append(
            svg.text((box.at[0] - 5, y + 2.6), written(tick, axis.decimals), size=SIZE, fill=LABEL, anchor="end")
        )
    return parts


def _tick(slot: int, words: str, box: Box, width: float) -> str:
    """The words under a slot, kept inside the drawing."""
    x, y = box.point(slot, 0)
    half = svg.width_of(words, SIZE) / 2
    x = min(max(x, half), width - half)
    return svg.text((x, y + 11), words, size=SIZE, fill=LABEL, anchor="middle")
