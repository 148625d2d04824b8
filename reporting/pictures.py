"""The pictures of a brief: requests by day or month, the map of the units, their last twelve months."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ingestion.settings import Settings
from reporting import charts, format, words
from reporting.brief import LANGUAGES, Language, Picture, Section, Text
from reporting.changes import printed, shown, state
from reporting.drawing import areas as drawn_areas
from reporting.drawing import boundary, panels, tiles
from reporting.drawing.lines import Line
from reporting.figures import Area, Figure, Figures, Kpi

NONE = words.same("")
CLEAR = Decimal("0.02")  # two points from the city are seen without a ruler
# Classes of a map, from the worst: how far a unit lies from the whole city, its shade, its mark.
CLASSES = (
    (-CLEAR, 0, "▼", Text("比全市差2个百分点以上", "2 points worse, or more")),
    (Decimal(0), 1, "▼", Text("比全市差", "worse than the city")),
    (CLEAR, 3, "▲", Text("不差于全市", "no worse than the city")),
    (None, 4, "▲", Text("比全市好2个百分点以上", "2 points better, or more")),
)
NOT_SHOWN = Text("无数据、样本过小或隐去", "no value may be shown")


@dataclass(frozen=True)
class Ground:
    """Where the units of the city lie: on tiles, or within boundaries that the city brings."""

    places: tiles.Places | None = None
    boundary: boundary.Boundary | None = None


def read_ground(settings: Settings) -> Ground:
    """Raises ContractError for seeds that cannot be drawn or must not be printed."""
    return Ground(tiles.read_places(settings), boundary.read_boundary(settings))


def requests(figures: Figures) -> Section:
    """The line of requests with the year before."""
    lines = charts.series(figures)
    if lines is None:
        return Section("requests", words.LABELS["no_chart"], NONE, ())
    note = NONE if lines.has_last else words.NO_YEAR_BEFORE
    return Section("requests", lines.title, note, (Picture(charts.draw(lines), lines.title),))


def unit_map(figures: Figures, kpi: Kpi, ground: Ground) -> Section | None:
    """The units of the city by their distance to the whole city; a district has no map of its own."""
    whole = figures.at(kpi.code)
    if not figures.is_city or whole is None or whole.value is None or not figures.units(kpi.code):
        return None
    found = {figure.area_code: figure for figure in figures.units(kpi.code)}
    title = words.join("{name}：各单位在哪里", "{name}: where the units stand", name=kpi.name)
    note = words.join("全市 {v}", "city {v}", v=printed(kpi, whole.value))
    units = [(area, found.get(area.code)) for area in figures.regions]
    pictures = [
        _map([_area(area, now, kpi, whole.value, language) for area, now in units], ground, language)
        for language in LANGUAGES
    ]
    return Section("map", title, note, (Picture(Text(*pictures), title),))


def _map(areas: list[drawn_areas.Area], ground: Ground, language: Language) -> str:
    keys = [drawn_areas.Key(shade, mark, getattr(said, language)) for _, shade, mark, said in reversed(CLASSES)]
    keys.append(drawn_areas.Key(None, "", getattr(NOT_SHOWN, language)))
    if ground.boundary is not None:
        return boundary.draw(areas, keys, ground.boundary, language=language)
    return tiles.draw(areas, keys, ground.places)


def _area(area: Area, now: Figure | None, kpi: Kpi, whole: Decimal, language: Language) -> drawn_areas.Area:
    name, value = getattr(area.name, language), shown(kpi, now)
    if now is None or now.value is None or value is None:
        why = "" if now is None else getattr(state(now), language)
        return drawn_areas.Area(area.code, name, why, None)
    better = (now.value - whole) * (-1 if kpi.direction == "down" else 1)
    _, shade, mark, _ = next(c for c in CLASSES if c[0] is None or better < c[0])
    return drawn_areas.Area(area.code, name, getattr(value, language), shade, mark)


def unit_panels(figures: Figures, kpi: Kpi) -> Section | None:
    """A small line for each unit over the last twelve months, all on one scale."""
    if not figures.has_trend:
        return None
    title = words.join("{name}：近12个月", "{name}: last 12 months", name=kpi.name)
    note = words.join("虚线：{area}", "dashed: {area}", area=figures.area)
    pictures = [_panels(figures, kpi, language) for language in LANGUAGES]
    return Section("panels", title, note, (Picture(Text(*pictures), title),))


def _panels(figures: Figures, kpi: Kpi, language: Language) -> str:
    first, last = (getattr(format.month(figures.year_of_months[n]), language) for n in (0, -1))
    return panels.draw(
        [_line(figures, kpi, area.code, getattr(area.name, language)) for area in figures.unit_areas],
        _line(figures, kpi, figures.code, getattr(figures.area, language)),
        ends=(first, last),
        written=lambda share: f"{share * 100:.0f}%",
    )


def _line(figures: Figures, kpi: Kpi, area_code: str, name: str) -> Line:
    """The monthly values of an area with gaps, and its last one as printed."""
    values = figures.trend_of(area_code)
    last = next((value for value in reversed(values) if value is not None), None)
    shares = tuple(None if value is None else float(value) for value in values)
    return Line(name, shares, "" if last is None else printed(kpi, last).zh)
