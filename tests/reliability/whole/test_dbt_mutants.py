"""Every dbt data test can fail: what it says is broken in a copy of a sound warehouse, and it turns red."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import pytest

from ingestion.settings import Settings
from tests.reliability.figures import record
from tests.reliability.whole.dbt_mutants import DataTest, claims, data_tests, results
from tests.reliability.whole.dbt_mutants_by_hand import BY_HAND
from tests.reliability.whole.mutating import Attempt, Bench, plain_name, warehouse_copy


@pytest.fixture(scope="module")
def asked(whole_city: Settings) -> list[DataTest]:
    return data_tests(whole_city)


@pytest.fixture(scope="module")
def bench(whole_city: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with warehouse_copy(whole_city, tmp_path_factory.mktemp("dbt_mutants") / "home") as (_, copy):
        yield copy


def test_every_data_test_ran_passed_and_could_stop_the_build(asked: list[DataTest], whole_city: Settings) -> None:
    ran = results(whole_city)
    assert {test.node: ran.get(test.node) for test in asked if ran.get(test.node) != "pass"} == {}
    stops = {"severity": "ERROR", "error_if": "!= 0", "fail_calc": "count(*)", "limit": None, "enabled": True}
    assert [test.name for test in asked if {key: test.config[key] for key in stops} != stops] == []


def test_every_data_test_is_green_over_the_sound_warehouse(asked: list[DataTest], bench: Bench) -> None:
    assert {test.name: bench.count(test.sql) for test in asked if bench.count(test.sql)} == {}


def test_every_data_test_turns_red_for_each_thing_that_it_says(asked: list[DataTest], bench: Bench) -> None:
    began = time.monotonic()
    made, lives = tried(asked, bench)
    seconds = round(time.monotonic() - began, 1)
    record("mutants.dbt", tests=len(asked), made=made, killed=made - len(lives), seconds=seconds)
    assert made >= len(asked) > 0
    assert lives == [], "mend or delete the test, or say in dbt_mutants_by_hand.py what breaks it"


def test_a_data_test_that_finds_nothing_is_found_out(asked: list[DataTest], bench: Bench) -> None:
    of_each_kind = {test.kind: replace(test, sql="SELECT 1 WHERE FALSE") for test in asked if test.kind != "singular"}
    made, lives = tried(list(of_each_kind.values()), bench)
    assert len(lives) == made >= len(of_each_kind)


def test_what_is_broken_by_hand_is_a_test_of_the_project(asked: list[DataTest]) -> None:
    assert {name for name, _ in BY_HAND} <= {test.name for test in asked}


def by_hand(test: DataTest, claim: str) -> Iterator[Attempt]:
    if statement := BY_HAND.get((test.name, plain_name(claim))):
        yield [], [statement]


def tried(asked: list[DataTest], bench: Bench) -> tuple[int, list[tuple[str, str]]]:
    """How many things these tests say, and which of them no error turned red."""
    said = [(test, claim, attempts) for test in asked for claim, attempts in claims(test, bench).items()]
    lives = [
        (test.name, claim)
        for test, claim, attempts in said
        if not any(bench.turns_red(test.sql, attempt) for attempt in chain(attempts, by_hand(test, claim)))
    ]
    return len(said), lives
