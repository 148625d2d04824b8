"""The dbt project by its files: every KPI explained, every public column described, every test named and at work."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from ingestion.contract import Contract
from tests.structure.repo import DBT, dbt_resources, is_bilingual, load_yaml, place

DOMAINS = "|".join(get_args(Contract.model_fields["domain"].annotation))
KPI_CODE = re.compile(rf"'((?:{DOMAINS})\.[a-z_]+)'")
PUBLIC_MODELS = [  # an older version is described with the latest
    path
    for path in sorted([*DBT.glob("models/marts/*.sql"), *DBT.glob("models/kpi/*.sql")])
    if not re.search(r"_v\d+$", path.stem)
]
LAYERS = {"staging": ("stg_",), "intermediate": ("int_",), "marts": ("fct_", "dim_"), "kpi": ("kpi_", "fct_kpi_")}


def dictionary() -> dict[str, dict[str, str]]:
    with (DBT / "seeds" / "kpi_dictionary.csv").open(encoding="utf-8", newline="") as stream:
        return {row["kpi_code"]: row for row in csv.DictReader(stream)}


def test_every_kpi_in_sql_is_in_the_dictionary_and_the_reverse() -> None:
    places = [*(DBT / "models" / "kpi").glob("*.sql"), *(DBT / "macros").glob("*_kpi_rows.sql")]
    defined = {code for path in places for code in KPI_CODE.findall(path.read_text(encoding="utf-8"))}
    assert defined == set(dictionary()), "a KPI is one row of seeds/kpi_dictionary.csv and one part of a kpi_ model"


@pytest.mark.parametrize("code", dictionary())
def test_a_kpi_is_explained_in_both_languages(code: str) -> None:
    row = dictionary()[code]
    for what in ("name", "formula", "owner"):
        pair = f"{row[f'{what}_zh']} / {row[f'{what}_en']}"
        assert is_bilingual(pair), f"fill {what}_zh and {what}_en in dbt_project/seeds/kpi_dictionary.csv"


@pytest.mark.parametrize("model", PUBLIC_MODELS, ids=lambda path: path.stem)
def test_a_mart_describes_itself_and_its_columns_in_both_languages(model: Path) -> None:
    beside = model.with_suffix(".yml")
    assert beside.exists(), f"write {place(beside)}"
    (described,) = [entry for entry in load_yaml(beside)["models"] if entry["name"] == model.stem]
    texts = {model.stem: described["description"]}
    texts |= {column["name"]: column.get("description", "") for column in described["columns"]}
    missing = [name for name, text in texts.items() if not is_bilingual(text)]
    assert not missing, f"describe them as '中文 / English' in {place(beside)}"


@pytest.mark.parametrize("model", sorted((DBT / "models").rglob("*.sql")), ids=lambda path: path.stem)
def test_a_model_says_its_grain_and_is_named_after_its_layer(model: Path) -> None:
    assert model.read_text(encoding="utf-8").startswith("-- One row per "), "begin with its grain and why it exists"
    assert model.stem.startswith(LAYERS[model.parent.name]), f"in {model.parent.name}: {LAYERS[model.parent.name]}"


def data_tests(resource: dict[str, Any]) -> Iterator[Any]:
    for owner in (resource, *resource.get("columns", [])):
        yield from owner.get("data_tests", [])
        assert "tests" not in owner, "dbt calls them `data_tests`"


def test_every_dbt_test_says_in_its_name_what_is_true() -> None:
    nameless = []
    for path, resource in dbt_resources():
        form = re.compile(rf"{resource['name']}__[a-z0-9_]+")
        for test in data_tests(resource):
            (arguments,) = test.values() if isinstance(test, dict) else [None]
            if not (isinstance(arguments, dict) and form.fullmatch(arguments.get("name", ""))):
                nameless.append(f"{place(path)}: {test}")
    singular = [
        path.stem for path in (DBT / "tests").glob("*.sql") if not re.fullmatch("[a-z_]+__[a-z0-9_]+", path.stem)
    ]
    assert not nameless + singular, "name it `<model>__<what_is_true>`"


def test_every_dbt_unit_test_is_named_after_its_model() -> None:
    unit_tests = [test for path in DBT.glob("models/**/*.yml") for test in load_yaml(path).get("unit_tests", [])]
    assert unit_tests
    wrong = [t["name"] for t in unit_tests if not re.fullmatch(rf"{t['model']}__[a-z0-9_]+", t["name"])]
    assert not wrong, "name it `<model>__<what_is_true>`"


def test_no_dbt_test_is_disabled_or_softened() -> None:
    soft = re.compile(r"\benabled\s*[:=]\s*false|severity\s*[:=]\s*.?warn|warn_if|error_if", re.IGNORECASE)
    files = [path for kind in ("sql", "yml") for path in DBT.rglob(f"*.{kind}") if "target" not in path.parts]
    found = [place(path) for path in files if soft.search(path.read_text(encoding="utf-8"))]
    assert not found, "repair what the test found, or delete the test and say why"
