"""An attacker reads all that is printed of one month - the briefs of all areas and the site - and pins nothing down."""

from __future__ import annotations

from pathlib import Path

from duckdb import DuckDBPyConnection

from reporting.brief import LANGUAGES
from reporting.compose import compose
from reporting.contents import contents_of
from reporting.figures import HIDDEN, Figures
from reporting.gather import gather
from reporting.pictures import Ground
from reporting.site.values import Value, kpi_values, withheld_values
from reporting.suppress import sensitive_kpis
from reporting.tables import TableReader
from reporting.xlsx import workbook
from tests.reporting.audit_files import World, read
from tests.reporting.auditor import Evidence, pinned

MONTH = "2026-01"


def world_of(figures: Figures, con: DuckDBPyConnection) -> World:
    names = {text: area.code for area in figures.areas.values() for text in (area.name.zh, area.name.en)}
    parents = {area.code: area.parent for area in figures.areas.values() if area.parent}
    return World(names, parents, sensitive_kpis(con))


def test_the_data_packs_of_all_areas_pin_nothing_down(released: DuckDBPyConnection, tmp_path: Path) -> None:
    figures = gather(released, "monthly", MONTH)
    reader = TableReader(released, contents_of("monthly").tables)
    paths = []
    for code in (figures.city_code, *(region.code for region in figures.regions)):
        mine = figures.for_area(code)
        brief = compose(mine, reader.read(mine), Ground())
        for language in LANGUAGES:
            paths.append(tmp_path / f"{code}_{language}.xlsx")
            paths[-1].write_bytes(workbook(brief, language))
    evidence = read(paths, world_of(figures, released))
    assert pinned(evidence) == {}


def test_the_site_pins_nothing_down(released: DuckDBPyConnection) -> None:
    told = withheld_values(released)
    world = world_of(gather(released, "monthly", MONTH), released)
    evidence = Evidence()
    cells = []
    for level in ("city", "unit"):
        for values in kpi_values(released, level, told).values():  # type: ignore[arg-type]
            cells += [cell for value in values if value.kpi_code in world.units for cell in _seen(evidence, value)]
    for cell in cells:
        parts = [part for part in cells if part[:2] == cell[:2] and world.parents.get(part[2]) == cell[2]]
        if any(evidence.shown.get(part) != (0.0, 0.0) for part in parts):
            evidence.adds_up(cell, parts)
    assert {value.kpi_code for value in told.values()} <= set(world.units)
    assert evidence.hidden, "the small city has no small count: this asks nothing"
    assert pinned(evidence) == {}


def _seen(evidence: Evidence, value: Value) -> list[tuple[str, str, str]]:
    """Both years' counts of a change, as the page of the KPI prints them."""
    found = []
    for name in ("now", "base"):
        cell = (f"{value.kpi_code} {value.label}", name, value.area_code)
        found.append(cell)
        if value.status == HIDDEN:
            evidence.misses(cell)
        elif value.denominator is not None and value.numerator is not None:
            base = float(value.denominator)
            evidence.saw(cell, base if name == "base" else base + float(value.numerator))
    return found
