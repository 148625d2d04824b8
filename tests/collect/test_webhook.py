"""Pushed deliveries: who may send, what is refused before it is read, and that what is acknowledged lands once."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
import logging
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingestion import durable
from ingestion.collectors.webhook.keys import PushKey, make_key
from ingestion.collectors.webhook.limits import Limits
from ingestion.collectors.webhook.refusal import RULES
from ingestion.settings import PROJECT_ROOT, Settings
from tests.collect.push_home import FEED, Receiver, Watched, delivery, signed
from tests.feeds.contracts import change_contract
from tests.feeds.landed import landed, set_aside

BODY = delivery(1, 2, 3)
SHA256 = hashlib.sha256(BODY).hexdigest()
ROOM = "heating_room_message"
STRANGER = PushKey(f"{FEED}-stranger", FEED, "0" * 64)


@pytest.fixture
def receiver(tmp_path: Path) -> Receiver:
    return Receiver(Settings(home=tmp_path / "home", key_file=tmp_path / "key.json", memory="1GB"))


def refused(response: Any) -> tuple[int, str]:
    said = response.json()
    assert said.keys() == {"rule", "message", "next_step", "request_id"}
    assert response.headers["X-Request-Id"] == said["request_id"]
    return response.status_code, said["rule"]


def points(receiver: Receiver) -> list[str]:
    return sorted(row["point_id"] for row in landed(receiver.settings, FEED))


def test_a_pushed_delivery_lands_and_its_receipt_is_that_of_its_landing(receiver: Receiver) -> None:
    response = receiver.push(BODY, name="室温_0105.csv", rows=3)
    assert response.status_code == 202
    said = response.json()
    assert (said["receipt"], said["bytes"], said["rows"], said["repeated"]) == (SHA256, len(BODY), 3, False)
    assert receiver.inbox() == [said["file"], f"{said['file']}.manifest.json"]
    assert said["file"] == f"室温_0105_{SHA256[:12]}.csv"
    (receipt,) = receiver.land().receipts
    assert (receipt.batch_id, receipt.file_name, receipt.landed) == (said["receipt"], said["file"], 3)
    assert receiver.inbox() == receiver.halves == []


def test_without_a_count_it_is_sealed_all_the_same(receiver: Receiver) -> None:
    name = receiver.push(BODY).json()["file"]
    assert receiver.inbox() == [name, f"{name}.ok"]
    assert receiver.land().landed_rows == 3, "nothing waits for a file to stand still"


def test_a_count_that_is_not_true_is_found_by_landing(receiver: Receiver) -> None:
    assert receiver.push(BODY, rows=4).status_code == 202
    (receipt,) = receiver.land().receipts
    assert receipt.rule == "manifest_rows"


def test_without_a_name_one_is_made_that_fits(receiver: Receiver) -> None:
    name = receiver.push(BODY, name="").json()["file"]
    assert name.startswith("push_20")
    assert name.endswith(f"_{SHA256[:12]}.csv")
    assert receiver.land().landed_rows == 3


def test_an_unknown_key_and_a_wrong_signature_get_the_same_answer(receiver: Receiver) -> None:
    unknown = receiver.post(BODY, signed(STRANGER, BODY))
    wrong = receiver.push(BODY, X_Citypulse_Signature="0" * 64)
    foreign = receiver.post(BODY, signed(replace(receiver.key, secret="1" * 64), BODY))
    missing = receiver.push(BODY, X_Citypulse_Key=None)
    answers = [unknown, wrong, foreign, missing]
    assert {refused(one) for one in answers} == {(401, "signature")}
    assert len({json.dumps({**one.json(), "request_id": ""}) for one in answers}) == 1


@pytest.mark.parametrize("part", ["Timestamp", "Sha256", "File-Name", "Rows"])
def test_nothing_that_is_signed_can_be_changed(receiver: Receiver, part: str) -> None:
    other = {"Timestamp": str(int(time.time()) + 1), "Sha256": "0" * 64, "File-Name": "b.csv", "Rows": "4"}[part]
    assert refused(receiver.push(BODY, rows=3, **{f"X_Citypulse_{part.replace('-', '_')}": other})) == (
        401,
        "signature",
    )


def test_other_bytes_than_were_signed_leave_nothing(receiver: Receiver) -> None:
    changed = BODY.replace(b"18.00", b"28.00")
    assert refused(receiver.post(changed, signed(receiver.key, BODY))) == (400, "sha256")
    assert receiver.inbox() == receiver.halves == []


@pytest.mark.parametrize("seconds", [-301, 302])
def test_outside_the_window_a_signature_is_worth_nothing(receiver: Receiver, seconds: int) -> None:
    assert refused(receiver.push(BODY, at=time.time() + seconds)) == (401, "timestamp")
    assert receiver.push(BODY, at=time.time() + seconds * 0.9).status_code == 202


def test_with_sm3_the_installation_wants_sm3(receiver: Receiver) -> None:
    receiver.settings = replace(receiver.settings, token_digest="sm3")
    receiver.open(receiver.limits)
    assert refused(receiver.push(BODY)) == (401, "signature")
    assert receiver.push(BODY, digest="sm3").status_code == 202


def test_a_key_is_for_one_feed(receiver: Receiver) -> None:
    other = receiver.post(BODY, signed(receiver.key, BODY, feed="hotline_city"), feed="hotline_city")
    nowhere = receiver.post(BODY, signed(receiver.key, BODY, feed="no_such_feed"), feed="no_such_feed")
    assert refused(other) == refused(nowhere) == (403, "feed")
    assert other.json()["message"] == nowhere.json()["message"], "which feeds there are is not told"


def test_a_replay_does_nothing_and_gets_the_receipt_again_also_after_a_restart(receiver: Receiver) -> None:
    headers = signed(receiver.key, BODY)
    first = receiver.post(BODY, headers).json()
    receiver.land()
    receiver.open(receiver.limits)
    again = receiver.post(BODY, headers)
    assert again.status_code == 200
    assert again.json() == {**first, "repeated": True, "request_id": again.json()["request_id"]}
    assert receiver.inbox() == []


def test_a_retry_signed_anew_lands_once_whether_it_waits_or_has_landed(receiver: Receiver) -> None:
    now = time.time()
    first, waiting = (receiver.push(BODY, at=now + n).json()["receipt"] for n in (0, 1))
    assert first == waiting
    assert receiver.land().deliveries == 1, "it was the same file"
    assert receiver.push(BODY, at=now + 2).json()["receipt"] == first
    (receipt,) = receiver.land().receipts
    assert (receipt.status, receipt.duplicates) == ("duplicate", 3)
    assert points(receiver) == ["P1", "P2", "P3"]


def test_what_landing_refused_may_be_pushed_again(receiver: Receiver) -> None:
    """Had the bytes alone been remembered, the second one would have been lost in silence."""
    receiver.push(BODY, rows=4)
    assert receiver.land().receipts[0].rule == "manifest_rows"
    assert receiver.push(BODY, rows=3).status_code == 202
    assert receiver.land().landed_rows == 3


def test_a_request_is_remembered_for_as_long_as_its_signature_is_good(receiver: Receiver) -> None:
    headers = signed(receiver.key, BODY)
    receiver.post(BODY, headers)
    (remembered,) = receiver.intake.accepted.folder.glob("*/*")
    for age, is_kept in [(2 * 300, True), (2 * 300 + 120, False)]:
        os.utime(remembered, (time.time() - age,) * 2)
        receiver.open(receiver.limits)
        assert remembered.exists() == is_kept


def test_a_damaged_memory_costs_a_repetition_and_no_more(receiver: Receiver) -> None:
    headers = signed(receiver.key, BODY)
    receiver.post(BODY, headers)
    (remembered,) = receiver.intake.accepted.folder.glob("*/*")
    remembered.write_bytes(b"{")
    assert receiver.post(BODY, headers).status_code == 202
    assert receiver.land().deliveries == 1


def test_a_body_too_large_or_of_no_known_length_is_not_read(receiver: Receiver) -> None:
    receiver.open(Limits(largest=len(BODY) - 1))
    for status, rule, changes in [
        (413, "too_large", {}),
        (413, "too_large", {"Content_Length": "9" * 30}),
        (411, "length_required", {"Content_Length": None}),
        (411, "length_required", {"Transfer_Encoding": "chunked"}),
        (400, "empty", {"Content_Length": "0"}),
    ]:
        body = Watched([BODY])
        assert refused(receiver.post(body, signed(receiver.key, BODY, **changes))) == (status, rule)
        assert body.read == 0


def test_whoever_has_no_secret_gets_no_byte_read(receiver: Receiver) -> None:
    body = Watched([BODY])
    assert refused(receiver.post(body, signed(STRANGER, BODY))) == (401, "signature")
    assert body.read == 0


def test_a_packed_body_is_refused(receiver: Receiver) -> None:
    assert refused(receiver.push(BODY, Content_Encoding="gzip")) == (415, "encoding")


@pytest.mark.parametrize("pieces", [[BODY, b"more"], [BODY[:-1]]])
def test_a_body_of_another_length_than_it_says_is_refused(receiver: Receiver, pieces: list[bytes]) -> None:
    assert refused(receiver.post(Watched(pieces), signed(receiver.key, BODY))) == (400, "length")
    assert receiver.inbox() == receiver.halves == []


def test_a_slow_body_is_given_up(receiver: Receiver) -> None:
    drops = [bytes([byte]) for byte in BODY]
    for limits in (Limits(idle=0.05, least=60), Limits(idle=60, least=0.1, slowest=1 << 30)):
        body = Watched(drops, pause=0.07)
        assert refused(receiver.open(limits).post(body, signed(receiver.key, BODY))) == (408, "slow")
        assert body.read < len(BODY)
        assert receiver.inbox() == receiver.halves == []


def test_a_key_has_so_many_deliveries_a_minute(receiver: Receiver) -> None:
    receiver.open(Limits(per_minute=3))
    other = make_key(receiver.settings, FEED)
    assert [receiver.push(delivery(n)).status_code for n in range(4)] == [202, 202, 202, 429]
    response = receiver.push(BODY)
    assert refused(response) == (429, "rate")
    assert 1 <= int(response.headers["Retry-After"]) <= 20
    assert receiver.post(BODY, signed(other, BODY)).status_code == 202, "and nobody else's"


def test_who_has_no_secret_cannot_use_up_another_ones_turns(receiver: Receiver) -> None:
    receiver.open(Limits(per_minute=1))
    for _ in range(5):
        receiver.push(BODY, X_Citypulse_Signature="0" * 64)
    assert receiver.push(BODY).status_code == 202


def test_places_for_uploads_are_counted_by_key_and_in_all(receiver: Receiver) -> None:
    receiver.open(Limits(at_once=2, at_once_per_key=1))
    keys = [receiver.key, *(make_key(receiver.settings, FEED) for _ in range(2))]
    bodies = [delivery(n) for n in range(3)]

    async def crowd() -> list[tuple[int, str]]:
        def post(n: int, key: PushKey, pause: float) -> Any:
            return receiver.posting(Watched([bodies[n]], pause=pause), signed(key, bodies[n]))

        under_way = [asyncio.ensure_future(post(n, keys[n], 0.4)) for n in (0, 1)]
        await asyncio.sleep(0.1)
        late = [await post(0, keys[0], 0), await post(2, keys[0], 0), await post(2, keys[2], 0)]
        assert [response.status_code for response in await asyncio.gather(*under_way)] == [202, 202]
        assert all(int(response.headers["Retry-After"]) > 0 for response in late)
        return [refused(response) for response in late]

    assert asyncio.run(crowd()) == [(409, "under_way"), (429, "at_once"), (503, "busy")]
    assert receiver.push(bodies[2]).status_code == 202, "a place is given back"


PATHS = ["../../a.csv", "/etc/a.csv", "a/b.csv", "..\\a.csv", ".a.csv"]
STRANGE = [
    "a\0.csv",
    "a\n.csv",
    "a\u202e.csv",
    " a.csv",
    "长" * 70 + ".csv",
    "a.csv.ok",
    "a.csv.manifest.json",
    "a.txt",
]


@pytest.mark.parametrize("name", PATHS + STRANGE)
def test_a_name_is_a_name_and_no_path(receiver: Receiver, name: str) -> None:
    before = sorted(receiver.settings.home.rglob("*"))
    body = Watched([BODY])
    assert refused(receiver.post(body, signed(receiver.key, BODY, name=name))) == (400, "file_name")
    assert body.read == 0
    assert sorted(receiver.settings.home.rglob("*")) == before


@pytest.mark.parametrize(
    ("pattern", "name", "is_taken"),
    [("calls_*.csv", "calls_1.csv", True), ("calls_*.csv", "", True), ("*_day.csv", "a_day.csv", False)],
)
def test_where_a_pattern_leaves_no_room_for_a_digest_that_is_said(
    receiver: Receiver, pattern: str, name: str, is_taken: bool
) -> None:
    arrives = {"how": "file", "pattern": pattern, "schedule": "hourly", "late_after_hours": 2}
    receiver.settings, _ = change_contract(receiver.settings, FEED, arrives=arrives)
    receiver.open(receiver.limits)
    response = receiver.push(BODY, name=name)
    assert response.status_code == (202 if is_taken else 400)
    assert receiver.land().deliveries == is_taken
    assert is_taken or "leaves no room" in response.json()["message"]


@pytest.mark.parametrize("header", ["File-Name", "Timestamp", "Sha256", "Rows"])
def test_a_header_that_is_not_of_its_form_is_named(receiver: Receiver, header: str) -> None:
    response = receiver.push(BODY, **{f"X_Citypulse_{header.replace('-', '_')}": "a b/c"})
    assert refused(response) == (400, "headers")
    assert response.json()["message"].startswith(f"X-Citypulse-{header} ")
    assert "a b/c" not in response.text


def test_two_deliveries_of_one_name_both_land(receiver: Receiver) -> None:
    receiver.push(delivery(1), name="today.csv")
    receiver.push(delivery(2), name="today.csv")
    assert receiver.land().deliveries == 2
    assert points(receiver) == ["P1", "P2"]


def test_messages_become_a_segment_as_if_they_had_come_over_mqtt(receiver: Receiver) -> None:
    key = make_key(receiver.settings, ROOM)
    now = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    lines = [json.dumps({"deviceId": f"P{n}", "ts": now, "temp": 21.5}) for n in range(3)]
    body = "\n".join([lines[0], "", lines[1], "NaN", '{"citypulse_dup": true}', lines[2]]).encode()
    response = receiver.post(body, signed(key, body, name="", rows=5), feed=ROOM)
    said = response.json()
    assert (said["rows"], said["flaws"]) == (5, {"not_json": 1, "reserved_member": 1})
    (receipt,) = receiver.land(ROOM).receipts
    assert (receipt.batch_id, receipt.landed, receipt.quarantined) == (said["receipt"], 3, 2)
    assert {rule for _, _, rule in set_aside(receiver.settings, ROOM)} == {"not_json", "reserved_member"}
    assert [str(row["temperature_c"]) for row in landed(receiver.settings, ROOM)] == ["21.50"] * 3
    wrong = b'{"deviceId": "P9"}\n'
    assert refused(receiver.post(wrong, signed(key, wrong, name="", rows=2), feed=ROOM)) == (400, "rows")
    blank = b"\n \n"
    assert refused(receiver.post(blank, signed(key, blank, name=""), feed=ROOM)) == (400, "empty")
    long = b"x" * ((1 << 20) + 1)
    assert refused(receiver.post(long, signed(key, long, name=""), feed=ROOM)) == (400, "line")
    assert receiver.halves == []


def test_when_the_disk_fails_at_any_step_nothing_half_is_seen(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every write, fsync and rename fails once: the sender is told, and its retry lands once."""
    receiver.open(Limits(per_minute=1000))
    steps, failing = 0, 0

    def errors() -> int:
        return errno.ENOSPC if failing % 2 else errno.EIO

    def failing_at_its_turn(real: Any) -> Any:
        def step(*arguments: Any, **more: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == failing:
                raise OSError(errors(), os.strerror(errors()))
            return real(*arguments, **more)

        return step

    for name in ("fsync", "replace", "open"):
        monkeypatch.setattr(os, name, failing_at_its_turn(getattr(os, name)))
    for number in (0, 1):  # the first of all makes folders as well
        steps = 0
        receiver.push(delivery(number))
    needed = steps
    for failing in range(2, needed + 1):  # the first step opens the file of keys
        body, steps = delivery(failing), 0
        assert refused(receiver.push(body))[0] == (507 if errors() == errno.ENOSPC else 503)
        assert receiver.halves == []
        assert all(name.removesuffix(".ok") in receiver.inbox() for name in receiver.inbox()), "nothing lies alone"
        steps = needed  # from here on nothing fails
        assert receiver.push(body).status_code in (200, 202)
    found = sorted(path.read_bytes() for path in (receiver.settings.inbox / FEED).glob("*.csv"))
    assert found == sorted(delivery(number) for number in range(needed + 1))


def test_too_little_room_is_found_before_the_body_is_read(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 3 * len(BODY) - 1})
    monkeypatch.setattr("ingestion.collectors.webhook.intake.shutil.disk_usage", lambda path: usage)
    body = Watched([BODY])
    response = receiver.post(body, signed(receiver.key, BODY))
    assert refused(response) == (507, "disk_full")
    assert int(response.headers["Retry-After"]) > 0
    assert body.read == 0


def test_a_key_taken_out_of_the_file_is_refused_at_once(receiver: Receiver) -> None:
    assert receiver.push(delivery(1)).status_code == 202
    path = receiver.intake.keys.path
    durable.write_file(path, b'{"keys": {}}', "test", 0o600)
    assert refused(receiver.push(delivery(2))) == (401, "signature")
    durable.write_file(path, b"not a file of keys", "test", 0o600)
    assert refused(receiver.push(delivery(2))) == (503, "settings")
    path.chmod(0o644)
    assert refused(receiver.push(delivery(2))) == (503, "settings")
    path.unlink()
    assert refused(receiver.push(delivery(2))) == (503, "settings")


def test_a_feed_whose_contract_went_is_refused(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.collectors.webhook.intake.load_contracts", lambda settings: {})
    assert refused(receiver.push(BODY)) == (403, "feed")


def test_what_nobody_foresaw_is_a_fault_that_tells_nothing(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*arguments: Any) -> None:
        raise RuntimeError("a value of someone's")

    monkeypatch.setattr(receiver.intake, "_seal", break_down)
    response = receiver.push(BODY)
    assert refused(response) == (500, "fault")
    assert "someone" not in response.text + caplog.text


def test_no_log_and_no_answer_shows_a_secret_or_a_value(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    said = [receiver.push(BODY, name="unusual-name.csv").text, receiver.push(BODY, at=0).text, repr(receiver.key)]
    headers = signed(receiver.key, BODY)
    ours = "".join(record.getMessage() for record in caplog.records if record.name.startswith("ingestion"))
    assert f"key={receiver.key.key_id} feed={FEED} bytes={len(BODY)} status=202" in ours
    assert "unusual-name" not in ours
    for secret in (receiver.key.secret, headers["X-Citypulse-Signature"], "模拟热力"):
        assert secret not in ours + "".join(said)


def test_the_page_tells_every_status_and_rule() -> None:
    for page in ("push.md", "push.zh-CN.md"):
        text = (PROJECT_ROOT / "docs" / page).read_text(encoding="utf-8")
        rows = [line for line in text.splitlines() if line.startswith("| ")]
        missing = [
            name
            for name, rule in RULES.items()
            if not any(f"| {rule.status} |" in row and f"`{name}`" in row for row in rows)
        ]
        assert missing == [], f"{page}: say what the sender does"
