"""The unit tests bite: an error in the SQL of a KPI turns the unit test red that guards it; without it, none is red."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from tests.slow.mutations import MUTATIONS as HOTLINE_AND_GRID
from tests.slow.mutations import Mutation
from tests.slow.mutations_figures import FIGURES
from tests.slow.mutations_geo import GEO
from tests.slow.mutations_grid import GRID
from tests.slow.mutations_heating import HEATING
from tests.slow.mutations_mediation import MEDIATION
from tests.slow.mutations_programme import PROGRAMME
from tests.slow.mutations_property import PROPERTY_AND_CAPACITY
from warehouse import build

DBT = PROJECT_ROOT / "dbt_project"
MUTATIONS = [
    *HOTLINE_AND_GRID,
    *HEATING,
    *GEO,
    *GRID,
    *MEDIATION,
    *PROPERTY_AND_CAPACITY,
    *PROGRAMME,
    *FIGURES,
]


def named(mutation: Mutation) -> str:
    return f"{mutation.kpi_code}: {mutation.wrong}"


@pytest.fixture(scope="module")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A warehouse in which nothing landed: unit tests need the columns of their inputs, not their rows."""
    home = tmp_path_factory.mktemp("empty_warehouse")
    settings = Settings(home=home, key_file=home / "key.json", memory="1GB")
    build._show_landing(settings, [])
    outcome = build._invoke(settings, ["build", "--exclude-resource-type", "unit_test", "test"])
    assert outcome.success, outcome.exception
    return settings


def statuses(settings: Settings, unit_tests: set[str]) -> dict[str, str]:
    outcome = build._invoke(settings, ["test", "--select", *sorted(unit_tests)])
    assert outcome.result is not None, outcome.exception
    return {result.node.name: str(result.status) for result in outcome.result.results}


def mutated(mutation: Mutation, copy_project: Callable[[Settings], Path]) -> Callable[[Settings], Path]:
    def copy(settings: Settings) -> Path:
        project = copy_project(settings)
        path = project / mutation.file
        path.write_text(path.read_text("utf-8").replace(mutation.old, mutation.new), encoding="utf-8")
        return project

    return copy


def dictionary() -> set[str]:
    with (DBT / "seeds" / "kpi_dictionary.csv").open(encoding="utf-8", newline="") as stream:
        return {row["kpi_code"] for row in csv.DictReader(stream)}


def test_every_kpi_of_the_dictionary_has_a_mutation() -> None:
    assert {mutation.kpi_code for mutation in MUTATIONS} == dictionary(), "declare an error in tests/slow/mutations.py"


@pytest.mark.parametrize("mutation", MUTATIONS, ids=named)
def test_a_mutation_changes_one_place(mutation: Mutation) -> None:
    found = (DBT / mutation.file).read_text("utf-8").count(mutation.old)
    assert found == 1, f"{mutation.file} holds it {found} times: bring tests/slow/mutations.py in step with the SQL"
    assert mutation.new != mutation.old


def test_the_guards_are_green_without_a_mutation(empty_warehouse: Settings) -> None:
    guards = {mutation.noticed_by for mutation in MUTATIONS}
    assert statuses(empty_warehouse, guards) == dict.fromkeys(guards, "pass")


@pytest.mark.parametrize("mutation", MUTATIONS, ids=named)
def test_a_mutation_turns_its_guard_red(
    empty_warehouse: Settings, mutation: Mutation, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy: Any = mutated(mutation, build.prepare_project)
    monkeypatch.setattr(build, "prepare_project", copy)
    assert statuses(empty_warehouse, {mutation.noticed_by}) == {mutation.noticed_by: "fail"}, mutation.wrong
