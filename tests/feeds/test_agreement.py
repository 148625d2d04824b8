"""Nothing is built on less than was acknowledged; what was never acknowledged stops no build."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.errors import IntegrityError
from ingestion.landing_table import LandingTable
from ingestion.landing_upkeep import keep_feed
from ingestion.receipts import Ledger, all_receipts
from ingestion.settings import Settings
from tests.feeds.readings import CONTRACT, FEED, land_many
from warehouse.agreement import agreed_tables
from warehouse.build import build


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("template") / "home"
    land_many(Settings(home=home, key_file=home / "key.json", memory="1GB"), deliveries=11)
    return home


@pytest.fixture
def home(template: Path, settings: Settings) -> Settings:
    shutil.copytree(template, settings.home)
    return settings


def a_file(home: Settings) -> Path:
    return Path(LandingTable(home, CONTRACT).files()[0])


def cut(home: Settings) -> None:
    a_file(home).write_bytes(a_file(home).read_bytes()[:-1])


def lose_last_commit(home: Settings) -> None:
    max((home.landing / FEED / "_delta_log").glob("*.json")).unlink()


def spoil_log(home: Settings) -> None:
    entry = min((home.landing / FEED / "_delta_log").glob("*.json"))
    entry.write_bytes(entry.read_bytes().replace(b'"', b"'", 3))


DAMAGE = {
    "the table is lost": (lambda home: shutil.rmtree(home.landing / FEED), "11 receipts lack their rows"),
    "its last commit is lost": (lose_last_commit, "1 receipts lack their rows"),
    "its log is damaged": (spoil_log, "log of its landing table cannot be read"),
    "a file is missing": (lambda home: a_file(home).unlink(), "1 files are missing or cut off"),
    "a file is cut off": (cut, "1 files are missing or cut off"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_build_on_less_than_was_acknowledged_is_refused(home: Settings, what: str) -> None:
    damage: Callable[[Settings], object] = DAMAGE[what][0]
    damage(home)
    with pytest.raises(IntegrityError, match=f"{FEED}.*{DAMAGE[what][1]}") as refusal:
        build(home)
    assert refusal.value.exit_code == 7
    assert not home.warehouse_db.exists(), "nothing was begun"


def test_a_sound_landing_zone_agrees_also_when_merged_and_for_a_past_release(home: Settings) -> None:
    receipts = all_receipts(home)
    assert len(agreed_tables(home, receipts)[FEED][1].files()) > 11
    agreed_tables(home, receipts[:4])
    assert keep_feed(home, CONTRACT).merged_rows > 0
    agreed_tables(home, receipts)
    agreed_tables(home, receipts[:4])


def test_rows_of_a_landing_that_was_killed_stop_no_build(home: Settings) -> None:
    last = sorted((home.receipts / FEED).iterdir())[-1]
    last.rename(last.with_suffix(".pending"))
    assert len(Ledger(home, FEED).receipts) == 10
    agreed_tables(home, all_receipts(home))
