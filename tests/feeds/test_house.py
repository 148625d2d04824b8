"""The night's work: damage is found and named, a backup can be restored, what is old goes and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from citypulse.house import retention
from citypulse.house.backup import back_up
from citypulse.house.keep_house import keep_house, run_step
from citypulse.house.retention import clear_old_files, prune_releases
from citypulse.house.scan import scan
from ingestion import durable
from ingestion.errors import ContractError, IntegrityError, NothingToDo, WarehouseBusy
from ingestion.landing_table import LandingTable
from ingestion.privacy import load_key
from ingestion.receipts import Ledger
from ingestion.settings import Settings
from tests.canonical_rows import land_rows
from tests.feeds.readings import CONTRACT, FEED, land_many, reading

NOW = datetime(2026, 3, 2, 2, 30)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("template") / "home"
    land_many(Settings(home=home, key_file=home / "key.json", memory="1GB"), deliveries=3)
    return home


@pytest.fixture
def home(template: Path, settings: Settings) -> Settings:
    """A few deliveries, with something in the vault."""
    shutil.copytree(template, settings.home)
    vault = settings.vault / FEED
    vault.mkdir(parents=True)
    (vault / f"{'2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae'}.csv").write_bytes(b"foo")
    load_key(settings)
    return settings


def backed_up(home: Settings, tmp_path: Path) -> Settings:
    """The same home, with a folder for its backup."""
    (tmp_path / "backup").mkdir()
    return replace(home, backup=tmp_path / "backup")


def flip(path: Path, place: int) -> None:
    """Change one bit, and leave size and time as they were, as a dying disk does."""
    kept = path.stat()
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)
    os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))


def test_a_sound_home_is_read_back_whole(home: Settings) -> None:
    assert scan(home, NOW) == {"files": len(LandingTable(home, CONTRACT).files()) + 1, "rows": 6}
    assert scan(home, NOW)["rows"] == 6, "also a second time, against the sums of the first"


@pytest.mark.parametrize("place", [-1, -40, 4, 200])
def test_one_flipped_bit_in_a_landing_file_is_found(home: Settings, place: int) -> None:
    scan(home, NOW)
    victim = Path(LandingTable(home, CONTRACT).files()[0])
    flip(victim, place)
    with pytest.raises(IntegrityError, match=victim.name) as failure:
        scan(home, NOW)
    assert failure.value.exit_code == 7


def test_lost_and_damaged_files_are_named(home: Settings) -> None:
    (vault,) = (home.vault / FEED).iterdir()
    flip(vault, 1)
    Path(LandingTable(home, CONTRACT).files()[0]).unlink()
    with pytest.raises(IntegrityError, match=vault.name) as failure:
        scan(home, NOW)
    assert "is missing" in str(failure.value)


def test_a_receipt_that_disagrees_with_its_rows_is_found(home: Settings) -> None:
    receipt = sorted((home.receipts / FEED).iterdir())[-1]
    stored = json.loads(receipt.read_text())
    receipt.write_text(json.dumps(stored | {"received": 9, "landed": 9}))
    with pytest.raises(IntegrityError, match=r"2 rows lie .* says 9"):
        scan(home, NOW)
    receipt.write_text("{")
    with pytest.raises(IntegrityError, match=rf"{receipt.name} is damaged"):
        scan(home, NOW)


def test_a_backup_is_restored_by_copying_and_goes_on(home: Settings, tmp_path: Path) -> None:
    saved = backed_up(home, tmp_path)
    assert back_up(saved, NOW)["copied"] > 6
    assert back_up(saved, NOW)["copied"] == 0
    land_rows(home, FEED, [reading("P50", 7)])
    assert back_up(saved, NOW)["copied"] == 3, "the rows, the log entry, the receipt"
    everything = b"".join(path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file())
    (key,) = json.loads(home.key_file.read_text())["keys"].values()
    assert key["secret"].encode() not in everything, "the key is kept apart"

    other = replace(home, home=tmp_path / "restored")
    shutil.copytree(tmp_path / "backup" / "home", other.home)
    assert scan(other, NOW)["rows"] == 7
    assert Ledger(other, FEED).receipts == Ledger(home, FEED).receipts
    land_rows(other, FEED, [reading("P51", 8)])
    assert scan(other, NOW)["rows"] == 8


def test_a_backup_waits_for_a_landing_and_says_when_it_never_paused(home: Settings, tmp_path: Path) -> None:
    saved = backed_up(home, tmp_path)
    lock = home.locks / f"land_{FEED}.lock"
    with durable.exclusive(lock, "Landing"), pytest.raises(WarehouseBusy, match=FEED):
        back_up(saved, NOW, patience=0)
    assert not (tmp_path / "backup" / "home" / "receipts").exists()
    back_up(saved, NOW)
    assert (tmp_path / "backup" / "home" / "receipts" / FEED).is_dir()


def test_a_slip_does_not_reach_the_backup(home: Settings, tmp_path: Path) -> None:
    saved = backed_up(home, tmp_path)
    back_up(saved, NOW)
    copy = tmp_path / "backup" / "home" / "landing" / FEED
    before = sorted(path.name for path in copy.rglob("*"))
    shutil.rmtree(home.landing / FEED)
    with pytest.raises(IntegrityError, match=FEED):
        back_up(saved, NOW)
    assert sorted(path.name for path in copy.rglob("*")) == before, "receipts without rows: the good copy stays"
    shutil.rmtree(home.vault)
    shutil.rmtree(home.receipts)
    back_up(saved, NOW)
    aside = tmp_path / "backup" / "gone" / "2026-03-02" / "home"
    assert any((aside / "vault" / FEED).iterdir()), "what the home lost is put aside"
    back_up(saved, datetime(2026, 4, 2))
    assert aside.exists()
    back_up(saved, datetime(2026, 4, 9))
    assert not aside.exists()


def test_a_damaged_file_does_not_replace_its_good_copy(home: Settings, tmp_path: Path) -> None:
    saved = backed_up(home, tmp_path)
    back_up(saved, NOW)
    copy = tmp_path / "backup" / "home"
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    (original,), landed = (home.vault / FEED).iterdir(), Path(LandingTable(home, CONTRACT).files()[0])
    for victim in (original, landed):
        victim.write_bytes(victim.read_bytes()[:-2])  # a new time: it looks as if it were another file
    land_rows(home, FEED, [reading("P60", 9)])
    with pytest.raises(IntegrityError, match=rf"(?s)read: {FEED}\..*not what was delivered: .*{original.name}"):
        back_up(saved, NOW)
    assert {path: path.read_bytes() for path in before} == before
    assert not [path for path in copy.rglob("*") if path.is_file() and path not in before], "nor is a part of it newer"


def test_damage_in_the_backup_is_found(home: Settings, tmp_path: Path) -> None:
    saved = backed_up(home, tmp_path)
    back_up(saved, NOW)
    victim = next((tmp_path / "backup" / "home" / "vault" / FEED).iterdir())
    flip(victim, 0)
    with pytest.raises(IntegrityError, match=victim.name):
        back_up(saved, NOW)
    victim.unlink()
    assert back_up(saved, NOW)["copied"] == 1


def test_a_backup_lies_outside_the_home(home: Settings) -> None:
    (home.home / "within").mkdir()
    for place in (home.home / "within", home.home.parent, home.home.parent / "not_mounted"):
        with pytest.raises(ContractError):
            back_up(replace(home, backup=place), NOW)
    with pytest.raises(NothingToDo):
        back_up(home, NOW)


def test_old_logs_and_leftovers_go_and_young_ones_stay(settings: Settings) -> None:
    old, young = NOW.timestamp() - 300 * 86400, NOW.timestamp() - 86400
    ages = {
        "logs/dbt/dbt.log.1": old,
        "logs/dbt/dbt.log": young,
        "logs/runs/2025-05.jsonl": old,
        "airflow/logs/dag_id=x/run/attempt=1.log": old,
        "work/land_dead/rows/a.parquet": old,
        "work/land_live/rows/a.parquet": young,
        "vault/feed/original.csv": old,
    }
    for name, moment in ages.items():
        path = settings.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        for part in (path, path.parent, path.parent.parent):
            os.utime(part, (moment, moment))
    assert clear_old_files(settings, NOW) == {"logs": 2, "leftovers": 1}
    left = {str(path.relative_to(settings.home)) for path in settings.home.rglob("*") if path.is_file()}
    gone = {"logs/dbt/dbt.log.1", "airflow/logs/dag_id=x/run/attempt=1.log", "work/land_dead/rows/a.parquet"}
    assert left == set(ages) - gone
    with pytest.raises(NothingToDo):
        clear_old_files(settings, NOW)
    with pytest.raises(NothingToDo):
        prune_releases(settings, NOW)


def test_of_an_old_brief_the_printed_pages_and_its_state_stay_in_all_folders(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "archived_releases", lambda settings: ["r-old"])
    stay = {"state_monthly_2026-01.json", "brief_2026-01_zh.pdf", "210211/brief_2026-01_zh.pdf"}
    go = {"brief_2026-01_zh.html", "brief_2026-01_zh.xlsx", "210211/brief_2026-01_zh.docx"}
    for name in stay | go:
        path = settings.briefs / "r-old" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert prune_releases(settings, NOW)["brief_files"] == len(go)
    folder = settings.briefs / "r-old"
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == stay


def test_one_failing_step_stops_no_other_and_the_exit_code_tells(home: Settings, tmp_path: Path) -> None:
    saved = backed_up(home, tmp_path)
    home.serving.mkdir()
    (home.serving / "current.json").write_text("{")
    report = keep_house(saved)
    assert [step.outcome for step in report.steps] == ["idle", "idle", "idle", "idle", "failed", "done"]
    assert report.exit_code == 7
    assert keep_house(saved, only=["logs"]).exit_code == 3
    with pytest.raises(ContractError):
        keep_house(saved, only=["dishes"])
    with durable.exclusive(home.locks / "keep_house.lock", "house"), pytest.raises(WarehouseBusy):
        run_step(saved, "logs")
    month = time.strftime("%Y-%m", time.gmtime(time.time() + 8 * 3600))
    lines = [json.loads(line) for line in (home.logs / "runs" / f"{month}.jsonl").read_text().splitlines()]
    assert [(line["step"], line["feed"], line["outcome"]) for line in lines] == [
        ("keep_house", "scan", "failed"),
        ("keep_house", "backup", "done"),
    ]
