"""The simulated programme: measures as published, items and services that live on, the same days in a longer window."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from ingestion.contract import load_contracts
from ingestion.settings import load_settings
from simulator import catalogues, livelihood_items, programme_measures, service_cases
from simulator.calendar import load_calendar
from simulator.city import load_city
from simulator.delivery import Parcel
from simulator.programme_feeds import FEEDS
from simulator.run import Run

UNTIL = date(2026, 1, 31)


def parcels(feed: str, first: date = date(2026, 1, 25)) -> dict[str, Parcel]:
    settings = load_settings()
    run = Run(load_city(settings), load_calendar(settings, UNTIL), 7, 0.05, first, UNTIL)
    return {parcel.name: parcel for parcel in dict(FEEDS)[feed](run, load_contracts(settings)[feed])}


def lines(parcel: Parcel) -> list[list[str]]:
    return [line.split(",") for line in parcel.batch.payload.decode("gb18030").splitlines()[1:-1]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYPULSE_HOME", str(tmp_path))


@pytest.mark.parametrize("feed", [feed for feed, _ in FEEDS])
def test_every_feed_sends_rows_in_a_small_city(feed: str) -> None:
    assert sum(parcel.batch.rows for parcel in parcels(feed).values()) > 0


def test_139_of_143_measures_are_done() -> None:
    (whole,) = parcels(programme_measures.FEED).values()
    rows = {tuple(row) for row in lines(whole)}
    last = {row[0]: row[5] for row in sorted(rows, key=lambda row: row[1]) if row[2] != "11" and row[5] != "基本完成"}
    assert Counter(last.values()) == {"已完成": 139, "推进中": 4}


@pytest.mark.parametrize("feed", [livelihood_items.FEED, service_cases.FEED])
def test_a_longer_window_keeps_the_items_of_a_shorter_one(feed: str) -> None:
    def listed(first: date) -> set[str]:
        return {row[0] for parcel in parcels(feed, first).values() for row in lines(parcel) if "202601" in row[0]}

    assert listed(date(2026, 1, 25)) <= listed(date(2026, 1, 11))


def test_catalogues_come_on_the_fifth_of_the_month_that_follows() -> None:
    found = [parcel for parcel in parcels(catalogues.FEED, date(2025, 12, 1)).values() if parcel.kind == "monthly"]
    assert [parcel.arrived_at.date() for parcel in found] == [date(2025, 12, 5), date(2026, 1, 5)]
    assert {row[2] for row in lines(found[-1])} <= {"2025-12", "去年"}
