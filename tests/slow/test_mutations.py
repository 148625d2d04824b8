"""The unit tests bite: an error in the SQL of a KPI turns the unit test red that guards it; without it, none is red."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from functools import cache
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
MACROS = {
    str(path.relative_to(DBT)): re.findall(r"{%-? macro (\w+)\(", path.read_text("utf-8"))
    for path in sorted(DBT.glob("macros/*.sql"))
}
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
    return {without_version(result.node.name): str(result.status) for result in outcome.result.results}


def without_version(name: str) -> str:
    """A unit test as its file names it: dbt adds the version of the model it runs for."""
    return re.sub(r"_v\d+$", "", name)


def read_by(file: str) -> set[str]:
    """The file and every macro file whose macros it names, or the macros it names do."""
    found, asked = {file}, [file]
    while asked:
        text = (DBT / asked.pop()).read_text("utf-8")
        named = {macro for macro, names in MACROS.items() if any(f"{name}(" in text for name in names)}
        asked += sorted(named - found)
        found |= named
    return found


@cache
def seen_by(guard: str) -> set[str]:
    """All files of which a unit test notices a change: it mocks what its model refers to."""
    (model,) = DBT.glob(f"models/*/{guard.partition('__')[0]}.sql")
    return read_by(str(model.relative_to(DBT)))


def batches() -> list[list[Mutation]]:
    """Mutations that can be made at once: no guard sees any file of its batch but that of its own mutation."""
    found: list[list[Mutation]] = []
    for mutation in MUTATIONS:
        seen = seen_by(mutation.noticed_by)
        for batch in found:
            if all(o.file not in seen and mutation.file not in seen_by(o.noticed_by) for o in batch):
                batch.append(mutation)
                break
        else:
            found.append([mutation])
    return found


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
    assert set(found) == {without_version(test["name"]) for test in manifest["unit_tests"].values()}


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
