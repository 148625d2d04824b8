"""The audit log tells every look, and tells when a line of it was changed, dropped, moved or cut off."""

from __future__ import annotations

import hashlib
import hmac
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from citypulse.house.retention import clear_old_files
from ingestion import audit_log
from ingestion.audit_log import Access, anchor, entries, proper_reason, record, verify
from ingestion.errors import ContractError, IntegrityError
from ingestion.settings import Settings, local_now

LOOK = Access("rows", "fct_case", "area=210202", 12, "督办核对 2026-018", run_id="0123456789ab")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", key_file=tmp_path / "key.json")


@pytest.fixture
def log(settings: Settings) -> Path:
    for _ in range(5):
        record(settings, LOOK)
    return settings.audit / "access.jsonl"


def test_a_look_is_told_with_who_when_what_and_why_and_without_a_value(settings: Settings) -> None:
    assert record(settings, LOOK) == 1
    [entry] = entries(settings)
    assert (entry["subject"], entry["filter"], entry["rows"]) == ("fct_case", "area=210202", 12)
    assert (entry["reason"], entry["run_id"]) == ("督办核对 2026-018", "0123456789ab")
    assert entry["who"]
    assert entry["at"]
    assert (settings.audit / "access.jsonl").stat().st_mode & 0o007 == 0


def test_the_chain_is_what_its_definition_says(settings: Settings, log: Path) -> None:
    """Recomputed here from the key file and the bytes alone."""
    stored = json.loads(settings.key_file.read_text())
    secret = bytes.fromhex(stored["audit"])
    previous = "0" * 64
    for line in log.read_bytes().splitlines(keepends=True):
        entry = json.loads(line)
        code = entry.pop("code")
        assert entry["previous"] == previous
        assert code == hmac.digest(secret, (json.dumps(entry) + "\n").encode(), "sha256").hex()
        previous = hashlib.sha256(line).hexdigest()
    assert anchor(settings) == {"lines": 5, "head": previous}
    assert verify(settings).head == previous


def forged(log: Path) -> None:
    """A line that is right in all but the key."""
    lines = log.read_bytes().splitlines(keepends=True)
    entry = json.loads(lines[2]) | {"who": "nobody"}
    lines[2] = (json.dumps(entry) + "\n").encode()
    log.write_bytes(b"".join(lines))


def in_order(log: Path, *numbers: int) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[number - 1] for number in numbers))


TAMPERED: dict[str, tuple[Callable[[Path], object], int]] = {
    "a line rewritten": (forged, 3),
    "a line dropped": (lambda log: in_order(log, 1, 2, 4, 5), 3),
    "the first line dropped": (lambda log: in_order(log, 2, 3, 4, 5), 1),
    "two lines swapped": (lambda log: in_order(log, 1, 3, 2, 4, 5), 2),
    "a line doubled": (lambda log: in_order(log, 1, 2, 2, 3, 4, 5), 3),
    "the last line cut off": (lambda log: in_order(log, 1, 2, 3, 4), 5),
    "the last end of line cut off": (lambda log: log.write_bytes(log.read_bytes()[:-1]), 5),
    "everything cut off": (lambda log: log.write_bytes(b""), 1),
    "the file gone": (lambda log: log.unlink(), 1),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_tampering_is_named_by_its_first_line(settings: Settings, log: Path, how: str) -> None:
    tamper, line = TAMPERED[how]
    tamper(log)
    with pytest.raises(IntegrityError, match=f"line {line}[: ]"):
        verify(settings)


def test_every_single_byte_that_changes_is_found(settings: Settings, log: Path) -> None:
    whole = log.read_bytes()
    ends = [place for place, byte in enumerate(whole) if byte == 10]
    for place in range(0, len(whole), 37):
        log.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        number = 1 + sum(end < place for end in ends)
        with pytest.raises(IntegrityError, match=f"line {number}[: ]"):
            verify(settings)


def test_after_a_cut_nobody_is_given_rows(settings: Settings, log: Path) -> None:
    in_order(log, 1, 2, 3, 4)
    with pytest.raises(IntegrityError, match="no rows are given"):
        record(settings, LOOK)


def test_a_log_and_a_head_put_back_together_are_told_by_a_release(settings: Settings, log: Path) -> None:
    old = settings.home / "old"
    shutil.copytree(settings.audit, old)
    record(settings, LOOK)
    published = {"release r1": anchor(settings)}
    shutil.rmtree(settings.audit)
    shutil.copytree(old, settings.audit)
    assert verify(settings).lines == 5, "log and head agree with one another"
    with pytest.raises(IntegrityError, match="line 6: is missing: release r1 says that there were 6"):
        verify(settings, published)


@pytest.mark.parametrize("how", ["gone", "changed"])
def test_without_its_head_a_log_is_not_believed(settings: Settings, log: Path, how: str) -> None:
    head = settings.audit / "head.json"
    head.unlink() if how == "gone" else head.write_bytes(head.read_bytes().replace(b'"lines": 5', b'"lines": 4'))
    with pytest.raises(IntegrityError, match="head"):
        verify(settings)


def test_a_kill_between_line_and_head_costs_nothing(
    settings: Settings, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(audit_log, "_write_head", die)
        with pytest.raises(KeyboardInterrupt):
            record(settings, LOOK)
    assert verify(settings).lines == 6
    assert record(settings, LOOK) == 7
    assert verify(settings).lines == 7


def test_a_torn_line_is_written_over(settings: Settings, log: Path) -> None:
    with log.open("ab") as stream:
        stream.write(b'{"seq": 6, "at"')
    assert verify(settings).lines == 5
    assert record(settings, LOOK) == 6
    assert verify(settings).lines == 6


def test_house_keeping_never_removes_it(settings: Settings, log: Path) -> None:
    """However old: GB/T 22239 wants six months, and a chain cannot lose its beginning."""
    old, stale = log.stat().st_mtime - 900 * 86400, settings.logs / "dbt" / "dbt.log"
    stale.parent.mkdir(parents=True)
    stale.touch()
    for path in (stale, *settings.audit.iterdir()):
        os.utime(path, (old, old))
    assert clear_old_files(settings, local_now())["logs"] == 1, "a log of that age goes"
    assert verify(settings).lines == 5


def look_often(settings: Settings) -> None:
    for _ in range(10):
        record(settings, LOOK)


def test_looks_at_once_make_one_chain(settings: Settings) -> None:
    processes = [multiprocessing.get_context("fork").Process(target=look_often, args=[settings]) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert verify(settings).lines == 30


@pytest.mark.parametrize(
    "reason", ["", "看", "  a  b ", "核对 10000000001 的工单", "a.b@example.invalid 要求", "x" * 301]
)
def test_a_reason_says_something_and_names_no_person(reason: str) -> None:
    with pytest.raises(ContractError):
        proper_reason(reason)
