"""A backup comes back whole or says what it lacks; killed, it goes on; and nobody lands with a strange key on top."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from citypulse import drill as drills
from citypulse.cli import app
from citypulse.house import restore as restoring
from citypulse.house.backup import back_up
from citypulse.house.backup_manifest import NAME, read_manifest
from citypulse.house.restore import restore
from citypulse.house.scan import scan
from citypulse.replay import ReplayReport
from ingestion.errors import ContractError, IntegrityError, NothingToDo
from ingestion.key_marks import require_restored_key
from ingestion.land import land_feed
from ingestion.privacy import load_key
from ingestion.receipts import Ledger
from ingestion.settings import Settings
from tests.canonical_rows import land_rows
from tests.feeds.readings import FEED, land_many, reading
from warehouse.compare import TableDifference

NOW = datetime(2026, 3, 2, 2, 30)
VAULTED = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae.csv"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three deliveries of readings and a release in service, its city's folder, and its backup."""
    place = tmp_path_factory.mktemp("template")
    home = settings_in(place)
    land_many(home, deliveries=3)
    load_key(home)
    files = {
        home.vault / FEED / VAULTED: "foo",
        home.serving / "current.json": '{"release_id": "r1"}',
        home.releases / "r1.json": "{}",
        place / "city" / "seeds" / "households.csv": "area_code,households\n",
    }
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (place / "backup").mkdir()
    back_up(home, NOW)
    return place


def settings_in(place: Path) -> Settings:
    return Settings(
        home=place / "home", key_file=place / "key.json", city=place / "city", memory="1GB", backup=place / "backup"
    )


@pytest.fixture
def old(template: Path, tmp_path: Path) -> Settings:
    """The home that was backed up, with its backup."""
    return settings_in(Path(shutil.copytree(template, tmp_path / "old")))


@pytest.fixture
def new(old: Settings, tmp_path: Path) -> Settings:
    """Another machine, on which nothing is yet; the key has been put there."""
    (tmp_path / "new").mkdir()
    return replace(settings_in(tmp_path / "new"), key_file=old.key_file, backup=old.backup)


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def backup_of(settings: Settings) -> Path:
    assert settings.backup is not None
    return settings.backup


def test_a_restored_home_is_the_one_that_was_backed_up(old: Settings, new: Settings) -> None:
    report = restore(new, backup_of(new))
    report.check()
    assert Ledger(new, FEED).receipts == Ledger(old, FEED).receipts
    assert (report.deliveries, report.rows, report.key, report.release_id) == (3, 6, "right", "r1")
    assert report.last_acknowledged == max(receipt.recorded_at for receipt in Ledger(old, FEED).receipts)
    assert set(report.feeds.values()) == {"2026-03-02 02:30:00"}
    for zone in ("vault", "landing", "receipts", "releases"):
        assert content(new.home / zone) == content(old.home / zone), zone
    assert content(new.home.parent / "city") == content(old.home.parent / "city")
    modes = {zone: (new.home / zone).stat().st_mode & 0o777 for zone in ("vault", "landing", "receipts", "releases")}
    assert modes == {"vault": 0o700, "landing": 0o750, "receipts": 0o750, "releases": 0o755}
    assert back_up(new, NOW)["copied"] == 0, "the next backup knows every file again"
    land_rows(new, FEED, [reading("P51", 8)])
    assert Ledger(new, FEED).receipts[-1].batch_seq == 4
    with pytest.raises(NothingToDo, match="has been restored"):
        restore(new, backup_of(new))


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


def dying(call: Callable[..., object], after: int) -> Callable[..., object]:
    calls = iter(range(after))

    def die(*arguments: object) -> object:
        if next(calls, None) is None:
            raise Killed
        return call(*arguments)

    return die


@pytest.mark.parametrize(("step", "after"), [("_bring_one", 0), ("_bring_one", 7), ("_complete", 0)])
def test_a_killed_restore_is_no_home_and_the_same_command_goes_on(
    new: Settings, monkeypatch: pytest.MonkeyPatch, step: str, after: int
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(restoring, step, dying(getattr(restoring, step), after))
        with pytest.raises(Killed):
            restore(new, backup_of(new))
    assert not new.receipts.exists(), "nothing counts as landed yet"
    report = restore(new, backup_of(new))
    report.check()
    assert (report.already_there >= after, report.rows) == (True, 6)
    assert not list(new.home.rglob("*.tmp"))


def test_damaged_and_missing_files_are_named_and_nothing_counts_as_restored(new: Settings) -> None:
    backup = backup_of(new)
    vaulted = backup / "home" / "vault" / FEED / VAULTED
    landed = next((backup / "home" / "landing" / FEED).rglob("*.parquet"))
    vaulted.write_text("fop")
    landed.rename(backup / "elsewhere")
    with pytest.raises(
        IntegrityError, match=f"(?s)2 files.*{landed.name}.*{VAULTED}|2 files.*{VAULTED}.*{landed.name}"
    ):
        restore(new, backup)
    assert not new.receipts.exists()
    (backup / "elsewhere").rename(landed)
    report = restore(new, backup, what_is_whole=True)
    assert report.damaged == [f"home/vault/{FEED}/{VAULTED}"]
    assert (report.rows, report.problems) == (6, []), "the landing zone is whole again"
    with pytest.raises(IntegrityError, match=VAULTED) as failure:
        report.check()
    assert failure.value.exit_code == 7


def test_rows_that_are_left_out_are_told_of_by_feed(new: Settings) -> None:
    next((backup_of(new) / "home" / "landing" / FEED).rglob("*.parquet")).unlink()
    report = restore(new, backup_of(new), what_is_whole=True)
    assert report.problems
    assert all(FEED in problem for problem in report.problems)
    with pytest.raises(IntegrityError, match="do not hold together"):
        report.check()


@pytest.mark.parametrize("name", ["landing/x/a.parquet", "receipts/x/1.json", "warehouse/governance.duckdb"])
def test_nothing_is_restored_over_a_home(new: Settings, name: str) -> None:
    (new.home / name).parent.mkdir(parents=True)
    (new.home / name).touch()
    before = content(new.home)
    with pytest.raises(ContractError, match=name.partition("/")[0]):
        restore(new, backup_of(new))
    assert {place: found for place, found in content(new.home).items() if not place.startswith("locks")} == before


def test_what_a_new_machine_has_already_is_left_alone(new: Settings) -> None:
    """Deliveries that wait, Airflow's database, logs: none of it comes from a backup."""
    waiting = new.inbox / FEED / "today.jsonl"
    waiting.parent.mkdir(parents=True)
    waiting.write_text("waits")
    restore(new, backup_of(new)).check()
    assert waiting.read_text() == "waits"


def test_a_home_with_another_key_or_none_lands_nothing(old: Settings, new: Settings, tmp_path: Path) -> None:
    for name, state in (("none.json", "missing"), ("other.json", "another")):
        strange = replace(new, home=tmp_path / state / "home", key_file=tmp_path / name, city=tmp_path / state / "city")
        if state == "another":
            load_key(strange)
        report = restore(strange, backup_of(new))
        assert (report.key, "before anything lands" in report.next_steps()[0]) == (state, True)
        with pytest.raises(ContractError, match=f"restored from a backup.*{state}"):
            land_feed(strange, FEED)
        with pytest.raises(NothingToDo):
            land_feed(replace(strange, key_file=old.key_file), FEED)
    assert not (tmp_path / "none.json").exists(), "no new key was made in silence"
    manifest, _ = read_manifest(backup_of(new))
    assert list(manifest.key) == ["v1"]
    (key,) = json.loads(old.key_file.read_text())["keys"].values()
    assert not any(key["secret"].encode() in found for found in content(backup_of(new)).values())


def test_the_city_has_a_place_and_is_never_written_over(new: Settings) -> None:
    with pytest.raises(ContractError, match="CITYPULSE_CITY"):
        restore(replace(new, city=None), backup_of(new))
    assert new.city is not None
    ours = new.city / "seeds" / "households.csv"
    ours.parent.mkdir(parents=True)
    ours.write_text("edited since\n")
    report = restore(new, backup_of(new))
    assert ours.read_text() == "edited since\n"
    assert "1 files of the city's folder" in report.city


def test_a_backup_from_before_moments_and_marks_were_kept_is_restored_too(new: Settings) -> None:
    manifest = backup_of(new) / NAME
    stored = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({"made_at": stored["made_at"], "files": stored["files"]}))
    report = restore(new, backup_of(new))
    report.check()
    assert (report.rows, report.key) == (6, "unknown")
    assert "since 2026-03-02 02:30:00: what is known" in report.text()
    require_restored_key(replace(new, key_file=new.home / "none.json"))


def test_a_feed_that_was_left_out_of_the_last_backup_goes_further_back(old: Settings, new: Settings) -> None:
    land_rows(old, FEED, [reading("P53", 9)])
    shutil.rmtree(old.landing / FEED)
    with pytest.raises(IntegrityError, match=FEED):
        back_up(old, datetime(2026, 3, 3, 2, 30))
    report = restore(new, backup_of(new))
    report.check()
    assert report.rows == 6
    assert f"since 2026-03-03 02:30:00 ({FEED}: since 2026-03-02 02:30:00)" in report.next_steps()[-1]


def test_a_disk_that_is_too_small_is_told_before_anything_is_copied(
    new: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=10))
    with pytest.raises(ContractError, match="MiB are free"):
        restore(new, backup_of(new))
    assert not new.restored.exists()


def test_what_is_no_backup_is_told(new: Settings, tmp_path: Path) -> None:
    with pytest.raises(NothingToDo, match="no backup"):
        restore(new, tmp_path / "nowhere")
    manifest = backup_of(new) / NAME
    stored = json.loads(manifest.read_text())
    files = stored["files"]
    for damaged in ("{", "[]", json.dumps(stored | {"files": {"home/../../etc/passwd": [0, 0, ""], **files}})):
        manifest.write_text(damaged)
        with pytest.raises(IntegrityError, match="is damaged"):
            restore(new, backup_of(new))
    assert not new.home.exists() or not [path for path in new.home.rglob("*") if "locks" not in path.parts]


def test_the_command_says_what_is_back_and_what_to_do(new: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYPULSE_CITY", str(new.city))
    monkeypatch.setenv("CITYPULSE_KEY_FILE", str(new.key_file))
    ask = ["restore", str(new.backup), "--into", str(new.home)]
    (backup_of(new) / "home" / "vault" / FEED / VAULTED).unlink()
    refused = CliRunner().invoke(app, [*ask, "--json"])
    assert (refused.exit_code, VAULTED in json.loads(refused.stdout)["message"]) == (7, True)
    partly = CliRunner().invoke(app, [*ask, "--json", "--what-is-whole"])
    found = json.loads(partly.stdout)
    assert (partly.exit_code, found["rows"], len(found["damaged"])) == (7, 6, 1)
    assert "`citypulse run`" in found["next_steps"][0]


# the drill


def replayed(settings: Settings, release_id: str, watch: Callable[[str], None]) -> ReplayReport:
    """Stands for the replay, which takes a build: tests/reliability/whole does it for real."""
    assert Ledger(settings, FEED).receipts, "it looks at the restored home"
    for stage in ("build", "gate", "compare"):
        watch(stage)
    tables = [TableDifference("marts.same", 3, 3, 0, 0), TableDifference("marts.other", 3, 3, 1, 1)]
    return ReplayReport(release_id, "2026-02-01T06:00:00", "2026-02-01", 3, 6, 1.0, tables, [], "", "")


def test_a_drill_times_each_stage_names_what_differs_and_leaves_nothing(
    old: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    land_rows(old, FEED, [reading("P52", 9)])
    monkeypatch.setattr(drills, "replay", replayed)
    before = content(backup_of(old))
    report = drills.drill(old)
    assert list(report.stages) == ["restore", "build", "gate", "compare"]
    assert (report.not_in_backup, report.restored.rows, report.restored.key) == (1, 6, "right")
    with pytest.raises(IntegrityError, match=r"marts\.other"):
        report.check()
    assert not (old.work / "drill").exists()
    assert content(backup_of(old)) == before
    (backup_of(old) / "home" / "vault" / FEED / VAULTED).write_text("fop")
    with pytest.raises(IntegrityError, match=VAULTED):
        drills.drill(old)
    assert not (old.work / "drill").exists()


def test_a_drill_needs_a_backup_a_release_and_the_key(old: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NothingToDo, match="CITYPULSE_BACKUP"):
        drills.drill(replace(old, backup=None))
    monkeypatch.setattr(drills, "replay", replayed)
    strange = replace(old, key_file=old.home / "other.json")
    with pytest.raises(IntegrityError, match="token key"):
        drills.drill(strange).check()
    (old.serving / "current.json").unlink()
    back_up(old, NOW)
    with pytest.raises(NothingToDo, match="No release"):
        drills.drill(old)


def test_a_sound_home_is_found_sound_after_its_restore(new: Settings) -> None:
    restore(new, backup_of(new))
    shutil.rmtree(new.releases)  # the one of this test is none
    shutil.rmtree(new.serving)
    assert scan(new, NOW)["rows"] == 6
