"""The simulated registers of property and capacity agree with each other, but for the faults they are meant to have."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from simulator import community_life, community_workers, compounds, facilities
from simulator.property_feeds import FEEDS
from simulator.run import Run
from tests.unit.simulated import CONTRACTS, Record, records, run_of

UNTIL = date(2026, 1, 31)


@pytest.fixture(scope="module")
def month() -> Run:
    return run_of(UNTIL - timedelta(days=29), UNTIL, scale=0.5)


def sent(run: Run, feed: str) -> list[Record]:
    return records(dict(FEEDS)[feed](run, CONTRACTS[feed]), feed)


def test_a_tiny_city_sends_rows_of_every_feed() -> None:
    tiny = run_of(UNTIL - timedelta(days=6), UNTIL, scale=0.05)
    assert all(len(sent(tiny, feed)) > 5 for feed, _ in FEEDS)


def test_the_registers_stand_before_last_years_window(month: Run) -> None:
    for feed in (compounds.FEED, compounds.COMPANY, community_workers.FEED, facilities.FEED):
        days = [row["valid_from"] for row in sent(month, feed)]
        assert min(days) == "2025-01-01"
        assert max(days) > str(month.first)
        assert len(set(days)) < 12, "each day is a partition of its own"


def test_a_longer_window_keeps_the_changes_of_a_shorter_one(month: Run) -> None:
    longer = run_of(month.first - timedelta(days=21), UNTIL, scale=0.5)
    for feed in (compounds.COMPANY, community_life.ACTIVITY):
        day = "valid_from" if feed == compounds.COMPANY else "held_on"
        few, many = ({tuple(row.values()) for row in sent(run, feed) if row[day] >= "2026"} for run in (month, longer))
        assert few <= many


def test_two_registers_contradict_each_other_where_they_are_meant_to(month: Run) -> None:
    known = {row["company_id"] for row in sent(month, compounds.COMPANY)}
    found = sent(month, compounds.FEED)
    assert {row["company_id"] for row in found if row["company_id"]} - known == {"W998"}
    at_odds = {row["compound_id"] for row in found if row["mode"] in ("弃管", "业主自管") and row["company_id"]}
    assert at_odds == {f"X{compounds.ABANDONED_WITH_COMPANY + 1:05d}"}


def test_who_is_trained_is_on_the_roster(month: Run) -> None:
    workers = sent(month, community_workers.FEED)
    profession = {row["worker_token"] for row in workers if row["worker_kind"] in community_workers.KINDS[:2]}
    attended = [row["worker_token"] for row in sent(month, community_life.TRAINING)]
    assert set(attended) <= profession
    assert 1 < len(attended) / len(set(attended)) < 2, "some come twice: 人次 are not persons"
    assert all(row["worker_token"].startswith("100") for row in workers)


def test_every_kind_of_resource_is_on_the_register(month: Run) -> None:
    found = {row["facility_type"] for row in sent(month, facilities.FEED)}
    assert set(CONTRACTS[facilities.FEED].column("facility_type").values or {}) <= found
