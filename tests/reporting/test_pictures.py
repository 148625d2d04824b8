"""Map, panels and sparklines of the ranked KPI: what they show of a unit is what the ranking shows."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ingestion.errors import ContractError
from ingestion.settings import Settings, load_settings
from reporting import snapshot
from reporting.brief import Picture
from reporting.figures import RANKED, Figures
from reporting.gather import gather
from reporting.pictures import Ground, read_ground, unit_map, unit_panels
from tests.brief_fixture import full_month, make_release


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    settings = make_release(tmp_path_factory.mktemp("pictures"), full_month())
    with snapshot._release(settings) as con:
        return gather(con)


@pytest.fixture(scope="module")
def ground() -> Ground:
    return read_ground(load_settings())


def words_of(figures: Figures, ground: Ground, language: str = "zh") -> list[str]:
    section = unit_map(figures, figures.kpis[RANKED], ground)
    assert section
    (picture,) = section.blocks
    assert isinstance(picture, Picture)
    return re.findall(r">([^<]+)</text>", getattr(picture.svg, language))


def test_the_map_prints_each_unit_as_the_ranking_does(figures: Figures, ground: Ground) -> None:
    words = words_of(figures, ground)
    for unit in figures.units(RANKED):
        if unit.status == "ok":
            assert f"{unit.value * 100:.1f}%" in words
    assert "样本过小" in words, "a small unit keeps its tile and says why it has no number"
    assert "无数据、样本过小或隐去" in words


def test_a_shade_never_stands_without_its_mark(figures: Figures, ground: Ground) -> None:
    city, units = figures.at(RANKED), figures.units(RANKED)
    assert city
    shown = [unit for unit in units if unit.status == "ok"]
    better = sum((u.value or 0) >= (city.value or 0) for u in shown)
    words = words_of(figures, ground)
    assert words.count("▲") == better + 2, "each tile, and two lines of the legend"
    assert words.count("▼") == len(shown) - better + 2


def test_a_district_has_no_map_and_a_kpi_where_less_is_better_is_judged_so(figures: Figures, ground: Ground) -> None:
    assert unit_map(figures.for_area("210211"), figures.kpis[RANKED], ground) is None
    down = replace(figures.kpis[RANKED], direction="down")
    section = unit_map(figures, down, ground)
    assert section
    drawn = re.findall(r">([^<]+)</text>", section.blocks[0].svg.zh)  # type: ignore[union-attr]
    assert drawn.count("▲") - 2 == words_of(figures, ground).count("▼") - 2


def test_lines_need_half_a_year_of_months(figures: Figures) -> None:
    assert unit_panels(figures, figures.kpis[RANKED]) is None
    months = figures.year_of_months
    assert (months[0], months[-1]) == (date(2025, 2, 1), date(2026, 1, 1))
    known = {month: Decimal("0.9") for month in months[-6:]}
    full = replace(figures, trend={figures.city_code: known, "210202": known})
    section = unit_panels(full, figures.kpis[RANKED])
    assert section
    assert section.title.zh == "按时办结率：近12个月"
    assert full.trend_of("210202") == [None] * 6 + [Decimal("0.9")] * 6


def test_a_city_with_a_unit_that_has_no_tile_is_refused_by_name(figures: Figures, tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "area_tiles.csv").write_text("area_code,col,row\n210202,0,0\n", encoding="utf-8")
    ground = read_ground(Settings(tmp_path, tmp_path / "key", city=tmp_path))
    with pytest.raises(ContractError, match=r"area_tiles\.csv has no place for 210203"):
        unit_map(figures, figures.kpis[RANKED], ground)
