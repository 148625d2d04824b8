"""The attacker at work on written files: two languages, three pages, four formats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from reporting.brief import LANGUAGES, Brief, Cell, Column, Definition, Section, Table, Text
from reporting.docx import document
from reporting.figures import HIDDEN, Figure
from reporting.format import quantity
from reporting.suppress import WITHHELD, suppress
from reporting.words import same
from reporting.xlsx import workbook
from tests.reporting.audit_files import World, lines_of, read, unread
from tests.reporting.auditor import pinned
from tests.reporting.sample_brief import sample
from tests.reporting.test_suppress import CRIME, PARENTS, UNITS, city_of, figure, only_small

CODES = ("C", "R00000", "R00001", "R00000S00", "R00000S01", "R00000S02")
NAMES = {code: Text(f"{code}区", f"{code} area") for code in CODES}
WORLD = World({text: code for code, name in NAMES.items() for text in (name.zh, name.en)}, PARENTS, UNITS)
KPI = Text("刑事案件同比", "Criminal cases, year on year")
STREETS = [figure("R00000S00", 2, 20), figure("R00000S01", 30, 30), figure("R00000S02", 12, 20)]
TRUE = [*STREETS, figure("R00000", 44, 70), figure("R00001", 50, 60), figure("C", 94, 130)]


def brief_of(area: str, figures: Sequence[Figure]) -> Brief:
    """The page of an area: its own figure among the definitions, a table of its parts."""
    own = next(f for f in figures if f.area_code == area)
    parts = [f for f in figures if PARENTS.get(f.area_code) == area]
    columns = (Column("area", Text("单位", "Unit")), Column("now", Text("件数", "Cases"), "count"))
    columns += (Column("before", Text("上年同期", "Year before"), "count"),)
    table = Table(columns, tuple(map(row, parts)), same("–"))
    basis = WITHHELD if own.status == HIDDEN else same(f"{quantity(own.numerator)} / {quantity(own.denominator)}")
    counts = ("–",) * 4 if own.status == HIDDEN else tuple(map(quantity, (own.received, own.counted, 0, 0)))
    definition = Definition("S02", CRIME, KPI, same("f"), same(""), basis, same("o"), counts, "1")  # type: ignore[arg-type]
    section = Section("crime", KPI, same(""), (table,))
    return replace(sample(), area=NAMES[area], sections=(section,), definitions=(definition,))


def row(shown: Figure) -> tuple[Cell, ...]:
    def cell(number: Decimal) -> Cell:
        return Cell(WITHHELD) if shown.status == HIDDEN else Cell(same(quantity(number)), number)

    return (Cell(NAMES[shown.area_code]), cell(shown.numerator + shown.denominator), cell(shown.denominator))


def written(folder: Path, figures: Sequence[Figure]) -> list[Path]:
    paths = []
    for area in ("C", "R00000"):
        for language in LANGUAGES:
            for suffix, writer in (("xlsx", workbook), ("docx", document)):
                paths.append(folder / f"brief_{area}_{language}.{suffix}")
                paths[-1].write_bytes(writer(brief_of(area, figures), language))
    return paths


def test_nothing_is_pinned_down_by_the_files_of_a_period(tmp_path: Path) -> None:
    evidence = read(written(tmp_path, suppress(TRUE, PARENTS, UNITS)), WORLD)
    assert {cell[2] for cell in evidence.hidden} == {"R00000S00", "R00000S02"}
    assert evidence.shown["刑事案件同比", "件数", "R00000S01"] == (30, 30)
    assert evidence.shown[CRIME, "now", "C"] == (94, 94)
    assert pinned(evidence) == {}


def test_primary_suppression_alone_is_undone_over_two_pages(tmp_path: Path) -> None:
    """The page of the city tells the region, that of the region its other streets."""
    found = pinned(read(written(tmp_path, only_small(TRUE)), WORLD))
    assert found["刑事案件同比", "件数", "R00000S00"] == (2, 2)


def test_a_number_that_one_language_tells_is_known(tmp_path: Path) -> None:
    paths = written(tmp_path, suppress(TRUE, PARENTS, UNITS))
    path = next(p for p in paths if p.name == "brief_R00000_en.xlsx")
    told = suppress(TRUE, PARENTS, UNITS)
    told[2] = TRUE[2]
    path.write_bytes(workbook(brief_of("R00000", told), "en"))
    assert pinned(read(paths, WORLD))["刑事案件同比", "件数", "R00000S00"] == (2, 2)


def test_a_number_that_only_another_format_tells_is_found(tmp_path: Path) -> None:
    paths = written(tmp_path, suppress(TRUE, PARENTS, UNITS))
    names = {CRIME: (KPI.zh, KPI.en)}
    assert unread(paths, WORLD, names) == []
    page = tmp_path / "brief_C_zh.html"
    page.write_text(
        "<p>刑事案件同比</p><li>R00000区刑事案件同比：本月 7,777 件</li><li>诉求 8,888 件</li>", encoding="utf-8"
    )
    assert [(name, number) for name, _, number in unread([*paths, page], WORLD, names)] == [(page.name, "7777")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_row_of_a_table_is_one_line(tmp_path: Path, language: str) -> None:
    paths = written(tmp_path, suppress(TRUE, PARENTS, UNITS))
    path = next(p for p in paths if p.name == f"brief_C_{language}.docx")
    assert any(line.split() == [*getattr(NAMES["R00001"], language).split(), "50", "60"] for line in lines_of(path))


def test_a_total_elsewhere_in_the_file_gives_a_region_away(tmp_path: Path) -> None:
    """The total stands among the definitions, its parts in a table."""
    true, paths = city_of((3, 40), (40, 50)), []
    for language in LANGUAGES:
        paths.append(tmp_path / f"brief_C_{language}.xlsx")
        paths[-1].write_bytes(workbook(brief_of("C", only_small(true)), language))
    world = replace(WORLD, alike={(KPI.zh, "件数"): (CRIME, "now")})
    assert pinned(read(paths, world))[CRIME, "now", "R00000"] == (3, 3)
