"""A map by boundaries the city brings; none are shipped, for a map may be printed only with its approval number."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

from ingestion.errors import ContractError
from ingestion.settings import Settings
from reporting.brief import Language, Text
from reporting.drawing import svg
from reporting.drawing.areas import ABSENT, Area, Key, ink_on, legend, swatch
from reporting.drawing.palette import GREY, INK, LABEL, SHADES, TINT

FILE = "boundary.geojson"
APPROVAL = Text("审图号：{n}", "Map approval number: {n}")
ASIDE, NAME, VALUE = 150.0, 7.0, 8.5
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Ring = tuple[svg.Point, ...]


@dataclass(frozen=True)
class Boundary:
    """Rings of each unit, of its own and of holes, in degrees; and the number under which the map was approved."""

    rings: Mapping[str, tuple[Ring, ...]]
    approval_number: str


def read_boundary(settings: Settings) -> Boundary | None:
    """The boundary.geojson among the seeds of the city, or None. Raises ContractError where it cannot be printed."""
    path = next((folder / FILE for folder in settings.seed_dirs if (folder / FILE).exists()), None)
    if path is None:
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        number = found.get("approval_number")
        rings = {str(f["properties"]["area_code"]): _rings(f["geometry"]) for f in found["features"]}
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise ContractError(
            f"{FILE} is no collection of polygons with an area_code.",
            next_step="give a GeoJSON FeatureCollection of (Multi)Polygons in degrees, each with properties.area_code.",
        ) from None
    if not isinstance(number, str) or not number.strip():
        raise ContractError(
            f"{FILE} has no approval number (审图号): a map without one must not be printed.",
            next_step='give it as a member of the file, "approval_number": "…", or remove the file for a map of tiles.',
        )
    return Boundary(rings, number.strip())


def _rings(geometry: Mapping[str, Any]) -> tuple[Ring, ...]:
    polygons = {"Polygon": [geometry["coordinates"]], "MultiPolygon": geometry["coordinates"]}[geometry["type"]]
    rings = tuple(tuple((float(p[0]), float(p[1])) for p in ring) for polygon in polygons for ring in polygon)
    if not rings or any(len(ring) < 4 or abs(x) > 180 or abs(y) > 90 for ring in rings for x, y in ring):
        raise ValueError
    return rings


def draw(
    areas: Sequence[Area],
    keys: Sequence[Key],
    boundary: Boundary,
    *,
    language: Language,
    width: float = svg.FULL,
    height: float = 230.0,
) -> str:
    """The map; beside it the legend and the units too small for words or without a boundary: none is lost."""
    beside = width >= svg.FULL - 0.5
    placed = _projected(boundary.rings, width - (ASIDE if beside else 0), height)
    known = {area.code: area for area in areas}
    parts = [_surface(known.get(code), rings) for code, rings in placed.items()]
    listed: list[tuple[str, Area]] = []
    for area in areas:
        largest = max(placed.get(area.code, ()), key=_size, default=None)
        if largest is not None and _has_room(area, largest):
            parts.append(_words(area, largest))
            continue
        letter = LETTERS[len(listed) % len(LETTERS)] if largest is not None else ""
        listed.append((letter, area))
        if largest is not None:
            x, y = _centre(largest)
            parts.append(svg.text((x, y + 2.5), letter, size=NAME, fill=ink_on(area.shade), anchor="middle", bold=True))
    approval = getattr(APPROVAL, language).replace("{n}", boundary.approval_number)
    parts.append(svg.text((0, height + 11), approval, size=7, fill=LABEL))
    at = (width - ASIDE + 14, 0.0) if beside else (0.0, height + 20)
    drawn, used = legend(keys, at, width=width, in_a_row=not beside)
    rows = [_row(letter, area, (at[0], at[1] + used + 8 + 15 * n), width) for n, (letter, area) in enumerate(listed)]
    return svg.document(width, max(height + 16, at[1] + used + 8 + 15 * len(listed)), [*parts, drawn, *rows])


def _projected(rings: Mapping[str, tuple[Ring, ...]], width: float, height: float) -> dict[str, list[list[svg.Point]]]:
    """Degrees to the page, north up; a degree of longitude is shortened as at the middle latitude."""
    points = [point for each in rings.values() for ring in each for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    shortened = cos(radians((south + north) / 2))
    factor = min(width / ((east - west) * shortened or 1), height / (north - south or 1))

    def at(point: svg.Point) -> svg.Point:
        return round((point[0] - west) * shortened * factor, 1), round((north - point[1]) * factor, 1)

    def thinned(ring: Ring) -> list[svg.Point]:
        moved = [at(point) for point in ring]
        return [point for n, point in enumerate(moved) if n == 0 or point != moved[n - 1]]

    return {code: [thinned(ring) for ring in each] for code, each in rings.items()}


def _surface(area: Area | None, rings: Sequence[Sequence[svg.Point]]) -> str:
    fill = SHADES[area.shade] if area and area.shade is not None else TINT
    return svg.shape(rings, fill=fill, stroke=GREY, width=0.7)


def _size(ring: Sequence[svg.Point]) -> float:
    return abs(_twice_area(ring))


def _twice_area(ring: Sequence[svg.Point]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))


def _centre(ring: Sequence[svg.Point]) -> svg.Point:
    twice = _twice_area(ring)
    if not twice:
        return ring[0]
    pairs = [(a, b, a[0] * b[1] - b[0] * a[1]) for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)]
    return tuple(sum((a[n] + b[n]) * cross for a, b, cross in pairs) / (3 * twice) for n in (0, 1))  # type: ignore[return-value]


def _has_room(area: Area, ring: Sequence[svg.Point]) -> bool:
    """Whether name and value fit into three quarters of the box around the surface."""
    across, down = _room(ring)
    lines = svg.wrapped(area.name, NAME, across)
    return len(lines) < 3 and all(svg.width_of(line, NAME) <= across for line in lines) and down > _tall(lines)


def _room(ring: Sequence[svg.Point]) -> tuple[float, float]:
    sides = ([point[n] for point in ring] for n in (0, 1))
    across, down = ((max(side) - min(side)) * 0.75 for side in sides)
    return across, down


def _tall(lines: Sequence[str]) -> float:
    return len(lines) * (NAME + 1) + VALUE + 3


def _words(area: Area, ring: Sequence[svg.Point]) -> str:
    x, y = _centre(ring)
    ink, lines = ink_on(area.shade), svg.wrapped(area.name, NAME, _room(ring)[0])
    y -= _tall(lines) / 2 - NAME
    rows = [
        svg.text((x, y + n * (NAME + 1)), words, size=NAME, fill=ink, anchor="middle") for n, words in enumerate(lines)
    ]
    value = f"{area.mark} {area.value or ABSENT}".strip()
    at = (x, y + len(lines) * (NAME + 1) + 2)
    return "".join(rows) + svg.text(at, value, size=VALUE, fill=ink, anchor="middle", bold=True)


def _row(letter: str, area: Area, at: svg.Point, width: float) -> str:
    x, y = at
    value = area.value or ABSENT
    room = width - x - 24 - svg.width_of(value, NAME) - 4
    name = f"{letter} {area.name}".strip()
    size = min(NAME, NAME * room / svg.width_of(name, NAME))
    words = svg.text((x + 24, y + 8.5), name, size=size, fill=INK)
    printed = svg.text((width, y + 8.5), value, size=NAME, anchor="end", fill=INK, bold=True)
    return swatch(area.shade, area.mark or ABSENT, at) + words + printed
