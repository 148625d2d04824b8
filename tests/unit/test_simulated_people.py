"""The simulated callers: neighbours who call together, people who call again, and steps as frequent as meant."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from ingestion.address import building
from ingestion.settings import Settings
from simulator import calls, hotline_calls, hotline_register
from simulator.calendar import load_calendar
from simulator.city import load_city
from simulator.hotline_asked import Asked
from simulator.hotline_words import SUBCATEGORIES
from simulator.places import BUILDINGS, addresses, building_names, street_of
from simulator.register import Register
from simulator.run import Run
from simulator.units import units_of

UNTIL = date(2026, 1, 14)
SETTINGS = Settings(home=Path("unused"), key_file=Path("unused"))
Winter = tuple[Run, dict[date, Asked], Register]


@pytest.fixture(scope="module")
def winter() -> Winter:
    run = Run(load_city(SETTINGS), load_calendar(SETTINGS, UNTIL), 7, 1.0, UNTIL - timedelta(days=59), UNTIL)
    asked = hotline_calls.ask(run, run.days, is_history=False)
    return run, asked, hotline_register.cases(run, run.days, is_history=False)


# Shares of the dispatched cases; a change of one is a change of the demo's figures.
@pytest.mark.parametrize(
    ("step", "low", "high"),
    [
        ("co_assigned", 0.04, 0.06),
        ("return_requested", 0.03, 0.05),
        ("redispatched", 0.02, 0.04),
        ("extension_requested", 0.02, 0.04),
        ("suspended", 0.01, 0.02),
        ("contacted", 0.93, 0.99),
        ("reopened", 0.01, 0.03),
        ("unreasonable_requested", 0.003, 0.01),
        ("refused", 0.001, 0.006),
    ],
)
def test_steps_are_as_frequent_as_meant(winter: Winter, step: str, low: float, high: float) -> None:
    known = winter[2].moments
    count, sent_out = ((~np.isnat(known[name])).sum() for name in (step, "dispatched"))
    assert low < count / sent_out < high


def test_neighbours_of_a_cold_building_call_together(winter: Winter) -> None:
    sizes = [size for asked in winter[1].values() for size in np.bincount(asked.outage[asked.outage >= 0])]
    assert len(sizes) > 5
    assert min(sizes) >= 5
    assert max(sizes) <= 40
    for asked in winter[1].values():
        for number in np.unique(asked.outage[asked.outage >= 0]):
            rows = asked.outage == number
            compounds = {name[: name.index("小区")] for name in building_names(asked.person[rows])}
            assert (len(compounds), len(set(asked.person[rows]))) == (1, rows.sum())


def test_some_callers_call_again_about_the_same(winter: Winter) -> None:
    run, asked, register = winter
    again = np.concatenate([asked[day].is_again for day in run.days])
    assert 0.045 < again.mean() < 0.075
    callers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, key in enumerate(zip(register.cells["person"], register.cells["category_name"], strict=True)):
        callers[key].append(place)
    days = register.moments["received"].astype("datetime64[D]")
    late = np.flatnonzero(again & (days >= days[0] + 7))
    for place in late:
        key = (register.cells["person"][place], register.cells["category_name"][place])
        earlier = [n for n in callers[key] if n < place and days[place] - days[n] <= np.timedelta64(6, "D")]
        assert earlier
        texts = [register.cells["content_fingerprint"][n].removeprefix("模拟诉求：") for n in earlier]
        assert any(register.cells["content_fingerprint"][place].endswith(text) for text in texts)


def test_an_address_names_one_building_in_every_spelling() -> None:
    persons = np.arange(0, 400_000, 7)
    rng = np.random.default_rng(1)
    named = zip(addresses(persons, rng), building_names(persons), strict=True)
    assert {address == "" or building(address) == name for address, name in named} == {True}
    assert len(set(building_names(np.arange(BUILDINGS)))) == BUILDINGS
    streets = np.bincount(street_of(load_city(SETTINGS), persons), minlength=152) / len(persons)
    assert np.abs(streets - load_city(SETTINGS).share).max() < 0.002


def test_units_have_codes_and_levels() -> None:
    units = units_of(load_city(SETTINGS))
    assert len(set(units.code)) == len(set(units.name)) == len(units.level)
    assert 30 <= len(units.code) <= 45
    assert set(units.level.tolist()) == {1, 2, 3}


def test_calls_connect_less_well_in_cold_snaps() -> None:
    run = Run(load_city(SETTINGS), load_calendar(SETTINGS, UNTIL), 7, 1.0, date(2025, 11, 5), date(2026, 3, 31))
    counts = {day: calls._counts(run, day).sum(axis=1) for day in run.days}
    cold = sum(found for day, found in counts.items() if calls.is_cold_snap(run, day))
    usual = sum(found for day, found in counts.items() if not calls.is_cold_snap(run, day))
    assert cold[2] / cold[0] < 0.88
    assert 0.95 < usual[2] / usual[0] < 0.97
    assert all((found[0], found[1] >= found[2]) == (found[1] + found[3], True) for found in counts.values())


def test_cases_carry_their_subcategory_urgency_and_secrecy(winter: Winter) -> None:
    cells = winter[2].cells
    assert 0.015 < (cells["is_confidential"] == "是").mean() < 0.025
    assert set(cells["urgency"]) == {"一般", "紧急", "特急"}
    assert set(cells["subcategory_name"]) == {"", *(name for names in SUBCATEGORIES.values() for name in names)}
    assert (cells["place_token"] == "").mean() < 0.1
