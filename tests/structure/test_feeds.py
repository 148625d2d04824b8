"""What follows from a contract is in step with it, and every feed comes with its staging model and its examples."""

from __future__ import annotations

import pytest

from citypulse.derived import derived_files
from ingestion.contract import Contract, load_contracts
from tests.structure.repo import BUILT_IN, DBT, is_bilingual, place

CONTRACTS = load_contracts(BUILT_IN)
STAGING = DBT / "models" / "staging"
feeds = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=list(CONTRACTS))


def test_derived_files_are_in_step_with_the_contracts() -> None:
    expected = derived_files(BUILT_IN)
    stale = [place(path) for path, text in expected.items() if not path.exists() or path.read_text("utf-8") != text]
    assert not stale, "run `citypulse contracts sync` and commit what it writes"


def test_no_derived_suite_outlives_its_contract() -> None:
    suites = {path for folder in {path.parent for path in derived_files(BUILT_IN)} for path in folder.glob("raw_*.yml")}
    orphans = [place(path) for path in suites - set(derived_files(BUILT_IN))]
    assert not orphans, "no contract has this name: delete the suite, or bring the contract back"


@feeds
def test_a_feed_has_exactly_one_staging_model_with_its_description(contract: Contract) -> None:
    models = [path.name for path in sorted((DBT / "models").rglob(f"stg_{contract.feed}.*"))]
    assert models == [f"stg_{contract.feed}.sql", f"stg_{contract.feed}.yml"], (
        f"write dbt_project/models/staging/stg_{contract.feed}.sql and .yml (docs/add-a-feed.md)"
    )


def test_only_staging_reads_what_has_landed() -> None:
    readers = [path for path in (DBT / "models").rglob("*.sql") if "source(" in path.read_text(encoding="utf-8")]
    assert {place(path) for path in readers if path.parent != STAGING} == set(), "read it in a stg_ model, ref() that"


@feeds
def test_a_feed_shows_by_examples_what_becomes_of_its_rows(contract: Contract) -> None:
    assert len(contract.examples) >= 2, f"add examples to ingestion/feeds/{contract.feed}.yml: they are its test"
    fates = {"becomes" if example.becomes is not None else "quarantined" for example in contract.examples}
    assert fates == {"becomes", "quarantined"}, "show one row that lands and one that is set aside, and why"


@feeds
def test_a_contract_names_everything_in_both_languages(contract: Contract) -> None:
    pairs = [(contract.name_zh, contract.name_en), (contract.owner_zh, contract.owner_en)]
    pairs += [(column.meaning_zh, column.meaning_en) for column in contract.columns]
    missing = [pair for pair in pairs if not is_bilingual(" / ".join(pair))]
    assert not missing, f"give both languages in ingestion/feeds/{contract.feed}.yml"


@feeds
def test_a_contract_says_with_whom_its_rows_are_shared(contract: Contract) -> None:
    assert "sharing" in contract.model_fields_set, (
        f"add `sharing:` to ingestion/feeds/{contract.feed}.yml (docs/access.md)"
    )
    assert is_bilingual(f"{contract.sharing.basis_zh} / {contract.sharing.basis_en}"), (
        "give its basis in both languages"
    )
