"""Counts of 1 to 4 of sensitive classes: withheld in print, and not to be worked out from what stands beside them."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting.figures import HIDDEN, Figure
from reporting.suppress import MADE_OF, key_of, left_out, numbers, sensitive_kpis, suppress, withheld_of
from reporting.withholding import Counts, Key, withheld
from tests.reporting.auditor import Cell, Evidence, bounds_of, pinned

JANUARY, YEAR_BEFORE = date(2026, 1, 1), date(2025, 1, 1)
CRIME, RELAPSE, CASES = "safety.crime_yoy", "mediation.relapse_rate", "hotline.case_count"
UNITS = {CRIME: "change", RELAPSE: "rate"}
LEVELS = {6: "region", 9: "street"}


def figure(area: str, now: int, base: int, *, kpi: str = CRIME, start: date = JANUARY, **given: Any) -> Figure:
    """A figure of `now` and `base` incidents, or of `now` hits in `base`."""
    part = now - base if UNITS.get(kpi) == "change" else now
    counted = now if UNITS.get(kpi) == "change" else base
    excluded = sum(given.get("reasons", {}).values())
    return Figure(
        kpi_code=kpi,
        area_level=LEVELS.get(len(area), "city"),
        area_code=area,
        period_start=start,
        numerator=Decimal(part),
        denominator=Decimal(base),
        value=Decimal(part) / base if base else None,
        received=counted + excluded,
        counted=counted,
        excluded=excluded,
        immature=0,
        excluded_by=json.dumps(given.get("reasons", {})),
        open_not_due=0,
        status="ok" if base else "no_base",
        is_rankable=base >= 30,
        grade="A",
        area_zh=area,
        area_en=area,
    )


def city_of(*regions: tuple[int, int], **given: Any) -> list[Figure]:
    """The city and its regions; nothing is unplaced."""
    found = [figure(f"R{n:05d}", now, base, **given) for n, (now, base) in enumerate(regions)]
    return [figure("C", sum(now for now, _ in regions), sum(base for _, base in regions), **given), *found]


PARENTS = {f"R{n:05d}": "C" for n in range(9)} | {f"R{n:05d}S{m:02d}": f"R{n:05d}" for n in range(9) for m in range(9)}


def hidden(figures: list[Figure]) -> set[str]:
    return {f.area_code for f in figures if f.status == HIDDEN}


def known_of(figures: list[Figure]) -> dict[Cell, float]:
    """Every count of the figures, by class, span, name and area."""
    return {
        (f.kpi_code, f.period_start.isoformat(), name, f.area_code): float(number)
        for f in figures
        for name, number in {**numbers(f, UNITS[f.kpi_code]), **left_out(f)}.items()
    }


def evidence_of(true: list[Figure], printed: list[Figure]) -> Evidence:
    """All that is printed of the figures. The attacker even knows what no part of an area accounts for."""
    found, known = Evidence(), known_of(true)
    for fact, shown in zip(true, printed, strict=True):
        rest = left_out(fact)
        for cell, number in known_of([fact]).items():
            is_hidden = shown.status == HIDDEN or (shown.hides_rest and cell[2] in rest)
            found.misses(cell, min(number, 1)) if is_hidden else found.saw(cell, number)
    for whole, number in known.items():
        parts = [cell for cell in known if cell[:3] == whole[:3] and PARENTS.get(cell[3]) == whole[3]]
        if any(known[cell] for cell in parts):
            unplaced = (*whole, "unplaced")
            found.saw(unplaced, number - sum(known[cell] for cell in parts))
            found.adds_up(whole, [*parts, unplaced])
    return found


def only_small(true: list[Figure]) -> list[Figure]:
    """Primary suppression alone, as many offices do it."""
    small = [
        any(0 < n < 5 for n in numbers(f, UNITS[f.kpi_code]).values()) if f.kpi_code in UNITS else False for f in true
    ]
    return [replace(f, status=HIDDEN) if is_small else f for f, is_small in zip(true, small, strict=True)]


counts = st.one_of(st.integers(0, 6), st.integers(0, 60))


@st.composite
def tables(draw: st.DrawFn) -> list[Figure]:
    """A city of a few regions and streets in one or two years; some regions have no streets, some cases no street."""
    kpi = draw(st.sampled_from(sorted(UNITS)))
    streets = [draw(st.integers(0, 3)) for _ in range(draw(st.integers(2, 4)))]
    found = []
    for start in draw(st.sampled_from([(JANUARY,), (JANUARY, YEAR_BEFORE)])):
        city = [0, 0]
        for n, within in enumerate(streets):
            region, rows = [draw(counts), draw(counts)] if not within else [0, draw(st.sampled_from([0, 0, 3]))], []
            for m in range(within):
                now, base = draw(counts), draw(counts)
                rows.append((f"R{n:05d}S{m:02d}", now, base))
                region = [region[0] + now, region[1] + base]
            rows.append((f"R{n:05d}", *region))
            city = [city[0] + region[0], city[1] + region[1]]
            found += [figure(area, *pair(kpi, now, rest), kpi=kpi, start=start) for area, now, rest in rows]
        found.append(figure("C", *pair(kpi, *city), kpi=kpi, start=start))
    return found


def pair(kpi: str, now: int, rest: int) -> tuple[int, int]:
    return (now, rest) if UNITS[kpi] == "change" else (now, now + rest)


@settings(max_examples=40, deadline=None)
@given(tables())
def test_the_attacker_pins_nothing_down(true: list[Figure]) -> None:
    printed = suppress(true, PARENTS, UNITS)
    assert pinned(evidence_of(true, printed)) == {}
    for fact, shown in zip(true, printed, strict=True):
        assert shown == fact or shown.status == HIDDEN


@settings(max_examples=100, deadline=None)
@given(tables())
def test_what_is_not_small_is_withheld_only_for_something_small(true: list[Figure]) -> None:
    if not any(f.status == HIDDEN for f in only_small(true)):
        assert suppress(true, PARENTS, UNITS) == true


def test_the_attacker_undoes_primary_suppression_alone() -> None:
    true = city_of((40, 50), (3, 40), (60, 70))
    found = pinned(evidence_of(true, only_small(true)))
    assert found[CRIME, "2026-01-01", "now", "R00001"] == (3, 3)
    assert pinned(evidence_of(true, suppress(true, PARENTS, UNITS))) == {}


def test_a_lone_small_cell_takes_a_second_one_with_it_the_smallest_that_helps() -> None:
    true = city_of((40, 50), (3, 40), (60, 70), (30, 41))
    assert hidden(suppress(true, PARENTS, UNITS)) == {"R00001", "R00003"}


def test_two_small_cells_that_are_known_to_be_small_together_take_a_third() -> None:
    """1 + 2 = 3: what two areas have together is a small count as well."""
    true = city_of((1, 40), (2, 40), (60, 70), (30, 41))
    assert hidden(suppress(true, PARENTS, UNITS)) == {"R00000", "R00001", "R00003"}


def test_a_base_of_last_year_is_as_sensitive_as_the_count() -> None:
    shown = suppress(city_of((40, 2), (50, 60), (70, 80)), PARENTS, UNITS)
    assert "R00000" in hidden(shown)


def test_a_rate_that_lacks_few_of_its_base_is_withheld() -> None:
    true = city_of((58, 60), (20, 60), (30, 60), kpi=RELAPSE)
    assert "R00000" in hidden(suppress(true, PARENTS, UNITS))


def test_a_difference_of_few_is_no_count_of_few() -> None:
    true = city_of((42, 40), (50, 53))
    assert suppress(true, PARENTS, UNITS) == true


def test_few_left_out_are_withheld_and_the_figure_stays() -> None:
    """One case in a street without last year's count must not cost the city its total."""
    regions = [figure("R00000", 40, 50), figure("R00001", 60, 70, reasons={"X28": 2})]
    true = [figure("C", 100, 120, reasons={"X28": 2}), *regions]
    city, plain, shown = suppress(true, PARENTS, UNITS)
    assert plain == true[1]
    for told, fact in ((city, true[0]), (shown, true[2])):
        assert (told.value, told.numerator, told.status) == (fact.value, fact.numerator, "ok")
        assert (told.received, told.excluded, told.excluded_by, told.hides_rest) == (fact.counted, 0, "{}", True)
    assert pinned(evidence_of(true, [city, plain, shown])) == {}


def test_zero_stays_shown() -> None:
    shown = suppress(city_of((0, 0), (0, 0), (2, 0), (0, 0)), PARENTS, UNITS)
    assert hidden(shown) == {"C", "R00002"}, "the city has these two and no more"


def test_of_many_that_are_known_to_be_no_zero_the_total_is_withheld() -> None:
    """6 in five areas: as no zero is withheld, each of them would be 1 or 2."""
    true = city_of((1, 0), (1, 0), (1, 0), (1, 0), (2, 0), (0, 0))
    assert pinned(evidence_of(true, only_small(true)))[CRIME, "2026-01-01", "now", "R00004"] == (1, 2)
    shown = suppress(true, PARENTS, UNITS)
    assert hidden(shown) == {"C", *(f"R0000{n}" for n in range(5))}
    assert pinned(evidence_of(true, shown)) == {}


def test_what_covers_keeps_one_for_itself() -> None:
    """4 can give 3 and be no zero: 1 + 3 is still known to be small."""
    true = city_of((1, 0), (4, 0), (60, 0), (70, 0))
    assert hidden(suppress(true, PARENTS, UNITS)) == {"R00000", "R00001", "R00002"}


INDEX, ORDER = "safety.peace_index", "safety.order_yoy"
WEIGHED = {CRIME: "change", ORDER: "change", INDEX: "score"}
SEED = Path(__file__).parents[2] / "dbt_project" / "seeds" / "peace_index_weight.csv"


def score(area: str, start: date = JANUARY) -> Figure:
    return replace(figure(area, 0, 0, kpi=INDEX, start=start), value=Decimal(60), status="ok")


def index_of(crime: list[Figure], start: date = JANUARY, **given: Any) -> set[str]:
    """The areas of which the index is withheld, given the crimes there; public order is printed."""
    order = [replace(f, kpi_code=ORDER) for f in city_of((40, 50), (50, 60), (60, 70), start=start)]
    scores = [score(area, start) for area in ("C", "R00000", "R00001", "R00002")]
    shown = suppress([*crime, *order, *scores], PARENTS, given.get("sensitive", WEIGHED))
    return {f.area_code for f in shown if f.kpi_code == INDEX and f.status == HIDDEN and f.value is None}


def test_the_index_is_withheld_where_a_class_of_it_is() -> None:
    """Once the other classes are printed, one decimal of the score tells the class that is not."""
    assert index_of(city_of((40, 50), (50, 60), (60, 70))) == set()
    assert index_of(city_of((3, 50), (50, 60), (60, 70))) == {"R00000", "R00001"}
    assert index_of(city_of((3, 50), (50, 60), (60, 70)), sensitive={CRIME: "change"}) == {"R00000", "R00001"}


def test_the_index_is_withheld_where_what_was_left_out_of_a_class_is() -> None:
    """The score counts what the change over a year leaves out."""
    regions = [figure("R00000", 40, 50, reasons={"X28": 2}), figure("R00001", 60, 70), figure("R00002", 60, 70)]
    assert index_of([figure("C", 160, 190, reasons={"X28": 2}), *regions]) == {"C", "R00000"}


def test_the_index_is_withheld_where_a_class_is_not_printed_at_all() -> None:
    assert index_of(city_of((40, 50), (50, 60))) == {"R00002"}


def test_no_index_tells_a_month_of_the_city_that_is_withheld() -> None:
    """It is measured by the twelve months before: with the other eleven printed, the sum tells the one."""
    months = [city_of((3, 50), start=YEAR_BEFORE), city_of((40, 50), (50, 60), (60, 70))]
    assert hidden(suppress(months[0], PARENTS, UNITS)) == {"C", "R00000"}
    assert index_of([f for found in months for f in found]) == {"C", "R00000", "R00001", "R00002"}
    later = city_of((40, 50), (50, 60), (60, 70), start=date(2026, 2, 1))
    assert index_of([*months[0], *later], date(2026, 2, 1)) == set()


def test_every_class_of_the_index_is_known_here() -> None:
    """A city that weighs homicides must have them among the KPIs that withhold the index."""
    with SEED.open(encoding="utf-8") as file:
        classes = {row["incident_class"] for row in csv.DictReader(file)}
    printed_case_by_case = {"fire", "traffic_accident"}
    assert classes - printed_case_by_case == {"criminal", "public_order"}
    assert MADE_OF[INDEX] == (CRIME, ORDER)


def test_what_is_not_sensitive_is_left_alone() -> None:
    true = city_of((1, 2), (3, 4), kpi=CASES)
    assert suppress(true, PARENTS, UNITS) == true


def test_nothing_of_a_withheld_figure_is_left() -> None:
    true = city_of((40, 50), (3, 40), (60, 70))
    told = [f for f in suppress(true, PARENTS, UNITS) if f.status == HIDDEN]
    for shown in told:
        assert (shown.value, shown.is_rankable, shown.excluded_by, shown.is_sound) == (None, False, "{}", False)
        assert {shown.numerator, shown.denominator, shown.received, shown.counted, shown.open_not_due} == {0}


def test_streets_and_regions_are_decided_together() -> None:
    """The page of the city lists regions, that of a region its streets: both must withhold enough."""
    streets = [figure("R00000S00", 2, 20), figure("R00000S01", 30, 30), figure("R00000S02", 12, 20)]
    regions = [figure("R00000", 44, 70), figure("R00001", 50, 60), figure("C", 94, 130)]
    shown = suppress([*streets, *regions], PARENTS, UNITS)
    assert hidden(shown) == {"R00000S00", "R00000S02"}
    assert pinned(evidence_of([*streets, *regions], shown)) == {}


def test_a_region_withheld_for_another_is_not_given_away_by_its_streets() -> None:
    streets = [figure("R00000S00", 20, 20), figure("R00000S01", 30, 30)]
    true = [*streets, figure("R00000", 50, 50), figure("R00001", 3, 60), figure("C", 53, 110)]
    shown = suppress(true, PARENTS, UNITS)
    assert hidden(shown) == {"R00000", "R00001", "R00000S00"}
    assert pinned(evidence_of(true, shown)) == {}


def test_a_level_that_counts_nothing_covers_nothing() -> None:
    """Public security has no figures by street: their zeros neither give a region away nor protect it."""
    true = [*city_of((3, 40), (40, 50), (60, 70)), figure("R00000S00", 0, 0), figure("R00000S01", 0, 0)]
    assert hidden(suppress(true, PARENTS, UNITS)) == {"R00000", "R00001"}


def test_two_briefs_a_year_apart_do_not_undo_each_other() -> None:
    """The base of this January is the count of the last, and the smallest region covers another small one by now."""
    before = suppress(city_of((3, 40), (20, 50), (60, 70), (90, 80), start=YEAR_BEFORE), PARENTS, UNITS)
    now = suppress(city_of((6, 3), (90, 20), (7, 60), (2, 90)), PARENTS, UNITS)
    assert hidden(before) <= hidden(now)


def test_spans_are_decided_by_themselves() -> None:
    small, large = city_of((3, 40), (20, 50), (60, 70), start=YEAR_BEFORE), city_of((30, 41), (20, 51), (60, 71))
    shown = suppress([*large, *small], PARENTS, UNITS)
    assert shown[:4] == large
    assert hidden(shown[4:]) == {"R00000", "R00001"}


def test_a_quarter_withholds_what_its_months_withhold() -> None:
    months = suppress(city_of((3, 40), (20, 50), (60, 70), start=date(2026, 2, 1)), PARENTS, UNITS)
    quarter = city_of((30, 120), (60, 150), (180, 210))
    shown = suppress(quarter, PARENTS, UNITS, also=withheld_of(months, JANUARY))
    assert hidden(shown) == {"R00000", "R00001"}


def test_what_is_withheld_elsewhere_is_withheld_here_with_its_cover() -> None:
    true = city_of((30, 41), (20, 51), (60, 71))
    shown = suppress(true, PARENTS, UNITS, also={key_of(true[1])})
    assert hidden(shown) == {"R00000", "R00001"}
    assert {key.area for key in withheld_of(shown)} == {"R00000", "R00001"}


def test_two_overlapping_levels_are_refused() -> None:
    true = city_of((30, 41))
    with pytest.raises(ValueError, match="one hierarchy"):
        suppress([*true, replace(true[1], area_level="district")], PARENTS, UNITS)


def test_the_dictionary_says_what_is_sensitive_and_an_old_one_is_read_with_care() -> None:
    con = duckdb.connect()
    con.execute("CREATE SCHEMA meta")
    rows = "('safety.crime_yoy', 'S02', 'change', true), ('safety.fire_yoy', 'S02', 'change', false)"
    con.execute(f"CREATE TABLE meta.kpi_dictionary AS FROM (VALUES {rows}) AS t (kpi_code, kpi_id, unit, is_sensitive)")
    assert sensitive_kpis(con) == {CRIME: "change"}
    con.execute("ALTER TABLE meta.kpi_dictionary DROP COLUMN is_sensitive")
    assert sensitive_kpis(con) == {CRIME: "change", "safety.fire_yoy": "change"}


def test_order_does_not_matter() -> None:
    true = city_of((1, 40), (2, 40), (60, 70), (30, 41))
    assert withheld_of(suppress(true[::-1], PARENTS, UNITS)) == withheld_of(suppress(true, PARENTS, UNITS))


def test_a_printed_percentage_narrows_and_is_used_by_the_attacker() -> None:
    evidence = Evidence()
    evidence.misses(("hits",))
    evidence.saw(("base",), 40)
    evidence.saw_rate(("hits",), ("base",), 0.075)
    assert bounds_of(evidence) == {("hits",): (3, 3)}


def test_the_attacker_refuses_evidence_that_contradicts_itself() -> None:
    evidence = Evidence()
    evidence.misses(("a",))
    evidence.saw(("whole",), 3)
    evidence.saw(("b",), 5)
    evidence.adds_up(("whole",), [("a",), ("b",)])
    with pytest.raises(ValueError, match="contradicts"):
        bounds_of(evidence)


def test_withholding_knows_no_more_than_counts() -> None:
    """Also what is no figure, for the pages of a table: a key and numbers."""
    cells = [Counts(Key("k", "m", a), {"n": Decimal(n)}) for a, n in (("C", 30), ("R00000", 4), ("R00001", 26))]
    assert withheld(cells, PARENTS) == {Key("k", "m", "R00000"), Key("k", "m", "R00001")}
