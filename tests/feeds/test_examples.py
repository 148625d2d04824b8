"""Each contract's examples are its test: written in the feed's own form, landed, compared."""

from __future__ import annotations

import pytest

from ingestion.contract import Contract, load_contracts
from ingestion.land import land_feed
from ingestion.settings import Settings, load_settings
from tests.feeds.forms import write_delivery
from tests.feeds.landed import landed, set_aside

CONTRACTS = load_contracts(load_settings())


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_examples_become_what_the_contract_says(contract: Contract, settings: Settings) -> None:
    ending = contract.arrives.pattern.removeprefix("*")
    rows = [example.source for example in contract.examples]
    write_delivery(contract, rows, settings.inbox / contract.feed / f"examples{ending}")
    report = land_feed(settings, contract.feed)

    wanted = [example.becomes for example in contract.examples if example.becomes is not None]
    found = landed(settings, contract.feed)
    assert len(found) == len(wanted)
    for row, becomes in zip(found, wanted, strict=True):
        assert {name: _plain(row[name]) for name in becomes} == {k: _plain(v) for k, v in becomes.items()}

    aside = [(e["column"], e["rule"]) for example in contract.examples if (e := example.quarantined)]
    assert [(column, rule) for _, column, rule in set_aside(settings, contract.feed)] == aside
    receipt = report.receipts[0]
    assert (receipt.received, receipt.landed, receipt.quarantined) == (len(rows), len(wanted), len(aside))


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_personal_columns_never_reach_landing(contract: Contract, settings: Settings) -> None:
    dropped = {column.name for column in contract.columns if column.personal == "drop"}
    tokens = [column for column in contract.columns if column.personal == "token"]
    rows = [example.source for example in contract.examples]
    path = write_delivery(contract, rows, settings.inbox / contract.feed / f"a{contract.arrives.pattern[1:]}")
    assert path.exists()
    land_feed(settings, contract.feed)
    for row in landed(settings, contract.feed):
        assert not dropped & set(row)
        for column in tokens:
            assert row[column.name] is None or row[column.name].startswith("v1:")


def _plain(value: object) -> object:
    return value if isinstance(value, bool) or value is None else str(value)
