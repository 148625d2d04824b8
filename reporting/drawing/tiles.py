"""A map of tiles: one of the same size for each unit, roughly where it lies, so that the small ones are seen too."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence

from ingestion.errors import ContractError
from ingestion.settings import Settings
from reporting.drawing import svg
from reporting.drawing.areas import ABSENT, Area, Key, ink_on, legend
from reporting.drawing.palette import RULE, SHADES

SEED = "area_tiles.csv"
GAP, HEIGHT, LEGEND = 4.0, 47.0, 128.0

Places = Mapping[str, tuple[int, int]]  # area code: column and row


def read_places(settings: Settings) -> Places | None:
    """Columns and rows of area_tiles.csv; None for a city that brings its own units but no tiles for them."""
    folder = next(folder for folder in settings.seed_dirs if any((folder / n).exists() for n in (SEED, "area.csv")))
    path = folder / SEED
    if not path.exists():
        return None
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            places = {row["area_code"]: (int(row["col"]), int(row["row"])) for row in csv.DictReader(stream)}
    except (KeyError, ValueError, TypeError):
        raise ContractError(
            f"{SEED} holds something else than places.",
            next_step="give area_code, col and row, whole numbers from the upper left.",
        ) from None
    if len(set(places.values())) < len(places):
        raise ContractError(f"{SEED} puts two units on one place.", next_step="give each a column and row of its own.")
    return places


def draw(
    areas: Sequence[Area], keys: Sequence[Key], places: Places | None, *, width: float = svg.FULL, across: int = 6
) -> str:
    """The map with its legend. Without `places` the tiles stand in the order given, `across` in a row.

    Raises ContractError for a unit that has no place: a map must not leave one out silently.
    """
    placed = _placed(areas, places, across)
    columns, rows = (max(place[n] for place in placed.values()) + 1 for n in (0, 1))
    beside = width >= svg.FULL - 0.5
    room = width - (LEGEND if beside else 0)
    side = (room - GAP * (columns - 1)) / columns
    parts = [
        _tile(area, (placed[area.code][0] * (side + GAP), placed[area.code][1] * (HEIGHT + GAP)), side)
        for area in areas
    ]
    height = rows * (HEIGHT + GAP) - GAP
    at = (room + 14, 0.0) if beside else (0.0, height + 8)
    drawn, needed = legend(keys, at, width=width, in_a_row=not beside)
    return svg.document(width, max(height, needed) if beside else height + 8 + needed, [*parts, drawn])


def _placed(areas: Sequence[Area], places: Places | None, across: int) -> Places:
    if places is None:
        return {area.code: (n % across, n // across) for n, area in enumerate(areas)}
    unknown = [area.code for area in areas if area.code not in places]
    if unknown:
        raise ContractError(
            f"{SEED} has no place for {', '.join(unknown)}.",
            next_step=f"add a row area_code,col,row for each unit to {SEED} among the seeds.",
        )
    left, top = (min(place[n] for place in places.values()) for n in (0, 1))
    return {code: (column - left, row - top) for code, (column, row) in places.items()}


def _tile(area: Area, at: svg.Point, side: float) -> str:
    x, y = at
    if area.shade is None:
        box = svg.hatched(at, side, HEIGHT)
    else:
        box = svg.rect(at, side, HEIGHT, fill=SHADES[area.shade], stroke=RULE)
    ink, size = ink_on(area.shade), 7.4
    lines = svg.wrapped(area.name, size, side - 22)[:3]
    if len(lines) > 2:
        size = 6.2
        lines = svg.wrapped(area.name, size, side - 20)[:3]
    name = [svg.text((x + 5, y + 11 + n * (size + 1.4)), words, size=size, fill=ink) for n, words in enumerate(lines)]
    value = svg.text((x + side - 5, y + HEIGHT - 6), area.value or ABSENT, size=11.5, fill=ink, anchor="end", bold=True)
    mark = svg.text((x + side - 5, y + 11), area.mark, size=8, fill=ink, anchor="end") if area.mark else ""
    return "".join([box, *name, value, mark])
