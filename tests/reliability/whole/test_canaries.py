"""Nobody is exposed: canary persons and secrets of a whole run are in the vault and in no other byte of the home."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.contract import load_contracts
from ingestion.privacy import load_key
from ingestion.settings import Settings
from tests.reliability.byte_search import Search, contents
from tests.reliability.canaries import STEMS, Planted, is_free, outside_the_vault, persons_in
from tests.reliability.figures import record
from tests.reliability.whole.conftest import SECRETS

PLACES = {
    *("landing", "quarantine", "receipts", "warehouse", "releases", "serving", "logs", "site", "briefs", "work"),
    "output.txt",
}


def left(settings: Settings) -> list[Path]:
    """All that the run has left where no person belongs, and what it printed."""
    return [*outside_the_vault(settings.home), settings.home.parent / "output.txt"]


def in_vault(settings: Settings) -> set[int]:
    files = [path for path in settings.vault.rglob("*") if path.is_file()]
    return {number for path in files for content in contents(path) for number in persons_in(content)}


def test_every_personal_and_every_free_column_of_every_contract_held_a_person(planted: Planted) -> None:
    contracts = load_contracts(planted.settings)
    wanted = {
        f"{contract.feed}.{column.name}"
        for contract in contracts.values()
        for column in contract.columns
        if (column.personal and column.header) or is_free(column)
    }
    assert wanted <= planted.fields
    for place in ("shifted", "unknown column", "refused", "misnamed"):
        assert {f"{feed} {place}" for feed in contracts} <= planted.fields
    assert "file name" in planted.fields


@pytest.fixture(scope="module")
def looked_through(whole_city: Settings) -> Search:
    """One look for persons and secrets alike: reading everything back is what takes the time."""
    key = load_key(whole_city).secret
    return Search((*STEMS, key.hex(), *SECRETS.values()), (key,)).through(left(whole_city))


def test_no_byte_outside_the_vault_holds_a_canary_person_or_a_secret(
    planted: Planted, whole_city: Settings, looked_through: Search
) -> None:
    places = {path.relative_to(whole_city.home.parent).parts[:2] for path in left(whole_city)}
    assert {place[-1] for place in places} >= PLACES
    kept = in_vault(whole_city)
    record(
        "canaries",
        persons=planted.persons,
        places_planted=len(planted.fields),
        fields=sum("." in place for place in planted.fields),
        deliveries=planted.files,
        files=looked_through.files,
        bytes_scanned=looked_through.bytes_scanned,
        hits=len(looked_through.hits),
        found_in_vault=len(kept & planted.in_contents),
        secrets=len(SECRETS) + 1,
    )
    assert looked_through.hits == []
    assert planted.in_contents <= kept, "the search must be able to find what is there"


def test_the_search_finds_canaries_in_the_originals(whole_city: Settings) -> None:
    originals = [path for path in whole_city.vault.rglob("*") if path.is_file()]
    kinds = {Path(hit).suffix for hit in Search(STEMS).through(originals).hits}
    assert {".csv", ".jsonl", ".xlsx", ".xls", ".zip", ".txt"} <= kinds


def test_not_even_the_vault_holds_a_secret_of_the_installation(whole_city: Settings) -> None:
    key = load_key(whole_city).secret
    search = Search((key.hex(), *SECRETS.values()), (key,))
    assert search.through(path for path in whole_city.vault.rglob("*") if path.is_file()).hits == []
    assert search.through([whole_city.key_file]).hits == [str(whole_city.key_file)], "it finds the key where it is"
