"""Each line of the hostile list gets its verdict, in time, and what it says lands as text or not at all."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from ingestion.contract import Contract
from ingestion.errors import ContractError
from ingestion.land import land_feed
from ingestion.receipts import Receipt
from ingestion.settings import Settings
from ingestion.sighting import printable
from tests.feeds.forms import headers, seal, write_delivery
from tests.feeds.landed import landed
from tests.feeds.test_hostile import readings
from tests.reliability.figures import record
from tests.reliability.hostile import CASES, EVENTS, FILES, GRID, HEATING, IRREGULAR, TEXTS, Payload

LONGEST = 20.0  # seconds for one file, on a busy machine
NAME_BYTES = 255 - len(".ok")
sent: Counter[str] = Counter()
kept: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def figures() -> Iterator[None]:
    """What was sent, and what came out as it should."""
    yield
    record("hostile.landing", payloads=sent.total(), as_expected=kept.total(), by_kind=dict(sorted(sent.items())))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", key_file=tmp_path / "key.json", memory="1GB")


def send(settings: Settings, contract: Contract, name: str | bytes, content: bytes) -> Receipt:
    path = settings.inbox / contract.feed / os.fsdecode(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if len(os.fsencode(path.name)) <= NAME_BYTES:
        seal(path)
    else:
        time.sleep(1.1)  # no sentinel has room beside it
    begun = time.monotonic()
    (receipt,) = land_feed(settings, contract.feed).receipts
    assert time.monotonic() - begun < LONGEST
    assert receipt.file_name == printable(path.name)
    return receipt


@pytest.mark.parametrize("payload", FILES, ids=lambda payload: payload.label)
def test_a_hostile_file_gets_its_verdict(settings: Settings, payload: Payload) -> None:
    sent["files"] += 1
    receipt = send(settings, payload.contract, payload.name, payload.content())
    told = [f"aside:{rule}" for rule in receipt.quarantine_rules] or [receipt.status]
    assert (told if receipt.rule is None else [f"refused:{receipt.rule}"]) == [payload.verdict]
    assert receipt.landed == len(landed(settings, payload.contract.feed))
    assert (receipt.landed > 0) == (receipt.status == "landed"), "good rows land beside a bad one"
    assert receipt.quarantined == payload.verdict.startswith("aside:")
    kept["files"] += 1


def test_what_is_no_file_is_never_opened(settings: Settings) -> None:
    sent["what is no file"] += len(IRREGULAR) + 1
    folder = settings.inbox / HEATING.feed
    (folder / "src=forged").mkdir(parents=True)
    (folder / "src=forged" / "a.csv").write_bytes(readings("P1"))
    for label, make in IRREGULAR.items():
        make(folder / f"{label}.csv")
    receipts = land_feed(settings, HEATING.feed).receipts
    assert {(r.file_name, r.rule) for r in receipts} == {(f"{label}.csv", "irregular") for label in IRREGULAR}
    assert [path.name for path in folder.iterdir()] == ["src=forged"], "a folder is no delivery, nor what lies in it"
    kept["what is no file"] += len(IRREGULAR) + 1


def test_a_name_that_is_a_pattern_stands_for_itself(settings: Settings) -> None:
    sent["patterns as names"] += 3
    folder = settings.inbox / HEATING.feed
    folder.mkdir(parents=True)
    for name, point in (("1.csv", "P1"), ("2.csv", "P2"), ("[1].csv", "P3"), ("*.csv", "P4"), ("?.csv", "P5")):
        (folder / name).write_bytes(readings(point))
        seal(folder / name)
    points = {receipt.batch_id: receipt.file_name for receipt in land_feed(settings, HEATING.feed).receipts}
    found = {points[row["batch_id"]]: row["point_id"] for row in landed(settings, HEATING.feed)}
    assert found == {"1.csv": "P1", "2.csv": "P2", "[1].csv": "P3", "*.csv": "P4", "?.csv": "P5"}
    kept["patterns as names"] += 3


@pytest.mark.parametrize(
    ("contract", "name", "columns"),
    [
        (HEATING, "a.csv", ["enterprise_name"]),
        (EVENTS, "a.xls", ["unit_name"]),
        (CASES, "a.xlsx", ["enterprise_name", "district_name", "street_name"]),
        (GRID, "a.jsonl", ["item_code"]),
    ],
    ids=lambda value: getattr(value, "feed", None),
)
def test_a_hostile_text_lands_as_it_is(settings: Settings, contract: Contract, name: str, columns: list[str]) -> None:
    fit = [text for text in TEXTS if not (contract is CASES and text.startswith("="))]  # our writer would calculate it
    fit = [text for text in fit if not (contract is GRID and text[0] in "＝＋－＠")]  # of codes the width is folded
    sent["texts in rows"] += len(fit)
    key = contract.column(contract.key[0]).header[0]
    places = [contract.column(column).header[0] for column in columns]
    rows = [contract.examples[0].source | {key: f"K{n}"} | dict.fromkeys(places, text) for n, text in enumerate(fit)]
    write_delivery(contract, rows, settings.inbox / contract.feed / name)
    (receipt,) = land_feed(settings, contract.feed).receipts
    found = [[row[column] for column in columns] for row in landed(settings, contract.feed)]
    assert (receipt.quarantined, found) == (0, [[text] * len(columns) for text in fit])
    kept["texts in rows"] += len(fit)


def test_a_hostile_header_or_name_is_told_by_its_place_or_as_text(settings: Settings) -> None:
    """The names of the files are hostile too: the page of runs shows that of the last."""
    sent["headers"] += 2 * len(TEXTS)
    folder = settings.inbox / HEATING.feed
    folder.mkdir(parents=True)
    for number, text in enumerate(TEXTS):
        header = '"' + text.replace('"', '""') + '"'
        first, rest = readings(f"P{number}").decode().split("\n", 1)
        content = f"{first},{header}\n{rest.strip()},x\n"
        for name, data in ((f"new {number}", content), (f"renamed {number}", content.replace("point_id", header, 1))):
            path = folder / f"{name} {text.replace('/', '')}.csv"
            path.write_text(data, encoding="utf-8")
            seal(path)
    receipts = land_feed(settings, HEATING.feed).receipts
    assert Counter((r.landed, r.rule) for r in receipts) == {(1, None): len(TEXTS), (0, "header"): len(TEXTS)}
    new = [f"column {len(headers(HEATING)) + 1}"]
    assert all(r.unknown_columns == new for r in receipts if r.landed)
    told = [str(r.message).partition(": ")[2] for r in receipts if not r.landed]
    assert not [text for text in TEXTS if any(text in message for message in told)], "what stands there may be a person"
    kept["headers"] += 2 * len(TEXTS)


@pytest.mark.parametrize("feed", ["x'; DROP TABLE y; --", "../hotline_city", "a\nb", "{{ x }}", "*", ""])
def test_a_hostile_name_of_a_feed_is_none(settings: Settings, feed: str) -> None:
    sent["names of feeds"] += 1
    said = HEATING.model_dump()
    assert Contract.model_validate(said) == HEATING
    with pytest.raises(ContractError, match="No feed named"):
        land_feed(settings, feed)
    with pytest.raises(ValidationError, match="feed"):
        Contract.model_validate(said | {"feed": feed})
    kept["names of feeds"] += 1
