"""Were all rows that were sent booked, once each? Counted from the files themselves, not by the code under test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from ingestion.settings import Settings
from tests.airflow.sender import MARK, Sender, Sent
from tests.feeds.landed import landed

HAZARDS = """
    SELECT coalesce(sum(found_count), 0) FROM marts.fct_hazard_month
    WHERE level = 'all' AND area_level = 'district'
"""


def waiting(settings: Settings, *feeds: str) -> list[str]:
    """The delivered files of these feeds that still lie in the inbox."""
    names = [path.name for feed in feeds for path in (settings.inbox / feed).glob("*")]
    return sorted(name for name in names if not name.startswith(".") and not name.endswith((".ok", ".manifest.json")))


def receipts_of(settings: Settings, feed: str, name: str) -> list[dict[str, Any]]:
    """All receipts of one delivered file, read as plain JSON."""
    found = [json.loads(path.read_text()) for path in sorted((settings.receipts / feed).glob("*.json"))]
    return [receipt for receipt in found if receipt["file_name"] == name]


def is_booked(settings: Settings, sent: Sent) -> bool:
    return bool(receipts_of(settings, sent.feed, sent.booked_as))


def assert_balanced(settings: Settings, sender: Sender, *feeds: str) -> None:
    """Every file ever sent of these feeds has one receipt with its own figures, and its rows lie in the table once."""
    for feed in feeds:
        files = sender.sent[feed]
        for sent in files:
            _assert_booked_once(settings, feed, sent)
        key = sender.contracts[feed].key[0]
        numbers = [row[key] for row in landed(settings, feed) if str(row[key]).startswith(MARK)]
        assert len(numbers) == sum(sent.landed for sent in files), f"{feed}: rows in the landing table"
        assert len(set(numbers)) == len(numbers), f"{feed}: a case landed twice"
        assert not list((settings.receipts / feed).glob("*.pending")), f"{feed}: an intent was left behind"


def _assert_booked_once(settings: Settings, feed: str, sent: Sent) -> None:
    first, *others = receipts_of(settings, feed, sent.booked_as)
    booked = {name: first[name] for name in ("status", "received", "landed", "quarantined", "duplicates")}
    assert booked == {
        "status": "landed",
        "received": sent.rows,
        "landed": sent.landed,
        "quarantined": sent.bad,
        "duplicates": sent.repeated,
    }, sent.path.name
    quarantine = settings.quarantine / feed / f"{first['batch_id'][:24]}.parquet"
    assert _rows(quarantine) == sent.bad, f"{sent.path.name}: rows set aside"
    for again in others:  # killed between receipt and removal, it was met again and recognised
        assert (again["status"], again["duplicates"]) == ("duplicate", sent.rows), sent.path.name


def _rows(quarantine: Path) -> int:
    if not quarantine.exists():
        return 0
    with duckdb.connect() as connection:
        row = connection.execute("SELECT count(DISTINCT row_no) FROM read_parquet(?)", [str(quarantine)]).fetchone()
    assert row is not None
    return int(row[0])


def released_hazards(settings: Settings) -> int:
    """Hazards found, as the served release tells it to everyone."""
    with duckdb.connect(str(settings.serving / "governance.duckdb"), read_only=True) as connection:
        row = connection.execute(HAZARDS).fetchone()
    assert row is not None
    return int(row[0])


def served(settings: Settings) -> str:
    return str(json.loads((settings.serving / "current.json").read_text())["release_id"])


def everything_is_released(settings: Settings) -> bool:
    """Whether the served release has seen the last receipt of each feed."""
    manifest = json.loads((settings.releases / f"{served(settings)}.json").read_text())
    last = {
        folder.name: max((int(path.name.partition("-")[0]) for path in folder.glob("*.json")), default=0)
        for folder in settings.receipts.iterdir()
    }
    return all(manifest["inputs"].get(feed, 0) == number for feed, number in last.items())
