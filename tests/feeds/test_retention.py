"""What is older than the policy allows goes, with a certificate; nothing else does, and nothing counts it as lost."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from citypulse.cli import app
from citypulse.doctor import examine
from citypulse.house.backup import back_up
from citypulse.house.scan import scan
from citypulse.privacy import certificates
from citypulse.privacy.policy import load_policy, months_before, policy_file
from citypulse.privacy.retention import retain
from ingestion.contract import load_contracts
from ingestion.errors import ContractError, IntegrityError, NothingToDo
from ingestion.landing_table import LandingTable
from ingestion.receipts import Ledger
from ingestion.settings import PACKAGE_ROOT, Settings, load_settings
from tests.feeds.landed import landed
from tests.feeds.persons import ANNA, BERT, CITY, CLEO, CONTRACTS, cases, copied, deliver, deliver_again, holding
from tests.feeds.readings import FEED as READINGS
from tests.feeds.readings import land_many
from warehouse.old_releases import prune
from warehouse.recompute import last_request
from warehouse.serving import Manifest, manifests, write_manifest

NOW = datetime(2031, 2, 15, 2, 30)  # 61 months after January 2026, 60 after February
TIMES = ("来电时间", "派单时间", "办理时限", "办结时间", "回访时间", "更新时间")


def on(day: str) -> dict[str, Any]:
    return dict.fromkeys(TIMES, "") | {"来电时间": f"{day} 08:00:00", "更新时间": f"{day} 09:00:00"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cases of January, of January and February, and of February 2026; one row set aside; readings of January."""
    folder = tmp_path_factory.mktemp("template")
    settings = Settings(home=folder / "home", key_file=folder / "key.json", memory="1GB")
    deliver(settings, [*cases(ANNA, BERT, **on("2026-01-05")), *cases(ANNA, first=3, **on("soon"))], "old.csv")
    mixed = [*cases(ANNA, first=4, **on("2026-01-31")), *cases(CLEO, first=5, **on("2026-02-01"))]
    deliver(settings, mixed, "mixed.csv")
    deliver(settings, cases(BERT, first=6, **on("2026-02-20")), "new.csv")
    land_many(settings, deliveries=2)
    return folder


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Settings:
    return copied(template, tmp_path)


def numbers(settings: Settings) -> list[str]:
    return [row["case_no"][-1] for row in landed(settings, CITY.feed)]


def certified(settings: Settings) -> dict[str, Any]:
    (path,) = settings.certificates.iterdir()
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_the_built_in_policy_is_sound_and_gives_its_reasons() -> None:
    policy, digest = load_policy(load_settings(), set(CONTRACTS))
    assert (policy.vault_months, policy.landed_months) == (24, 60)
    assert digest == hashlib.sha256((PACKAGE_ROOT / "retention.yml").read_bytes()).hexdigest()
    assert [feed for feed, contract in CONTRACTS.items() if policy.lets_rows_go(contract)] == [
        "capacity_training",
        "grid_event",
        "hotline_city",
        "hotline_province",
    ]


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2026, 3, 31), date(2026, 1, 1), date(2025, 12, 31)])
@pytest.mark.parametrize("months", [1, 2, 12, 24, 60, 61])
def test_months_are_counted_back_as_the_calendar_does(day: date, months: int) -> None:
    found = months_before(day, months)
    assert (day.year - found.year) * 12 + day.month - found.month == months
    is_last = (found + timedelta(days=1)).month != found.month
    assert found.day == day.day or (is_last and found.day < day.day)


def city_policy(settings: Settings, **said: Any) -> Settings:
    city = settings.home.parent / "city"
    city.mkdir(exist_ok=True)
    (city / "retention.yml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    return replace(settings, city=city)


@pytest.mark.parametrize(
    "said",
    [
        {"vault_months": 24},
        {"vault_months": 0, "landed_months": 60},
        {"vault_months": 24, "landed_months": "ever"},
        {"vault_months": 24, "landed_months": 60, "landed_monts": 1},
        {"vault_months": 24, "landed_months": 60, "landed_for_good": {"hotline_city": ""}},
        {"vault_months": 24, "landed_months": 60, "landed_for_good": {"hotline": "a reason long enough"}},
    ],
)
def test_a_slip_in_the_policy_deletes_nothing(home: Settings, said: dict[str, Any]) -> None:
    with pytest.raises(ContractError, match=r"retention\.yml"):
        retain(city_policy(home, **said), NOW)
    assert len(numbers(home)) == 5


def test_the_city_decides(home: Settings) -> None:
    kept = city_policy(home, vault_months="for_good", landed_months="for_good")
    assert policy_file(kept) == home.home.parent / "city" / "retention.yml"
    with pytest.raises(NothingToDo):
        retain(kept, NOW)
    named = city_policy(home, vault_months=1, landed_months=1, landed_for_good={"hotline_city": "kept by the city"})
    assert retain(named, NOW).originals == 3
    assert len(numbers(home)) == 5


def test_old_rows_and_originals_go_by_whole_months_and_a_certificate_tells(home: Settings) -> None:
    readings, rows = landed(home, READINGS), landed(home, CITY.feed)
    originals = {f"vault/{CITY.feed}/{path.name}": path.name[:64] for path in (home.vault / CITY.feed).iterdir()}
    receipts = Ledger(home, CITY.feed).receipts
    assert len(holding(home.landing, *(row["case_no"] for row in rows[:3]))) == 2
    report = retain(home, NOW)
    assert report.rows == {CITY.feed: 3}
    assert (report.originals, report.quarantine_files) == (3, 1)
    assert landed(home, CITY.feed) == [row for row in rows if row["business_date"] >= date(2026, 2, 1)]
    assert landed(home, READINGS) == readings, "no personal data, no end"
    assert not list(home.vault.glob("*/*"))
    assert Ledger(home, CITY.feed).receipts == receipts, "counts and hashes stay"

    found = certified(home)
    assert found["kind"] == "retention"
    assert (found["why"]["landed_before"], found["why"]["vault_before"]) == ("2026-02-01", "2029-02-15")
    told = [(row["batch_id"], row["rows"]) for row in found["rows"]]
    assert told == [(receipts[0].batch_id, 2), (receipts[1].batch_id, 1)]
    assert originals.items() <= found["files"].items()
    assert sum(name.startswith("quarantine/") for name in found["files"]) == 1
    assert found["finished_at"]
    assert any("grid_worker" in line for line in found["stays"])

    assert holding(home.landing, *(row["case_no"] for row in rows[:3])) == [], "nothing is left of rows that went"
    current = LandingTable(home, CITY).files()
    assert sorted(str(path) for path in (home.landing / CITY.feed).glob("*/*.parquet")) == current
    assert not (home.landing / CITY.feed / "business_period=2026-01").exists()
    with pytest.raises(NothingToDo):
        retain(home, NOW)


def test_scan_and_doctor_know_what_went_by_law_and_still_see_what_was_lost(home: Settings) -> None:
    retain(home, NOW)
    assert scan(home, NOW)["rows"] == 2 + 4
    assert all(finding.is_fine for finding in examine(home) if finding.subject.startswith(("receipts", "deletion")))
    (path,) = home.certificates.iterdir()
    told = json.loads(path.read_text())
    told["rows"][0]["rows"] += 1
    path.write_text(json.dumps(told))
    with pytest.raises(IntegrityError, match="its receipt says 2"):
        scan(home, NOW)
    path.write_text("{")
    with pytest.raises(IntegrityError, match="is damaged"):
        scan(home, NOW)


def test_the_warehouse_goes_as_a_file_and_the_last_release_with_all_months_stays(home: Settings) -> None:
    home.warehouse.mkdir()
    home.warehouse_db.write_bytes(b"rows in freed pages")
    for number, name in enumerate(("r20260201-a", "r20310201-b", "r20310214-c")):
        published = f"{datetime(2029, 1, 1) + timedelta(days=number):%Y-%m-%d %H:%M:%S}"
        write_manifest(home, Manifest(name, published, "2026-02-01 00:00:00", 1, 1, {}, {}))
    home.serving.mkdir()
    (home.serving / "current.json").write_text(json.dumps({"release_id": "r20310201-b"}))
    retain(home, NOW)
    assert not home.warehouse_db.exists()
    assert last_request(home) == 1
    assert certificates.releases(home) == {"r20310201-b"}
    (home.serving / "current.json").write_text(json.dumps({"release_id": "r20310214-c"}))
    assert prune(home, now=NOW, keep=1, kept=certificates.releases(home)) == ["r20260201-a"]
    assert {manifest.release_id for manifest in manifests(home)} == {"r20310201-b", "r20310214-c"}


def test_a_delivery_that_comes_again_does_not_live_longer(home: Settings, template: Path) -> None:
    retain(home, NOW)
    deliver_again(home, template / "sent" / "old.csv")
    assert Ledger(home, CITY.feed).receipts[-1].status == "duplicate"
    assert len(numbers(home)) == 2
    assert retain(home, NOW + timedelta(days=1)).originals == 1
    assert not list((home.vault / CITY.feed).iterdir())
    assert scan(home, NOW)["rows"] == 6


def test_no_copy_stays_in_the_backup(home: Settings, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    saved = replace(home, backup=tmp_path / "backup")
    back_up(saved, NOW)
    (home.landing / READINGS / "x.txt").write_text("something the home loses by a slip")
    back_up(saved, NOW)
    (home.landing / READINGS / "x.txt").unlink()
    assert holding(tmp_path / "backup", ANNA)
    retain(saved, NOW)
    counts = back_up(saved, NOW)
    assert counts["purged"] == 3 + 1 + 2, "originals, quarantine, landing files"
    assert holding(tmp_path / "backup", ANNA) == []
    assert list((tmp_path / "backup" / "gone").rglob("x.txt")), "other losses stay aside for five weeks"
    assert list((tmp_path / "backup" / "home" / "certificates").iterdir())
    assert back_up(saved, NOW)["purged"] == 0


def test_a_dry_run_counts_and_changes_nothing(home: Settings) -> None:
    before = {path: path.stat().st_mtime_ns for path in home.home.rglob("*") if path.is_file()}
    report = retain(home, NOW, dry_run=True)
    assert (report.rows, report.originals, report.quarantine_files) == ({CITY.feed: 3}, 3, 1)
    assert {path: path.stat().st_mtime_ns for path in home.home.rglob("*") if path.is_file()} == before
    said = CliRunner().invoke(app, ["--home", str(home.home), "retain", "--dry-run", "--json"])
    assert said.exit_code == 0
    assert set(json.loads(said.stdout)) >= {"rows", "originals", "certificate"}


def test_the_same_row_is_never_certified_twice_over_years(home: Settings) -> None:
    retain(home, NOW)
    retain(home, NOW + timedelta(days=31))
    assert numbers(home) == []
    assert len(list(home.certificates.iterdir())) == 2
    assert scan(home, NOW)["rows"] == 4
    assert load_contracts(home)[CITY.feed] == CITY
