"""The token key: a version owns its digest, rotates without losing links, and goes only when nothing rests on it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from citypulse.cli import app
from citypulse.house.scan import scan
from citypulse.privacy import bridge
from citypulse.privacy.keys import destroy_key, key_versions
from citypulse.privacy.retokenise import retokenise
from ingestion import durable, privacy
from ingestion.errors import ContractError, IntegrityError, NothingToDo
from ingestion.key_marks import key_marks, key_state
from ingestion.privacy import load_key, load_keys, rotate
from ingestion.receipts import Ledger
from ingestion.settings import Settings
from tests.feeds.landed import landed
from tests.feeds.persons import ANNA, BERT, CITY, CLEO, PROVINCE, cases, copied, deliver, token_of

NOW = datetime(2026, 3, 2, 2, 30)


def tokens(settings: Settings, feed: str = CITY.feed, column: str = "caller_token") -> list[str]:
    return [row[column] for row in landed(settings, feed)]


def without_tokens(settings: Settings, feed: str = CITY.feed) -> list[dict[str, Any]]:
    personal = {"caller_token", "place_token", "content_fingerprint", "business_period"}
    return [{name: value for name, value in row.items() if name not in personal} for row in landed(settings, feed)]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two deliveries of cases and a workbook of the province, with callers in common."""
    folder = tmp_path_factory.mktemp("template")
    settings = Settings(home=folder / "home", key_file=folder / "key.json", memory="1GB")
    deliver(settings, cases(ANNA, BERT), "a.csv")
    deliver(settings, cases(ANNA, CLEO, first=3), "b.csv")
    deliver(settings, cases(ANNA, contract=PROVINCE), "c.xlsx", PROVINCE)
    return folder


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Settings:
    return copied(template, tmp_path)


def test_a_new_key_file_says_digest_and_day_and_is_nobody_elses(settings: Settings) -> None:
    key = load_key(settings)
    assert (key.version, key.digest) == ("v1", "sha256")
    assert key.made_at
    assert settings.key_file.stat().st_mode & 0o077 == 0
    assert key.secret.hex() not in repr(key)


@pytest.mark.parametrize("digest", ["sha256", "sm3"])
def test_tokens_are_what_the_standard_library_says(settings: Settings, digest: str) -> None:
    home = replace(settings, token_digest=digest)
    deliver(home, cases(ANNA), "a.csv")
    assert tokens(home) == [token_of(home, "v1", ANNA)]
    assert tokens(home, column="place_token") == [token_of(home, "v1", "样例路1号", "place")]
    assert load_key(home).digest == digest


def test_the_setting_never_changes_the_tokens_of_a_version(settings: Settings) -> None:
    load_key(settings)
    changed = replace(settings, token_digest="sm3")
    assert load_key(changed).token("phone", ANNA) == load_key(settings).token("phone", ANNA)
    assert rotate(changed).digest == "sm3"
    assert load_key(settings).version == load_key(changed).version == "v2"
    assert load_key(settings).token("phone", ANNA) == token_of(settings, "v2", ANNA)


def test_a_backup_from_before_a_rotation_knows_the_key_file_again(settings: Settings) -> None:
    load_key(settings)
    before = key_marks(settings)
    rotate(settings)
    assert key_marks(settings).keys() == {"v1", "v2"}
    assert key_state(settings, before) == "right"
    other = replace(settings, key_file=settings.key_file.with_name("other.json"))
    load_key(other)
    assert key_state(other, before) == "another"


def test_a_key_from_before_digests_is_sha256_and_with_another_setting_is_not_guessed_at(settings: Settings) -> None:
    settings.key_file.write_text(json.dumps({"current": "v1", "keys": {"v1": "ab" * 32}}))
    settings.key_file.chmod(0o600)
    assert load_key(settings).token("phone", ANNA) == token_of(settings, "v1", ANNA)
    changed = replace(settings, token_digest="sm3")
    with pytest.raises(ContractError, match="with which digest"):
        load_key(changed)
    assert rotate(changed).version == "v2"
    assert load_keys(changed).versions["v1"].digest == "sha256"


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"current": "v2", "keys": {"v1": "00"}}',
        '{"current": "v1", "keys": {"v1": {"secret": "00", "digest": "md5"}}}',
        '{"current": "v1", "keys": {"v1": {"secret": "zz", "digest": "sha256"}}}',
        '{"current": "old", "keys": {"old": "00"}}',
    ],
)
def test_a_damaged_key_file_is_refused(settings: Settings, content: str) -> None:
    settings.key_file.write_text(content)
    settings.key_file.chmod(0o600)
    with pytest.raises(ContractError, match="damaged"):
        load_keys(settings)


def test_a_digest_nobody_agreed_makes_no_key(settings: Settings) -> None:
    with pytest.raises(ContractError, match="CITYPULSE_TOKEN_DIGEST"):
        load_key(replace(settings, token_digest="md5"))
    assert not settings.key_file.exists()


def test_the_list_counts_rows_and_tells_no_secret(home: Settings) -> None:
    rotate(home)
    deliver(home, cases(BERT, first=7), "d.csv")
    found = {report.version: report for report in key_versions(home)}
    assert found["v1"].rows == {CITY.feed: 4, PROVINCE.feed: 1}
    assert found["v2"].rows == {CITY.feed: 1}
    assert (found["v1"].is_current, found["v2"].is_current) == (False, True)
    place = ["--home", str(home.home), "keys", "--json"]
    said = CliRunner().invoke(app, place, env={"CITYPULSE_KEY_FILE": str(home.key_file)}).stdout
    stored = json.loads(home.key_file.read_text())
    assert [version["version"] for version in json.loads(said)["versions"]] == ["v1", "v2"]
    assert not any(key["secret"] in said for key in stored["keys"].values())


def test_retokenising_keeps_every_link_and_changes_nothing_else(home: Settings) -> None:
    before, receipts = without_tokens(home), Ledger(home, CITY.feed).receipts
    rotate(home)
    report = retokenise(home, NOW)
    assert report.rows == {CITY.feed: 4, PROVINCE.feed: 1}
    assert not report.left
    assert tokens(home) == [token_of(home, "v2", phone) for phone in (ANNA, BERT, ANNA, CLEO)]
    assert tokens(home, PROVINCE.feed) == [token_of(home, "v2", ANNA)]
    assert tokens(home, column="place_token") == [token_of(home, "v2", f"样例路{n}号", "place") for n in (1, 2, 3, 4)]
    assert without_tokens(home) == before
    assert Ledger(home, CITY.feed).receipts == receipts
    assert scan(home, NOW)["rows"] == 5
    old = token_of(home, "v1", ANNA)
    holders = [path for path in home.home.rglob("*") if path.is_file() and old.encode() in path.read_bytes()]
    assert holders == [bridge.bridge_file(home, feed, "v2") for feed in (CITY.feed, PROVINCE.feed)]
    assert {path.stat().st_mode & 0o777 for path in holders} == {0o600}
    with pytest.raises(NothingToDo):
        retokenise(home, NOW)


def test_fingerprints_are_comparable_again_after_a_rotation(home: Settings) -> None:
    rotate(home)
    deliver(home, cases(ANNA, first=9), "d.csv")
    first, *_, last = [row["content_fingerprint"] for row in landed(home, CITY.feed)]
    assert first != last, "the same words under two keys"
    retokenise(home, NOW)
    first, *_, last = [row["content_fingerprint"] for row in landed(home, CITY.feed)]
    assert first == last


def test_a_row_without_its_original_crosses_the_bridge_or_keeps_its_token(home: Settings) -> None:
    lost = Ledger(home, CITY.feed).receipts[1].batch_id
    next((home.vault / CITY.feed).glob(f"{lost}*")).unlink()
    rotate(home)
    report = retokenise(home, NOW)
    assert report.left == {CITY.feed: 2}
    anna, cleo = tokens(home)[2:]
    assert anna == token_of(home, "v2", ANNA), "known from the other delivery"
    assert cleo == token_of(home, "v1", CLEO)
    with pytest.raises(ContractError, match=rf"{CITY.feed} \(2\)"):
        destroy_key(home, "v1", "v1", NOW)


def die(*arguments: object, **named: object) -> None:
    raise KeyboardInterrupt


def test_originals_that_are_not_what_was_delivered_stop_retokenising(home: Settings) -> None:
    first = Ledger(home, CITY.feed).receipts[0].batch_id
    original = next((home.vault / CITY.feed).glob(f"{first}*"))
    original.write_bytes(original.read_bytes().replace(BERT.encode(), ANNA.encode()))
    rotate(home)
    before = landed(home, CITY.feed)
    with pytest.raises(IntegrityError, match="one to one"):
        retokenise(home, NOW)
    assert landed(home, CITY.feed) == before


def test_a_key_is_destroyed_only_when_typed_twice_and_out_of_use(home: Settings) -> None:
    with pytest.raises(ContractError, match="current"):
        destroy_key(replace(home, home=home.home / "empty"), "v1", "v1", NOW)
    rotate(home)
    with pytest.raises(ContractError, match="given twice"):
        destroy_key(home, "v1", "", NOW)
    with pytest.raises(ContractError, match="still carry"):
        destroy_key(home, "v1", "v1", NOW)
    retokenise(home, NOW)
    destroy_key(home, "v1", "v1", NOW)
    assert list(load_keys(home).versions) == ["v2"]
    assert not list((home.vault / "bridge").glob("*")), "a bridge from a destroyed key leads nowhere"
    assert rotate(home).version == "v3", "a number is never used again"
    with pytest.raises(ContractError, match="no key version v1"):
        destroy_key(home, "v1", "v1", NOW)


def test_a_rotation_that_is_killed_leaves_the_old_key_or_the_new_one(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_key(settings)
    with monkeypatch.context() as patch:
        patch.setattr(durable, "publish_file", die)
        with pytest.raises(KeyboardInterrupt):
            rotate(settings)
    assert load_key(settings).version == "v1"
    assert rotate(settings).version == "v2"
    assert settings.key_file.stat().st_mode & 0o077 == 0


def test_two_rotations_at_once_do_not_lose_each_other(settings: Settings) -> None:
    load_key(settings)
    with durable.exclusive(settings.locks / "keys.lock", "The key file"), pytest.raises(Exception, match="key file"):
        rotate(settings)
    assert Path(settings.key_file).read_text() == json.dumps(json.loads(settings.key_file.read_text()))
    assert privacy.load_key(settings).version == "v1"
