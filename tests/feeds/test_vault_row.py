"""A steward sees one row as it came, of every form a delivery can have, and is logged before."""

from __future__ import annotations

from pathlib import Path

import pytest

from citypulse.vault_row import vault_row
from ingestion import audit_log
from ingestion.audit_log import Access, entries
from ingestion.contract import Contract, load_contracts
from ingestion.errors import ContractError, NothingToDo
from ingestion.land import land_feed
from ingestion.receipts import Ledger
from ingestion.settings import Settings, load_settings
from tests.feeds.forms import write_delivery
from tests.feeds.landed import set_aside

CONTRACTS = load_contracts(load_settings())
FORMS = ("hotline_city", "hotline_province", "hotline_province_event", "grid_event", "heating_room_temperature")
REASON = "督办 2026-018 核实"


def land(settings: Settings, contract: Contract) -> str:
    rows = [example.source for example in contract.examples]
    write_delivery(contract, rows, settings.inbox / contract.feed / f"a{contract.arrives.pattern[1:]}")
    land_feed(settings, contract.feed)
    return Ledger(settings, contract.feed).receipts[-1].batch_id


@pytest.mark.parametrize("feed", FORMS)
def test_the_row_that_quarantine_names_is_shown_as_it_came(settings: Settings, feed: str) -> None:
    contract = CONTRACTS[feed]
    batch = land(settings, contract)
    [wanted] = [example.source for example in contract.examples if example.quarantined]
    [(row, _, _), *_] = set_aside(settings, feed)
    shown = vault_row(settings, batch[:12], row, REASON)
    assert {name: shown[name] for name in wanted} == {
        name: str(value).replace("\n", "\\n") for name, value in wanted.items()
    }
    [look] = entries(settings)
    assert (look["command"], look["subject"], look["outcome"]) == ("vault show", feed, "break_glass")
    assert look["filter"] == f"batch={batch[:24]} row={row}"
    assert not (settings.work / "vault_row").exists()


def test_without_a_line_in_the_log_nothing_is_shown(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = land(settings, CONTRACTS["hotline_city"])

    def full(settings: Settings, access: Access) -> int:
        raise OSError(28, "no space")

    monkeypatch.setattr(audit_log, "record", full)
    with pytest.raises(OSError, match="no space"):
        vault_row(settings, batch, 3, REASON)


@pytest.mark.parametrize(
    ("batch", "row", "reason", "error"),
    [
        ("../../etc", 3, REASON, ContractError),
        ("abc", 3, REASON, ContractError),
        ("0" * 12, 3, REASON, NothingToDo),
        ("", 999, REASON, NothingToDo),
        ("", 3, "看", ContractError),
    ],
)
def test_an_improper_look_is_refused(
    settings: Settings, batch: str, row: int, reason: str, error: type[Exception]
) -> None:
    landed = land(settings, CONTRACTS["hotline_city"])
    with pytest.raises(error):
        vault_row(settings, batch or landed, row, reason)
    assert entries(settings) == []


def test_what_a_terminal_would_obey_is_shown_as_text(settings: Settings, tmp_path: Path) -> None:
    contract = CONTRACTS["grid_event"]
    row = contract.examples[0].source | {"description": "a\u001b[2Jb"}
    write_delivery(contract, [row], settings.inbox / contract.feed / "a.jsonl")
    land_feed(settings, contract.feed)
    batch = Ledger(settings, contract.feed).receipts[-1].batch_id
    assert vault_row(settings, batch, 1, REASON)["description"] == "a\\x1b[2Jb"
