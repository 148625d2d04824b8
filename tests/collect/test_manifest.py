"""Manifested drops: what the sender counted and hashed is held against what came."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ingestion import inbox
from ingestion.contract import load_contracts
from ingestion.errors import NothingToDo
from ingestion.inbox import deliveries, pending
from ingestion.land import land_feed
from ingestion.manifest import beside
from ingestion.receipts import Receipt
from ingestion.settings import Settings, load_settings
from tests.feeds.forms import age, headers
from tests.feeds.landed import landed, set_aside

FEED = "heating_room_temperature"
CONTRACT = load_contracts(load_settings())[FEED]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", key_file=tmp_path / "key.json", memory="1GB")


def reading(point: str, at: str = "2026-01-05 08:00:00", temperature: str = "18.00") -> str:
    return f"{point},{at},{temperature},bedroom,on,210202001,模拟热力"


def drop(settings: Settings, lines: list[str], name: str = "a.csv", **manifest: Any) -> Path:
    """One file and its manifest, true unless told otherwise."""
    path = settings.inbox / FEED / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([",".join(headers(CONTRACT)), *lines]) + "\n", encoding="utf-8")
    true = {"rows": len(lines), "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "period": "2026-01"}
    beside(path).write_text(json.dumps(true | manifest))
    return path


def land(settings: Settings) -> Receipt:
    return land_feed(settings, FEED).receipts[0]


def test_a_true_manifest_seals_and_lets_pass(settings: Settings) -> None:
    path = drop(settings, [reading("P1"), reading("P2", temperature="warm")], sent_by="省平台")
    receipt = land(settings)
    assert (receipt.status, receipt.received, receipt.landed, receipt.quarantined) == ("landed", 2, 1, 1)
    assert not path.exists()
    assert not beside(path).exists()


def test_other_bytes_than_were_sent_are_refused(settings: Settings) -> None:
    path = drop(settings, [reading("P1", temperature="60.00")])
    path.write_text(path.read_text("utf-8").replace("60.00", "6.00"), encoding="utf-8")
    receipt = land(settings)
    assert (receipt.status, receipt.rule, receipt.received) == ("refused", "manifest_sha256", 0)
    assert "Next step" in str(receipt.message)
    assert landed(settings, FEED) == []
    assert not path.exists(), "the bytes are in the vault"


def test_bytes_known_already_under_the_wrong_manifest_are_refused(settings: Settings) -> None:
    drop(settings, [reading("P1")])
    land(settings)
    drop(settings, [reading("P1")], sha256="0" * 64)
    assert land(settings).rule == "manifest_sha256"


@pytest.mark.parametrize("promised", [0, 1, 3])
def test_another_count_than_was_sent_is_refused_with_both_numbers(settings: Settings, promised: int) -> None:
    drop(settings, [reading("P1"), reading("P2", temperature="warm")], rows=promised)
    receipt = land(settings)
    assert (receipt.status, receipt.rule) == ("refused", "manifest_rows")
    assert f"holds 2 records, but its manifest says {promised}" in str(receipt.message)
    assert landed(settings, FEED) == []
    assert set_aside(settings, FEED) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"rows": 1}',
        b'{"rows": "1", "sha256": "%s"}' % (b"0" * 64),
        b'{"rows": -1, "sha256": "%s"}' % (b"0" * 64),
        b'{"rows": 1, "sha256": "short"}',
        b"\xff\xfe",
        b'{"rows": 1, "sha256": "' + b"0" * 100_000,
    ],
    ids=["empty", "cut", "list", "no_hash", "text_count", "negative", "short_hash", "no_text", "huge"],
)
def test_an_unreadable_manifest_is_refused(settings: Settings, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "SETTLE_SECONDS", 0.05)
    path = drop(settings, [reading("P1")])
    beside(path).write_bytes(content)
    path.with_name(f"{path.name}.ok").touch()
    age(beside(path), 0.06)
    receipt = land(settings)
    assert (receipt.status, receipt.rule) == ("refused", "manifest")
    assert list(path.parent.iterdir()) == []


def test_half_a_manifest_waits_for_its_other_half(settings: Settings) -> None:
    path = drop(settings, [reading("P1")])
    whole = beside(path).read_bytes()
    beside(path).write_bytes(whole[:20])
    assert [found.reason for found in deliveries(settings, CONTRACT)] == ["its manifest changed a moment ago"]
    with pytest.raises(NothingToDo):
        land(settings)
    beside(path).write_bytes(whole)
    assert len(pending(settings, CONTRACT)) == 1
    assert land(settings).status == "landed"


def test_a_manifest_with_a_byte_order_mark_or_big_letters_is_read(settings: Settings) -> None:
    path = drop(settings, [reading("P1")])
    text = beside(path).read_text().replace(hashlib.sha256(path.read_bytes()).hexdigest(), "{}")
    upper = hashlib.sha256(path.read_bytes()).hexdigest().upper()
    beside(path).write_text(text.replace('"{}"', f'"{upper}"'), encoding="utf-8-sig")
    assert land(settings).status == "landed"


def test_a_link_in_place_of_a_manifest_is_not_followed(settings: Settings, tmp_path: Path) -> None:
    path = drop(settings, [reading("P1")])
    os.replace(beside(path), tmp_path / "elsewhere.json")
    beside(path).symlink_to(tmp_path / "elsewhere.json")
    age(beside(path), 1.05)
    assert land(settings).rule == "manifest"
    assert (tmp_path / "elsewhere.json").exists()


def test_the_same_name_with_other_content_is_another_delivery(settings: Settings) -> None:
    drop(settings, [reading("P1"), reading("P2")])
    assert land(settings).landed == 2
    drop(settings, [reading("P2"), reading("P3")])
    again = land(settings)
    assert (again.received, again.landed, again.duplicates, again.batch_seq) == (2, 1, 1, 2)
    assert [row["point_id"] for row in landed(settings, FEED)] == ["P1", "P2", "P3"]


def test_a_late_correction_of_a_closed_month_lands_as_a_newer_version(settings: Settings) -> None:
    november, january = "2025-11-20 08:00:00", "2026-01-05 08:00:00"
    drop(settings, [reading("P1", november), reading("P2", november)], "november.csv", period="2025-11")
    land(settings)
    drop(settings, [reading("P1", january)], "january.csv")
    land(settings)
    drop(settings, [reading("P1", november, "19.50"), reading("P2", november)], "november.csv", period="2025-11")
    receipt = land(settings)
    assert (receipt.landed, receipt.duplicates, receipt.business_dates) == (1, 1, ["2025-11-20"])
    versions = [str(row["temperature_c"]) for row in landed(settings, FEED) if row["point_id"] == "P1"]
    assert sorted(versions) == ["18.00", "18.00", "19.50"]


@pytest.mark.parametrize("is_true", [True, False])
def test_the_manifest_of_a_zip_vouches_for_its_bytes(settings: Settings, is_true: bool) -> None:
    plain = drop(settings, [reading("P1")])
    path = plain.with_name("a.zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(plain, "a.csv")
    beside(plain).unlink()
    plain.unlink()
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if is_true else "0" * 64
    beside(path).write_text(json.dumps({"rows": 1, "sha256": digest}))
    assert land(settings).rule == (None if is_true else "manifest_sha256")
    assert list(path.parent.iterdir()) == []
