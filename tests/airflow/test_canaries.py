"""Airflow learns of no person: neither its metadata nor a task's log holds a canary of what its tasks have landed."""

from __future__ import annotations

from pathlib import Path

from citypulse.airflow_settings import airflow_home
from ingestion.contract import load_contracts
from ingestion.inbox import pending
from ingestion.settings import Settings
from tests.airflow.fleet import Fleet
from tests.airflow.waiting import wait_for
from tests.reliability.byte_search import Search
from tests.reliability.canaries import STEMS, plant

FEEDS = {"grid_event", "mediation_case", "safety_hazard"}  # of those that these tests keep awake, what tells of persons


def test_metadata_and_logs_of_airflow_hold_no_canary_person(settings: Settings, landing_only: Fleet) -> None:
    """Sound rows, rows set aside and whole files refused: the last let a task fail, with its message."""
    planted = plant(settings, FEEDS)
    contracts = [load_contracts(settings)[feed] for feed in FEEDS]
    wait_for("landing of the canaries", lambda: not any(pending(settings, c) for c in contracts), 300, every=0.5)
    landing_only.wait_until_calm(120)
    assert planted.persons > 50
    files = [path for path in airflow_home(settings).rglob("*") if path.is_file()]
    assert any(path.name == "airflow.db" for path in files)
    logs = [path for path in files if "dag_id=ingest_safety_hazard" in str(path)]
    assert any(b"DeliveriesRefused" in path.read_bytes() for path in logs), "a task has told of a refusal"
    found = Search(STEMS).through([*files, *_others(settings.home)])
    print(f"\n  {found.files} files, {found.bytes_scanned / 1e6:.0f} MB")
    assert found.hits == []
    vault = [path for feed in FEEDS for path in (settings.vault / feed).iterdir() if path.is_file()]
    assert Search(STEMS).through(vault).hits, "the search finds them where they are"


def _others(home: Path) -> list[Path]:
    """What the tasks themselves have left: their logs, receipts and the files for others."""
    return [
        path
        for zone in ("logs", "receipts", "quarantine", "landing")
        for path in (home / zone).rglob("*")
        if path.is_file()
    ]
