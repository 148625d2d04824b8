"""How a message becomes a line, how a topic finds its feed, and how a spool is recovered: without any broker."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ingestion.collectors.mqtt.broker import known_broker, tls_context
from ingestion.collectors.mqtt.intake import Intake
from ingestion.collectors.mqtt.message import Arrived, as_line
from ingestion.collectors.mqtt.routes import Routes, overlap
from ingestion.collectors.mqtt.spool import Spool
from ingestion.contract import Contract, Messages, Seal, load_contract, load_contracts
from ingestion.errors import ContractError, IntegrityError
from ingestion.settings import PACKAGE_ROOT, Settings, load_settings
from tests.collect.mqtt_home import ROOM, STATION

MESSAGES = Messages(topic="heating/room/+/up", point_level=3, largest_payload=4096)
AT = 1767571200.25
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


def line(payload: bytes) -> dict[str, Any]:
    made = as_line(Arrived("heating/room/P1/up", payload, dup=True), MESSAGES, AT)
    assert made.data.count(b"\n") == 1
    assert made.data.endswith(b"\n")
    found: dict[str, Any] = json.loads(made.data)
    assert found.get("citypulse_flaw") == made.flaw
    return found


@given(st.dictionaries(st.text(max_size=9), JSON, max_size=4), st.sampled_from([None, 2]), st.booleans())
def test_members_arrive_as_they_were_sent(members: dict[str, Any], indent: int | None, ascii_only: bool) -> None:
    payload = json.dumps(members, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    found = line(payload)
    assert found["citypulse_received_at"] == "2026-01-05 08:00:00.250"
    assert (found["citypulse_point"], found["citypulse_dup"], found["citypulse_retained"]) == ("P1", True, False)
    if "citypulse_flaw" not in found:
        assert {name: value for name, value in found.items() if not name.startswith("citypulse_")} == members


@given(st.binary(max_size=5000))
def test_any_bytes_become_one_line_and_stay_whole(payload: bytes) -> None:
    found = line(payload)
    if found.get("citypulse_flaw") == "oversized":
        assert found["citypulse_sha256"] == hashlib.sha256(payload).hexdigest()
        assert payload.startswith(base64.b64decode(found["citypulse_payload"]))
    elif "citypulse_flaw" in found:
        assert base64.b64decode(found["citypulse_payload"]) == payload
    assert found.get("citypulse_size", len(payload)) == len(payload)


@pytest.mark.parametrize(
    ("topic", "feed"),
    [
        ("heating/room/P1/up", ROOM),
        ("heating/room//up", ROOM),
        ("heating/station/S1/up", STATION),
        ("heating/room/P1/down", None),
        ("heating/room/a/b/up", None),
        ("$SYS/broker", None),
    ],
)
def test_a_topic_finds_its_feed(topic: str, feed: str | None) -> None:
    routes = Routes([contract for contract in load_contracts(load_settings()).values() if contract.messages])
    assert [routes.feed_of(topic), routes.feed_of(topic)] == [feed, feed]


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("a/+/c", "a/b/+", True),
        ("a/#", "a", True),
        ("a/#", "b/#", False),
        ("a/+", "a/b/c", False),
        ("+/b", "a/#", True),
    ],
)
def test_filters_that_meet_are_found(one: str, other: str, meet: bool) -> None:
    assert overlap(one.split("/"), other.split("/")) is meet
    assert overlap(other.split("/"), one.split("/")) is meet


@pytest.mark.parametrize(
    "changes",
    [
        {"topic": "$SYS/#"},
        {"topic": "a/#/b"},
        {"topic": "a+/b"},
        {"topic": ""},
        {"qos": 0},
        {"point_level": 1},
        {"point_level": 9},
        {"largest_payload": 1 << 30},
        {"password": "x"},
        {"seal": {"seconds": 0}},
    ],
)
def test_a_messages_section_is_strict(changes: dict[str, Any]) -> None:
    content = load_contract(PACKAGE_ROOT / "feeds" / f"{ROOM}.yml").model_dump()
    Contract.model_validate(content)
    content["messages"] |= changes
    with pytest.raises(ValidationError):
        Contract.model_validate(content)


def test_a_feed_of_messages_says_so_in_every_part() -> None:
    content = load_contract(PACKAGE_ROOT / "feeds" / f"{ROOM}.yml").model_dump()
    for part, change in {"messages": None, "arrives": content["arrives"] | {"how": "http"}}.items():
        with pytest.raises(ValidationError, match="go together"):
            Contract.model_validate(content | {part: change})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", key_file=tmp_path / "key.json")


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({}, "HOST"),
        ({"HOST": "mqtt://broker"}, "HOST"),
        ({"HOST": "b", "PORT": "x"}, "PORT"),
        ({"HOST": "b", "CLIENT_ID": "a b"}, "CLIENT_ID"),
        ({"HOST": "b", "CERT_FILE": "c.pem"}, "KEY_FILE"),
        ({"HOST": "b", "CA_FILE": "nowhere.pem"}, "CA_FILE"),
    ],
)
def test_a_wrong_setting_is_named_and_never_shown(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: str
) -> None:
    for name, value in {**variables, "PASSWORD": "secret-of-the-broker"}.items():
        monkeypatch.setenv(f"CITYPULSE_MQTT_{name}", value)
    with pytest.raises(ContractError, match=named) as raised:
        tls_context(known_broker(settings))
    assert not any(value in str(raised.value) for value in ("://broker", "secret", "nowhere"))


def test_a_home_keeps_its_name_at_the_broker(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYPULSE_MQTT_HOST", "broker.example")
    name = known_broker(settings).client_id
    assert name == known_broker(settings).client_id
    assert name != known_broker(load_settings(settings.home.parent / "other")).client_id
    assert "secret" not in repr(known_broker(settings))


def made(number: int) -> bytes:
    return as_line(Arrived("heating/room/P1/up", b'{"t": 1}'), MESSAGES, AT + number).data


@pytest.mark.parametrize("cut", [0, 1, 20, len(made(2)) - 1])
def test_a_recovered_spool_ends_with_its_last_whole_line(settings: Settings, cut: int) -> None:
    spool = Spool(settings, ROOM, Seal())
    spool.append([made(0), made(1)])
    with spool.path.open("ab") as stream:
        stream.write(made(2)[:cut])
    path = Spool(settings, ROOM, Seal()).recover()
    assert path is not None
    assert path.read_bytes() == made(0) + made(1)
    manifest = json.loads(path.with_name(path.name + ".manifest.json").read_text())
    assert (manifest["rows"], manifest["sha256"]) == (2, hashlib.sha256(path.read_bytes()).hexdigest())
    assert manifest["period"] == {"since": "2026-01-05 08:00:00.250", "until": "2026-01-05 08:00:01.250"}


def test_a_spool_with_nothing_whole_leaves_nothing(settings: Settings) -> None:
    spool = Spool(settings, ROOM, Seal())
    spool.append([made(0)])
    spool.path.write_bytes(made(0)[:-1])
    spool.inbox.mkdir(parents=True)
    (spool.inbox / "mqtt_x.jsonl.manifest.json").touch()
    assert Spool(settings, ROOM, Seal()).recover() is None
    assert not spool.path.exists()
    assert list(spool.inbox.iterdir()) == [], "a manifest whose segment never came is cleared away"


def test_a_spool_fills_by_size_count_and_age(settings: Settings) -> None:
    for seal, due in [(Seal(), False), (Seal(messages=2), True), (Seal(bytes=1024), True)]:
        spool = Spool(settings, ROOM, seal)
        assert spool.due_in is None
        spool.append([made(n) for n in range(9)])
        assert (spool.due_in == 0.0) is due
        assert spool.seal() is not None
        assert spool.seal() is None


def test_after_a_failed_write_nothing_more_is_written(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(settings, ROOM, Seal())
    spool.append([made(0)])

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(IntegrityError, match="No space left"):
            spool.append([made(1)])
    with pytest.raises(IntegrityError):
        spool.append([made(2)])
    assert made(2) not in spool.path.read_bytes()


class Noted:
    """A connection that notes what was on disk when it was told to acknowledge."""

    def __init__(self, spool: Path, synced: list[str]) -> None:
        self.spool, self.synced = spool, synced
        self.acknowledged: list[tuple[int, int, int]] = []

    def acknowledge(self, numbers: Iterable[int]) -> None:
        lines = self.spool.read_bytes().count(b"\n")
        self.acknowledged += [(number, lines, len(self.synced)) for number in numbers]


def test_nothing_is_acknowledged_before_it_is_written_and_synced(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = Intake(settings, [contract for contract in load_contracts(load_settings()).values() if contract.messages])
    synced: list[str] = []
    sync = os.fsync

    def noting(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        sync(descriptor)

    monkeypatch.setattr("os.fsync", noting)
    noted = Noted(intake.spools[ROOM].path, synced)
    for number in range(3):
        intake.receive(noted, Arrived("heating/room/P1/up", b"{}"), number)
    assert noted.acknowledged == []
    intake.write()
    assert [(number, lines) for number, lines, _ in noted.acknowledged] == [(1, 3), (2, 3)], "0 is QoS 0"
    assert synced.count(str(noted.spool)) == 1, "one fsync for the group"
    assert all(count == len(synced) for _, _, count in noted.acknowledged)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    intake.receive(noted, Arrived("heating/room/P1/up", b"{}"), 9)
    with pytest.raises(IntegrityError):
        intake.write()
    assert len(noted.acknowledged) == 2
