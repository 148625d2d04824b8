"""Drawings say what they are told: units keep their place, gaps stay gaps, nothing is said by colour alone."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from ingestion.errors import ContractError
from ingestion.settings import PROJECT_ROOT, Settings
from reporting.drawing import boundary, lines, panels, svg, tiles
from reporting.drawing.areas import Area, Key
from reporting.drawing.lines import Line
from reporting.drawing.palette import SHADES, VARIABLES, on
from reporting.drawing.scale import scale
from reporting.drawing.spark import spark
from tests.reporting.sample_brief import PLANTED
from tests.reporting.test_writers_look import contrast, variables

MARKS = "①②③④⑤"
KEYS = [*(Key(n, mark, f"class {n}") for n, mark in enumerate(MARKS)), Key(None, "–", "no data")]


def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", city=tmp_path / "city", key_file=tmp_path / "key")


def percents(value: float) -> str:
    return f"{value * 100:.0f}%"


def rounded(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}"


def units() -> list[str]:
    """The units that administer streets."""
    with (PROJECT_ROOT / "dbt_project" / "seeds" / "area_jurisdiction.csv").open(encoding="utf-8") as stream:
        return sorted({row["region_code"] for row in csv.DictReader(stream)})


def areas(**changed: Any) -> list[Area]:
    found = [Area(code, f"unit {code}", f"9{n}.0%", n % 5, MARKS[n % 5]) for n, code in enumerate(units())]
    return [changed.get(f"u{area.code}", area) for area in found]


def words(drawing: str) -> list[str]:
    return ["".join(element.itertext()) for element in ElementTree.fromstring(drawing).iter() if "text" in element.tag]


def where(drawing: str, said: str) -> tuple[str, str]:
    (found,) = (e for e in ElementTree.fromstring(drawing).iter() if "text" in e.tag and e.text == said)
    return found.attrib["x"], found.attrib["y"]


def test_every_unit_that_administers_streets_has_a_tile(tmp_path: Path) -> None:
    assert sorted(tiles.read_places(settings(tmp_path)) or {}) == units()


def test_a_map_names_each_unit_and_prints_its_value_and_mark(tmp_path: Path) -> None:
    drawing = tiles.draw(areas(), KEYS, tiles.read_places(settings(tmp_path)))
    said = words(drawing)
    for area in areas():
        assert area.name in said
        assert area.value in said
    assert [said.count(mark) for mark in MARKS] == [4, 4, 3, 3, 3], "one in each unit, one in the legend"
    assert all(key.words in said for key in KEYS)


def test_a_unit_without_data_keeps_its_place_with_a_dash(tmp_path: Path) -> None:
    places = tiles.read_places(settings(tmp_path))
    full = tiles.draw(areas(), KEYS, places)
    silent = tiles.draw(areas(u210224=Area("210224", "unit 210224", "", None)), KEYS, places)
    assert [where(full, area.name) for area in areas()] == [where(silent, area.name) for area in areas()]
    assert words(silent).count("–") == words(full).count("–") + 1
    assert silent.count("<line") > full.count("<line") + 10, "hatched"


def test_a_unit_the_seed_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"area_tiles\.csv has no place for 999999"):
        tiles.draw([*areas(), Area("999999", "x", "1%", 0)], KEYS, tiles.read_places(settings(tmp_path)))


def test_a_city_of_its_own_units_without_tiles_gets_them_in_order(tmp_path: Path) -> None:
    seeds = tmp_path / "city" / "seeds"
    seeds.mkdir(parents=True)
    (seeds / "area.csv").write_text("area_code\nX1\nX2\n", encoding="utf-8")
    assert tiles.read_places(settings(tmp_path)) is None
    drawing = tiles.draw([Area("X1", "first", "1%", 0), Area("X2", "second", "2%", 1)], KEYS, None)
    assert float(where(drawing, "first")[0]) < float(where(drawing, "second")[0])


@pytest.mark.parametrize(
    ("rows", "rule"),
    [("X1,0,0\nX2,0,0\n", "two units on one place"), ("X1,left,0\n", "something else than places")],
)
def test_wrong_tiles_are_refused(tmp_path: Path, rows: str, rule: str) -> None:
    seeds = tmp_path / "city" / "seeds"
    seeds.mkdir(parents=True)
    (seeds / "area_tiles.csv").write_text(f"area_code,col,row\n{rows}", encoding="utf-8")
    with pytest.raises(ContractError, match=rule):
        tiles.read_places(settings(tmp_path))


def square(x: float, y: float, side: float) -> dict[str, Any]:
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def write_boundary(tmp_path: Path, shapes: dict[str, dict[str, Any]], **members: Any) -> Settings:
    seeds = tmp_path / "city" / "seeds"
    seeds.mkdir(parents=True, exist_ok=True)
    features = [{"type": "Feature", "properties": {"area_code": c}, "geometry": g} for c, g in shapes.items()]
    content = {"type": "FeatureCollection", "features": features, **members}
    (seeds / "boundary.geojson").write_text(json.dumps(content), encoding="utf-8")
    return settings(tmp_path)


@pytest.mark.parametrize("members", [{}, {"approval_number": ""}, {"approval_number": "  "}, {"approval_number": 7}])
def test_a_boundary_without_its_approval_number_is_refused(tmp_path: Path, members: dict[str, Any]) -> None:
    with pytest.raises(ContractError, match=r"boundary\.geojson has no approval number \(审图号\)"):
        boundary.read_boundary(write_boundary(tmp_path, {"A": square(10, 10, 1)}, **members))


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[4e5, 4e6], [4e5, 5e6], [5e5, 5e6], [4e5, 4e6]]]},
        {"type": "Polygon", "coordinates": [[["a", "b"]] * 4]},
    ],
)
def test_a_boundary_that_is_no_polygon_in_degrees_is_refused(tmp_path: Path, geometry: dict[str, Any]) -> None:
    with pytest.raises(ContractError, match="no collection of polygons"):
        boundary.read_boundary(write_boundary(tmp_path, {"A": geometry}, approval_number="X(0000)0"))


def test_without_a_boundary_there_is_none(tmp_path: Path) -> None:
    assert boundary.read_boundary(settings(tmp_path)) is None


@pytest.mark.parametrize("width", [svg.FULL, svg.WIDE])
def test_a_map_by_boundaries_prints_its_number_and_every_unit(tmp_path: Path, width: float) -> None:
    shapes = {"A": square(10, 10, 2), "B": square(12, 10, 2), "C": square(12, 12, 0.1), "Z": square(10, 12, 0.5)}
    found = boundary.read_boundary(write_boundary(tmp_path, shapes, approval_number="X(0000)0"))
    assert found is not None
    told = [Area(code, f"unit {code}", f"{n}.0%", n, MARKS[n]) for n, code in enumerate("ABCD")]
    drawing = boundary.draw(told, KEYS, found, language="en", width=width)
    said = " ".join(words(drawing))
    assert "Map approval number: X(0000)0" in said
    for area in told:
        assert area.name in said
        assert area.value in said
    assert "A unit C" in said, "too small for words: by letter"
    assert drawing.count("<path") == len(shapes)


def test_a_line_is_broken_where_nothing_was_measured() -> None:
    line = Line("season", (18.0, 18.5, None, 19.0, 19.5, None, 20.0))
    drawing = lines.draw([line], ticks=[(0, "5 Nov")], written=lambda value, _: f"{value:.1f}", unit="℃")
    (path,) = re.findall(r'<path d="([^"]+)"', drawing)
    assert path.count("M") == 2
    assert drawing.count("<circle") == 2, "a day alone is a point, and the last value has one"
    assert {"season", "5 Nov", "℃", "18.0", "20.0"} <= set(words(drawing))


def test_panels_share_one_scale_and_keep_the_unit_without_data() -> None:
    told = [Line("a", (0.9, 0.8), "80%"), Line("b", (None, None)), Line("c", (0.9, 1.0), "100%")]
    city = Line("city", (0.9, 0.9), "90%")
    drawing = panels.draw(told, city, ends=("Feb", "Jan"), written=percents)
    firsts = [d.split("L")[0] for d in re.findall(r'<path d="([^"]+)"', drawing)]
    assert len(firsts) == 5, "the city's line in each panel, and two lines of units"
    assert len({first.split(" ")[1] for first in firsts}) == 1, "the same value is as high in every panel"
    said = words(drawing)
    assert [word for word in said if word in "abc"] == ["a", "b", "c"]
    assert said.count("–") == 1
    assert {"80%", "100%", "city 90%", "Feb", "Jan"} <= set(said)


def test_a_scale_ends_at_round_numbers_around_all_values() -> None:
    assert scale([0.823, 0.987], intervals=2).ticks == (0.8, 0.9, 1.0)
    assert scale([312, 548]).ticks[0] <= 312
    assert scale([312, 548], from_zero=True).low == 0
    assert scale([5, 5]).share(5) in (0.0, 0.5, 1.0)
    assert scale([]).ticks
    assert scale([-3.2, 4.1], from_zero=True).low <= -3.2


def test_ticks_are_written_with_the_decimals_of_their_steps() -> None:
    for values in ([0, 2], [0, 1], [0, 0.3], [7, 7.04], [312, 548]):
        axis = scale(values, from_zero=values[0] == 0)
        told = [rounded(tick, axis.decimals) for tick in axis.ticks]
        assert [float(tick) for tick in told] == list(axis.ticks)
        assert len({*told}) == len(told)
    assert scale([0, 2], from_zero=True).decimals == 1
    assert scale([0.983, 0.987], intervals=2, least_step=0.01).ticks == (0.98, 0.99)


@pytest.mark.parametrize("most", [0, 1, 2, 3, 7, 9, 10, 26, 99, 100, 1234])
def test_counts_have_no_tick_between_two_whole_numbers(most: int) -> None:
    axis = scale([0, most], from_zero=True, least_step=1)
    assert all(tick == int(tick) for tick in axis.ticks)
    assert (axis.decimals, axis.high >= most) == (0, True)
    drawing = lines.draw([Line("a", (0, most))], ticks=(), written=rounded, from_zero=True, is_count=True)
    assert [word for word in words(drawing) if word != "a"] == [f"{tick:.0f}" for tick in axis.ticks]


def test_a_sparkline_has_gaps_and_a_dot_at_its_end() -> None:
    drawn = spark([0.0, 50.0, None, 100.0, None, 20.0, 40.0])
    assert [len(piece) for piece in drawn["pieces"]] == [2, 2]
    assert drawn["dots"] == [(50.0, 0.0), (100.0, 60.0)]
    assert drawn["line_path"].count("M") == 2


def test_names_cannot_become_markup() -> None:
    told = [Area("X1", PLANTED, PLANTED, 0, "①")]
    drawing = tiles.draw(told, KEYS, None) + panels.draw([Line(PLANTED, (0.5, 0.6))], None, ends=("", ""), written=str)
    assert "<script" not in drawing
    assert "&lt;script&gt;" in drawing


def test_every_colour_drawn_is_one_of_the_palette(tmp_path: Path) -> None:
    told = [*areas()[:5], Area(units()[5], "x", "", None)]
    drawings = [
        tiles.draw(told, KEYS, tiles.read_places(settings(tmp_path))),
        panels.draw([Line("a", (0.9, 0.8))], Line("city", (0.9, 0.8)), ends=("", ""), written=percents),
        lines.draw([Line("a", (1, 2)), Line("b", (2, 1))], ticks=(), written=rounded),
    ]
    assert {colour for drawing in drawings for colour in re.findall(r"#[0-9a-f]{6}", drawing)} <= set(VARIABLES)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_on_a_shade_can_be_read_in_both_schemes(scheme: str) -> None:
    def shown(colour: str) -> str:
        return variables(scheme)[VARIABLES[colour]] if scheme == "dark" else colour

    ratios = [contrast(shown(shade), shown(on(n))) for n, shade in enumerate(SHADES)]
    assert min(ratios) >= 4.5, ratios


@pytest.mark.parametrize(
    ("words", "room", "expected"),
    [
        ("长兴岛经济区", 30, ["长兴岛经", "济区"]),
        ("High-tech Zone", 40, ["High-tech", "Zone"]),
        ("长海县", 100, ["长海县"]),
    ],
)
def test_words_are_wrapped_at_spaces_or_between_characters(words: str, room: float, expected: list[str]) -> None:
    assert svg.wrapped(words, 7.0, room) == expected
