"""The points of a sparkline: pieces of line between gaps, in percent of its box."""

from __future__ import annotations

from collections.abc import Sequence

Runs = list[list[tuple[float, float]]]


def runs(heights: Sequence[float | None]) -> Runs:
    """Pieces of (x, y), y from the top. Gaps stay gaps: a line over missing months would claim they were measured."""
    steps = max(len(heights) - 1, 1)
    found: Runs = [[]]
    for n, height in enumerate(heights):
        if height is None:
            found.append([])
        else:
            found[-1].append((round(100 * n / steps, 2), round(100 - height, 2)))
    return [piece for piece in found if piece]
