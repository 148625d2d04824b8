"""The unit tests bite: an error in the SQL of a KPI turns the unit test red that guards it; without it, none is red."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
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


def model_of(mutation: Mutation) -> str | None:
    """The model a mutation and its guard have in common; None where the error sits in a macro or in another model."""
    stem, guarded = Path(mutation.file).stem, mutation.noticed_by.partition("__")[0]
    return stem if stem == guarded and mutation.file.startswith("models/") else None


def batches() -> list[list[Mutation]]:
    """Mutations that can be made at once: a unit test sees its own model alone, so one of each model disturbs no other.

    What sits in a macro, or in a model that the guard reads through another, is made alone.
    """
    together: dict[int, list[Mutation]] = defaultdict(list)
    alone: list[list[Mutation]] = []
    seen: Counter[str] = Counter()
    for mutation in MUTATIONS:
        model = model_of(mutation)
        if model is None:
            alone.append([mutation])
        else:
            together[seen[model]].append(mutation)
            seen[model] += 1
    return [*together.values(), *alone]


def mutated(mutations: list[Mutation], copy_project: Callable[[Settings], Path]) -> Callable[[Settings], Path]:
    def copy(settings: Settings) -> Path:
        project = copy_project(settings)
        for mutation in mutations:
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


def test_every_unit_test_is_green_without_a_mutation(empty_warehouse: Settings) -> None:
    found = statuses(empty_warehouse, {"test_type:unit"})
    assert {name: status for name, status in found.items() if status != "pass"} == {}
    assert {mutation.noticed_by for mutation in MUTATIONS} <= set(found)
    manifest = json.loads((empty_warehouse.warehouse / "dbt_target" / "manifest.json").read_text("utf-8"))
    assert set(found) == {test["name"] for test in manifest["unit_tests"].values()}


@pytest.mark.parametrize("batch", batches(), ids=lambda batch: f"{len(batch)}: {named(batch[0])}")
def test_a_mutation_turns_its_guard_red(
    empty_warehouse: Settings, batch: list[Mutation], monkeypatch: pytest.MonkeyPatch
) -> None:
    copy: Any = mutated(batch, build.prepare_project)
    monkeypatch.setattr(build, "prepare_project", copy)
    found = statuses(empty_warehouse, {mutation.noticed_by for mutation in batch})
    unnoticed = {
        named(mutation): found[mutation.noticed_by] for mutation in batch if found[mutation.noticed_by] != "fail"
    }
    assert unnoticed == {}
