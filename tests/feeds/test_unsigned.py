"""A negative number that was read without its sign gets it back, exactly, by what its contract declares."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from ingestion import straight
from ingestion.contract import Column
from ingestion.land import land_feed
from ingestion.settings import Settings
from tests.feeds.contracts import change_contract, columns_of
from tests.feeds.forms import write_delivery
from tests.feeds.landed import landed

FEED = "heating_room_temperature"


def column(**said: Any) -> Column:
    meaning = {"meaning_zh": "值", "meaning_en": "value"}
    return Column.model_validate({"name": "value", "header": ["value"], "type": "decimal", **meaning, **said})


def reading(number: int, value: str) -> dict[str, str]:
    row = {"point_id": f"P{number:05}", "measured_at": "2026-01-05 08:00:00", "temperature": value}
    return row | {"room_type": "bedroom", "customer_status": "on", "street_code": "210202001", "enterprise": "样例"}


@pytest.mark.parametrize(("bits", "step", "scale"), [(16, "0.1", 2), (16, "0.01", 2), (8, "0.5", 1), (32, "0.001", 4)])
@pytest.mark.parametrize("worth", [0, 1 << 60])
def test_every_negative_number_is_found_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, bits: int, step: str, scale: int, worth: int
) -> None:
    monkeypatch.setattr(straight, "WORTH", worth)
    rule = {"precision": 14, "scale": scale, "unsigned": {"bits": bits, "step": step}}
    columns = [said | rule if said["name"] == "temperature_c" else said for said in columns_of(FEED)]
    changed, contract = change_contract(settings, FEED, columns=columns)
    dice, half = random.Random(bits), 2 ** (bits - 1)
    edges = [0, 1, -1, half - 1, -half, *(dice.randrange(-half, half) for _ in range(40))]
    many = [
        dice.randrange(half) for _ in range(2000)
    ]  # so that those without a sign are few, and the rest goes straight
    signed = edges + many
    rows = [reading(n, str((count % 2**bits) * Decimal(step))) for n, count in enumerate(signed)]
    write_delivery(contract, rows, changed.inbox / FEED / "a.csv")
    (receipt,) = land_feed(changed, FEED).receipts
    found = {row["point_id"]: row["temperature_c"] for row in landed(changed, FEED)}
    assert [found[f"P{n:05}"] for n in range(len(signed))] == [count * Decimal(step) for count in signed]
    assert receipt.flags == {"temperature_c|sign_restored": sum(count < 0 for count in signed)}


def test_what_no_such_sensor_can_send_is_set_aside(settings: Settings) -> None:
    values = ["6553.5", "6553.6", "3276.8", "-0.3", "９９.9", "６５５３.３"]
    changed, contract = change_contract(settings, FEED)
    rows = [reading(n, value) for n, value in enumerate(values)]
    write_delivery(contract, rows, changed.inbox / FEED / "a.csv")
    (receipt,) = land_feed(changed, FEED).receipts
    found = {row["point_id"]: str(row["temperature_c"]) for row in landed(changed, FEED)}
    assert found == {"P00000": "-0.10", "P00003": "-0.30", "P00004": "99.90", "P00005": "-0.30"}
    assert receipt.quarantine_rules == {"not_a_number": 2}
    assert receipt.flags == {"temperature_c|sign_restored": 2}


@pytest.mark.parametrize(
    "said",
    [
        {"type": "integer", "unsigned": {"bits": 16, "step": "1"}},
        {"scale": 2, "unsigned": {"bits": 12, "step": "0.1"}},
        {"scale": 2, "unsigned": {"bits": 16, "step": "0"}},
        {"scale": 2, "unsigned": {"bits": 16, "step": "-0.1"}},
        {"scale": 1, "unsigned": {"bits": 16, "step": "0.01"}},
    ],
)
def test_a_rule_that_cannot_hold_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        column(**said)
