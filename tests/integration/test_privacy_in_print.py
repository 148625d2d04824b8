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
from reporting.suppress import MADE_OF, sensitive_kpis
from reporting.tables import TableReader
from reporting.xlsx import workbook
from tests.reporting.audit_files import World, read
from tests.reporting.auditor import Evidence, pinned

MONTH = "2026-01"
# What a withheld figure may hold though it is 0: of every other withheld count the attacker knows that it is no zero.
ZEROS = """
SELECT kpi_code, name, area_code FROM (
    SELECT kpi_code, area_code, period_start, unnest(['now', 'base']) AS name,
           unnest([numerator + denominator, denominator]) AS number FROM marts.fct_kpi_value
) WHERE strftime(period_start, '%Y-%m') = $month AND coalesce(number, 0) = 0"""


def world_of(figures: Figures, con: DuckDBPyConnection) -> World:
    names = {text: area.code for area in figures.areas.values() for text in (area.name.zh, area.name.en)}
    parents = {area.code: area.parent for area in figures.areas.values() if area.parent}
    zeros = frozenset(con.execute(ZEROS, {"month": MONTH}).fetchall())
    return World(names, parents, sensitive_kpis(con), zeros=zeros)


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
        for code, values in kpi_values(released, level, told).items():
            true = kpi_values(released, level, {})[code]
            if code in world.units and code not in MADE_OF:
                pairs = zip(values, true, strict=True)
                cells += [cell for value, fact in pairs for cell in _seen(evidence, value, fact)]
    for cell in cells:
        parts = [part for part in cells if part[:2] == cell[:2] and world.parents.get(part[2]) == cell[2]]
        if any(evidence.shown.get(part) != (0.0, 0.0) for part in parts):
            evidence.adds_up(cell, parts)
    assert {value.kpi_code for value in told.values()} <= set(world.units)
    assert evidence.hidden, "the small city has no small count: this asks nothing"
    assert pinned(evidence) == {}


def test_the_index_stands_only_where_all_of_its_classes_do(released: DuckDBPyConnection) -> None:
    told = withheld_values(released)
    for level in ("city", "unit"):
        values = kpi_values(released, level, told)
        for index, parts in MADE_OF.items():
            gone = {(v.label, v.area_code) for code in parts for v in values.get(code, []) if v.status == HIDDEN}
            assert {v.numerator for v in values[index]} == {None}
            assert not gone & {(v.label, v.area_code) for v in values[index] if v.value is not None}


def _seen(evidence: Evidence, value: Value, fact: Value) -> list[tuple[str, str, str]]:
    """Both years' counts of a change, as the page of the KPI prints them."""
    found = []
    base = float(fact.denominator or 0)
    for name, number in {"now": base + float(fact.numerator or 0), "base": base}.items():
        cell = (f"{value.kpi_code} {value.label}", name, value.area_code)
        found.append(cell)
        if value.status == HIDDEN:
            evidence.misses(cell, min(number, 1.0))
        elif value.denominator is not None and value.numerator is not None:
            evidence.saw(cell, number)
    return found
