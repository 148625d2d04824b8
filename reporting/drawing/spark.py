"""The points of a sparkline: pieces of line between gaps, in percent of its box."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Point = tuple[float, float]


def spark(heights: Sequence[float | None]) -> dict[str, Any]:
    """`pieces` of (x, y), y from the top; `dots` where a point stands alone, and at the end; both as SVG paths too.

    Gaps stay gaps: a line over missing months would claim that they were measured.
    """
    pieces = _pieces(heights)
    dots = [piece[-1] for n, piece in enumerate(pieces) if len(piece) == 1 or n == len(pieces) - 1]
    return {
        "pieces": [piece for piece in pieces if len(piece) > 1],
        "dots": dots,
        "line_path": "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in piece) for piece in pieces if len(piece) > 1),
        "dots_path": "".join(f"M{x:g} {y:g}h0" for x, y in dots),
    }


def _pieces(heights: Sequence[float | None]) -> list[list[Point]]:
    steps = max(len(heights) - 1, 1)
    found: list[list[Point]] = [[]]
    for n, height in enumerate(heights):
        if height is None:
            found.append([])
        else:
            found[-1].append((round(100 * n / steps, 2), round(100 - height, 2)))
    return [piece for piece in found if piece]
