"""Every check of the gate can fail: what it asks for is broken in a copy of a sound warehouse, and it turns red."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from expectations.suite import load_suites
from ingestion.contract import load_contracts
from ingestion.settings import Settings
from tests.reliability.figures import record
from tests.reliability.whole.gate_mutants import BY_HAND
from tests.reliability.whole.gate_trials import (
    Pair,
    has_shape,
    named,
    with_broken_figures,
    with_broken_rows,
    with_broken_shapes,
)
from warehouse.engine import connect


@pytest.fixture(scope="module")
def pairs(whole_city: Settings) -> list[Pair]:
    suites = load_suites(whole_city, load_contracts(whole_city))
    return [(suite, check) for suite in suites for check in suite.checks]


def test_every_check_of_the_gate_was_asked_of_the_sound_warehouse(whole_city: Settings, pairs: list[Pair]) -> None:
    asked = "SELECT suite || '.' || check_id FROM dq.check_result WHERE severity <> 'critical' OR success"
    with connect(whole_city.warehouse_db, settings=whole_city, read_only=True) as connection:
        assert {name for (name,) in connection.execute(asked).fetchall()} >= {named(pair) for pair in pairs}


def test_every_check_of_the_gate_finds_each_error_made_for_it(
    whole_city: Settings, pairs: list[Pair], tmp_path_factory: pytest.TempPathFactory
) -> None:
    began, home = time.monotonic(), tmp_path_factory.mktemp("gate_mutants")
    rows = with_broken_rows(whole_city, home / "rows", pairs)
    shapes = with_broken_shapes(whole_city, home / "shapes", pairs)
    figures = [pair for pair in pairs if named(pair) not in rows and not has_shape(pair)]
    made, killed = Counter[str](), Counter[str]()
    for trial in (rows, shapes, with_broken_figures(whole_city, home / "figures", figures)):
        made.update({name: result.made for name, result in trial.items()})
        killed.update({name: result.killed for name, result in trial.items()})
    seconds = round(time.monotonic() - began, 1)
    record("mutants.gate", checks=len(pairs), made=made.total(), killed=killed.total(), seconds=seconds)
    assert {named(pair) for pair in pairs if not made[named(pair)]} == set()
    assert {name: (made[name], killed[name]) for name in made if killed[name] != made[name]} == {}


def test_what_is_broken_by_hand_is_a_check_of_the_gate(pairs: list[Pair]) -> None:
    assert {name for name, _ in BY_HAND} <= {named(pair) for pair in pairs}
