"""Tables with sensitive columns: by area, by kind, and with totals both ways."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting.suppress import WITHHELD
from reporting.withheld_rows import hide_counts
from reporting.withholding import Key
from tests.reporting.auditor import Evidence, pinned
from tests.reporting.test_suppress import PARENTS

STYLES = {"name": "name", "cases": "count", "rate": "rate", "basis": "basis"}
SENSITIVE = ("cases", "basis")
SPAN = "2026-01-01"
FAMILY, MEDICAL, OTHERS = "family", "medical", ("neighbour", "labour")
Rows = dict[str, list[dict[str, Any]]]


def line(area: str, cases: int, part: int = 20, whole: int = 50, **given: Any) -> dict[str, Any]:
    basis = {"basis_num": part, "basis_den": whole, "rate": Decimal(part) / whole}
    return {"area_code": area, "name": area, "cases": cases, **basis, **given}


def test_a_row_is_withheld_alike_on_every_page_with_all_that_rests_on_it() -> None:
    city = [line("R00000", 9), line("R00001", 3), line("R00002", 30)]
    pages = {"C": [line("C", 42, 60, 150), *city], "R00001": [city[1]]}
    shown, keys = hide_counts(pages, STYLES, SENSITIVE, PARENTS, span=SPAN)
    assert [row["cases"] for row in shown["C"]] == [42, None, None, 30]
    assert keys == {Key("", SPAN, area) for area in ("R00000", "R00001")}
    (row,) = shown["R00001"]
    assert (row["cases"], row["rate"], row["basis_num"], row["basis_den"]) == (None, None, None, None)
    assert (row["cases_why_zh"], row["rate_why_en"], row["basis_why_zh"]) == (WITHHELD.zh, WITHHELD.en, WITHHELD.zh)
    assert row["name"] == "R00001"


def test_what_the_figures_withhold_is_withheld_in_the_table() -> None:
    pages = {"C": [line("C", 90, 60, 150), *(line(f"R0000{n}", 30, group_code="k") for n in range(3))]}
    pages["C"][0]["group_code"] = "k"
    shown, keys = hide_counts(pages, STYLES, SENSITIVE, PARENTS, span=SPAN, also={Key("k", SPAN, "R00002")})
    assert [row["cases"] for row in shown["C"]] == [90, None, 30, None]
    assert {key.area for key in keys} == {"R00000", "R00002"}


def test_a_full_rate_is_no_count_of_one() -> None:
    pages = {"C": [line("C", 60, 50, 50), line("R00000", 60, 50, 50)]}
    shown, keys = hide_counts(pages, STYLES, SENSITIVE, PARENTS, span=SPAN)
    assert (shown, keys) == (pages, frozenset())


def test_rows_that_say_not_what_they_count_are_refused() -> None:
    pages = {"C": [line("C", 60), line("C", 70)]}
    with pytest.raises(ValueError, match="class_code"):
        hide_counts(pages, STYLES, SENSITIVE, PARENTS, span=SPAN)


def kinds_of(area: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    """The page of one area: a total and its kinds."""
    total = {"class_code": "all", "is_total": True, "is_sensitive": False, "cases": sum(counts.values())}
    rows = [
        {"class_code": kind, "is_sensitive": kind in (FAMILY, MEDICAL), "cases": count}
        for kind, count in counts.items()
    ]
    return [{**total, "name": area}, *({**row, "name": area} for row in rows)]


def hidden_of(rows: list[dict[str, Any]]) -> set[str]:
    return {row["class_code"] for row in rows if row["cases"] is None}


def in_kinds(pages: Rows) -> Rows:
    return hide_counts(pages, {"name": "name", "cases": "count"}, ["cases"], PARENTS, span=SPAN)[0]


def test_a_total_of_kinds_takes_a_kind_that_covers_with_it() -> None:
    counts = {
        "R00000": {FAMILY: 3, MEDICAL: 0, "neighbour": 40, "labour": 6},
        "R00001": {FAMILY: 30, MEDICAL: 9, "neighbour": 50, "labour": 8},
    }
    counts["C"] = {kind: sum(c[kind] for c in counts.values()) for kind in counts["R00000"]}
    shown = in_kinds({area: kinds_of(area, found) for area, found in counts.items()})
    assert hidden_of(shown["R00000"]) == {FAMILY, MEDICAL, "labour"}, "the smallest kind that can give what is needed"
    assert hidden_of(shown["R00001"]) == {FAMILY, MEDICAL, "labour"}
    assert hidden_of(shown["C"]) == set()


def test_a_total_that_is_printed_elsewhere_counts_as_one() -> None:
    rows = kinds_of("C", {MEDICAL: 2, "other": 40})[1:]
    assert hidden_of(in_kinds({"C": rows})["C"]) == {MEDICAL}
    assert hidden_of(in_kinds({"C": [row | {"in_total": True} for row in rows]})["C"]) == {MEDICAL, "other"}


def test_small_kinds_that_are_not_sensitive_are_shown() -> None:
    pages = {"C": kinds_of("C", {FAMILY: 30, "neighbour": 2})}
    assert in_kinds(pages) == pages


@st.composite
def disputes(draw: st.DrawFn) -> dict[str, dict[str, int]]:
    small = st.one_of(st.integers(0, 6), st.integers(0, 40))
    kinds = {FAMILY: small, MEDICAL: small, **{kind: st.integers(0, 40) for kind in OTHERS}}
    regions = {f"R0000{n}": {k: draw(s) for k, s in kinds.items()} for n in range(draw(st.integers(2, 4)))}
    return {"C": {kind: sum(found[kind] for found in regions.values()) for kind in kinds}, **regions}


def evidence_of(counts: dict[str, dict[str, int]], shown: Rows) -> Evidence:
    found = Evidence()
    for area, rows in shown.items():
        for row in rows:
            cell = (row["class_code"], area)
            found.misses(cell) if row["cases"] is None else found.saw(cell, row["cases"])
        found.adds_up(("all", area), [(kind, area) for kind in counts[area]])
    for kind in counts["C"]:
        found.adds_up((kind, "C"), [(kind, area) for area in counts if area != "C"])
    return found


@settings(max_examples=60, deadline=None)
@given(disputes())
def test_totals_over_areas_and_over_kinds_together_pin_nothing_down(counts: dict[str, dict[str, int]]) -> None:
    shown = in_kinds({area: kinds_of(area, found) for area, found in counts.items()})
    assert {cell for cell in pinned(evidence_of(counts, shown)) if cell[0] in (FAMILY, MEDICAL)} == set()


def test_a_total_that_is_small_itself_goes_with_its_kinds() -> None:
    counts = {"R00000": {FAMILY: 3, "labour": 1}, "R00001": {FAMILY: 30, "labour": 8}}
    counts["C"] = {FAMILY: 33, "labour": 9}
    shown = in_kinds({area: kinds_of(area, found) for area, found in counts.items()})
    assert hidden_of(shown["R00000"]) == {"all", FAMILY, "labour"}


def test_the_attacker_undoes_a_table_that_withholds_the_small_cell_alone() -> None:
    counts = {"R00000": {FAMILY: 3, "labour": 6}, "R00001": {FAMILY: 30, "labour": 8}}
    counts["C"] = {FAMILY: 33, "labour": 14}
    pages = {area: kinds_of(area, found) for area, found in counts.items()}
    pages["R00000"][1]["cases"] = None
    assert pinned(evidence_of(counts, pages)) == {(FAMILY, "R00000"): (3, 3)}
