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
            true = counts[area].get(row["class_code"], sum(counts[area].values()))
            found.misses(cell, min(true, 1)) if row["cases"] is None else found.saw(cell, row["cases"])
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


def test_a_kind_that_covers_keeps_one_for_itself() -> None:
    counts = {"R00000": {FAMILY: 2, "labour": 3, "neighbour": 30}, "R00001": {FAMILY: 30, "labour": 8, "neighbour": 9}}
    counts["C"] = {kind: sum(c[kind] for c in counts.values()) for kind in counts["R00000"]}
    shown = in_kinds({area: kinds_of(area, found) for area, found in counts.items()})
    assert hidden_of(shown["R00000"]) == {FAMILY, "neighbour"}


# Found, closed, resolved by now; open at the start, resolved in the month.
NESTED = {"found": "count", "closed": "count", "basis": "basis", "basis_open": "basis"}
PRINTED = ("found", "closed", "basis_num", "basis_den", "basis_open_num", "basis_open_den")
WITHIN = {"closed": "found", "basis_num": "found", "found": "basis_open_den", "basis_open_num": "basis_open_den"}
APART = (FAMILY, MEDICAL, "other")
Working = dict[str, int]


def working(found: int, closed: int, resolved: int, opened: int, in_month: int) -> Working:
    basis = {"basis_num": resolved, "basis_den": found}
    return {"found": found, "closed": closed, **basis, "basis_open_num": in_month, "basis_open_den": opened + found}


def together(lines: list[Working]) -> Working:
    return {name: sum(each[name] for each in lines) for name in PRINTED}


def list_of(kinds: dict[str, Working], *, with_instead: bool = True) -> list[dict[str, Any]]:
    """The sensitive kinds of the city: their sum is known from elsewhere."""
    rows: list[dict[str, Any]] = [
        {"class_code": kind, "is_sensitive": kind != "other", "in_total": True, "group_code": "g", **counts}
        for kind, counts in kinds.items()
    ]
    one = {"class_code": "as one", "is_sensitive": False, "instead": True, "group_code": "g"}
    return [*rows, {**one, **together(list(kinds.values()))}] if with_instead else rows


def in_list(kinds: dict[str, Working], **given: bool) -> list[dict[str, Any]]:
    return hide_counts({"C": list_of(kinds, **given)}, NESTED, list(NESTED), PARENTS, span=SPAN)[0]["C"]


def printed_in(rows: list[dict[str, Any]]) -> set[str]:
    return {row["class_code"] for row in rows if row["found"] is not None}


LARGE = working(200, 150, 140, 60, 100)


@pytest.mark.parametrize(
    "few", [working(40, 37, 20, 20, 30), working(40, 30, 20, 3, 30), working(40, 20, 17, 20, 30)], ids=str
)
def test_a_difference_of_two_columns_is_a_count_as_well(few: Working) -> None:
    """Found and not closed, open before it was found, closed and not resolved."""
    assert FAMILY not in printed_in(in_list({FAMILY: few, MEDICAL: LARGE, "other": LARGE}))
    assert printed_in(in_list({FAMILY: LARGE, MEDICAL: LARGE, "other": LARGE})) == set(APART)


def test_what_is_no_part_in_some_row_gives_no_count() -> None:
    """Resolved before it was filed: there, more are resolved than closed."""
    ahead = working(200, 100, 140, 60, 100)
    assert printed_in(in_list({FAMILY: working(40, 20, 17, 20, 30), MEDICAL: LARGE, "other": ahead})) == set(APART)


def test_kinds_that_cannot_cover_each_other_are_told_as_one() -> None:
    """With one case each, both are known to be one."""
    kinds = {FAMILY: working(1, 0, 0, 0, 0), MEDICAL: working(0, 0, 0, 0, 0), "other": working(1, 1, 1, 0, 1)}
    (row,) = in_list(kinds)
    assert (row["class_code"], row["found"]) == ("as one", 2)
    assert printed_in(in_list(kinds, with_instead=False)) == set(), "there is nothing else to tell"


def of_a_kind(draw: st.DrawFn) -> Working:
    found, opened = draw(st.integers(0, 9) | st.integers(0, 60)), draw(st.integers(0, 9) | st.integers(0, 40))
    return working(
        found,
        found - draw(st.integers(0, min(found, 9))),
        draw(st.integers(0, found)),
        opened,
        draw(st.integers(0, found + opened)),
    )


@st.composite
def lists(draw: st.DrawFn) -> dict[str, Working]:
    return {kind: of_a_kind(draw) for kind in APART}


def evidence_of_list(kinds: dict[str, Working], rows: list[dict[str, Any]]) -> Evidence:
    """Printed columns, their sums over kinds, and that what lies within a column is no more than it."""
    evidence = Evidence()
    sums = together(list(kinds.values()))
    for row in rows:
        kind = row["class_code"]
        for name in PRINTED if kind in kinds else ():
            cell, true = (kind, name), kinds[kind][name]
            evidence.misses(cell, min(true, 1)) if row[name] is None else evidence.saw(cell, true)
        for part, whole in WITHIN.items() if kind in kinds else ():
            rest, true = (kind, f"{whole} - {part}"), kinds[kind][whole] - kinds[kind][part]
            evidence.misses(rest, min(true, 1)) if row[part] is None else evidence.saw(rest, true)
            evidence.adds_up((kind, whole), [(kind, part), rest])
        if kind in kinds:
            evidence.adds_up((kind, "found"), [(kind, "basis_den")])
    for name, number in sums.items():
        evidence.saw(("all", name), number)
        if printed_in(rows) <= set(APART):
            evidence.adds_up(("all", name), [(kind, name) for kind in kinds])
    return evidence


@settings(max_examples=60, deadline=None)
@given(lists())
def test_columns_that_lie_within_each_other_pin_nothing_down(kinds: dict[str, Working]) -> None:
    rows = in_list(kinds)
    assert {cell for cell in pinned(evidence_of_list(kinds, rows)) if cell[0] in (FAMILY, MEDICAL)} == set()


def test_the_attacker_undoes_a_table_that_withholds_the_small_cell_alone() -> None:
    counts = {"R00000": {FAMILY: 3, "labour": 6}, "R00001": {FAMILY: 30, "labour": 8}}
    counts["C"] = {FAMILY: 33, "labour": 14}
    pages = {area: kinds_of(area, found) for area, found in counts.items()}
    pages["R00000"][1]["cases"] = None
    assert pinned(evidence_of(counts, pages)) == {(FAMILY, "R00000"): (3, 3)}
