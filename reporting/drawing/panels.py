"""Small multiples: a panel for each unit, all on one scale, in the order given, the city's line dashed in each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reporting.drawing import svg
from reporting.drawing.areas import ABSENT
from reporting.drawing.lines import Box, Line, pieces
from reporting.drawing.palette import GREY, GRID, INK, LABEL, NAVY, SOFT
from reporting.drawing.scale import Scale, scale

TITLE, FOOT, LEGEND, GAP, SIZE = 13.0, 12.0, 14.0, 12.0, 7.4


def draw(
    panels: Sequence[Line],
    city: Line | None,
    *,
    ends: tuple[str, str],
    written: Callable[[float], str],
    width: float = svg.FULL,
    columns: int = 4,
    height: float = 40.0,
    least_step: float = 0.01,
) -> str:
    """`ends` are the words of the first and the last slot; `written` writes a value of the scale, whose steps are
    multiples of `least_step`: whole percent for shares. The last value of each unit (`Line.last`) stands beside its
    name; a unit without data keeps its panel, with a dash."""
    lines = [*panels, *([city] if city else [])]
    values = [value for line in lines for value in line.values if value is not None]
    axis = scale(values, intervals=2, least_step=least_step)
    shown = (axis.low, axis.high)
    left = max(svg.width_of(written(tick), 6.2) for tick in shown) + 5
    side = (width - left - 2 - GAP * (columns - 1)) / columns
    step = TITLE + height + FOOT + 6
    top = LEGEND if city else 0.0
    slots = max((len(line.values) for line in lines), default=0)
    parts = [_legend(city, left)] if city else []
    for n, panel in enumerate(panels):
        column, row = n % columns, n // columns
        box = Box((left + column * (side + GAP), top + row * step + TITLE), side, height, slots)
        parts.append(_panel(panel, city, axis, box))
        parts += [_end(words, box, at) for at, words in enumerate(ends)]
        if column == 0:
            parts += [_tick(written(tick), axis.share(tick), box) for tick in shown]
    rows = -(-len(panels) // columns)
    return svg.document(width, top + rows * step - 6, parts)


def _panel(panel: Line, city: Line | None, axis: Scale, box: Box) -> str:
    x, y = box.at
    found = pieces(panel.values, axis, box)
    room = box.width - svg.width_of(panel.last, 8) - 6
    size = min(SIZE, SIZE * room / max(svg.width_of(panel.name, SIZE), 1))
    parts = [
        svg.text((x, y - 5), panel.name, size=max(size, 5.2), fill=INK),
        svg.text((x + box.width, y - 5), panel.last or ABSENT, size=8, fill=NAVY, anchor="end", bold=True),
        *(svg.line(box.point(0, share), (x + box.width, box.point(0, share)[1]), stroke=GRID) for share in (0, 1)),
    ]
    if city:
        parts.append(svg.path(pieces(city.values, axis, box), stroke=GREY, width=0.9, dash="2 1.6"))
    parts.append(svg.path(found, stroke=NAVY, width=1.4))
    parts += [svg.dot(piece[0], 1.1, fill=NAVY) for piece in found if len(piece) == 1]
    if found:
        parts.append(svg.dot(found[-1][-1], 1.6, fill=NAVY))
    return "".join(parts)


def _legend(city: Line, left: float) -> str:
    dashed = svg.line((left, 4.5), (left + 18, 4.5), stroke=GREY, width=0.9, dash="2 1.6")
    return dashed + svg.text((left + 23, 7), f"{city.name} {city.last}".strip(), size=7, fill=LABEL)


def _tick(words: str, share: float, box: Box) -> str:
    y = box.point(0, share)[1] + 2.2
    return svg.text((box.at[0] - 4, y), words, size=6.2, fill=SOFT, anchor="end")


def _end(words: str, box: Box, at: int) -> str:
    x, y = box.at[0] + box.width * at, box.at[1] + box.height + 8
    return svg.text((x, y), words, size=6.2, fill=SOFT, anchor="end" if at else "start")
