"""The simulated disputes, hazards, deliberation points and counts: lives that hold together, and slips of senders."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta

import numpy as np
import pytest

from simulator import deliberations, disputes, hazards, incidents
from simulator.case_places import UNKNOWN_STREET
from simulator.register import Register
from simulator.run import Run
from tests.unit.simulated import CONTRACTS, records, run_of

UNTIL = date(2026, 1, 14)
KINDS = (disputes.MEDIATED, disputes.SCREENED)


@pytest.fixture(scope="module")
def month() -> Run:
    return run_of(UNTIL - timedelta(days=29), UNTIL)


def lives(run: Run, days: list[date]) -> dict[str, Register]:
    found = {kind.feed: disputes.disputes(run, kind, days) for kind in KINDS}
    return found | {hazards.FEED: hazards.hazards(run, days)}


def test_a_day_is_the_same_in_every_window(month: Run) -> None:
    day = UNTIL - timedelta(days=3)
    short, long = lives(run_of(day, day), [day]), lives(month, [day])
    for feed, register in short.items():
        assert all(np.array_equal(register.cells[name], long[feed].cells[name]) for name in register.cells)
        assert all(
            np.array_equal(register.moments[name], long[feed].moments[name], equal_nan=True)
            for name in register.moments
        )


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.feed)
def test_disputes_end_as_meant(month: Run, kind: disputes.Kind) -> None:
    register = disputes.disputes(month, kind, month.days)
    begun, ended, resolved = (register.moments[name] for name in (kind.begins, "ended", "resolved"))
    words = Counter(register.cells["outcome"].tolist())
    assert set(words) <= {*disputes.OUTCOMES, ""}
    assert 0 < words[""] < 0.02 * len(register)
    agreed = np.isin(register.cells["outcome"].astype(str), disputes.OUTCOMES[: disputes.AGREED])
    assert (0.99 if kind is disputes.SCREENED else 0.80) < agreed.mean() < 1
    assert not (ended < begun).any()
    assert not (register.moments["closed"] < ended).any()
    assert (np.isnat(resolved) | (resolved == ended)).all()
    wrong = register.moments["performed"] < resolved
    assert 0 < wrong.sum() < 0.02 * len(register)
    assert not np.isnat(register.moments["relapsed"]).all()


def test_an_outcome_is_not_told_before_its_time(month: Run) -> None:
    rows = records(disputes.mediated(month, CONTRACTS["mediation_case"]), "mediation_case")
    versions: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        versions[row["case_no"]].add(row["outcome"])
        assert row["applicant_phone"].startswith(("100", "１００"))
        assert row["applicant_name"].startswith("模拟")
    assert any({"", "书面协议"} <= seen for seen in versions.values())


def test_codes_slip_now_and_then(month: Run) -> None:
    register = hazards.hazards(month, month.days)
    streets, grids = register.cells["street_code"].tolist(), register.cells["grid_code"].tolist()
    known = {street.code for street in month.city.streets}
    assert {*streets} - known == {UNKNOWN_STREET, ""}
    assert all(grid[:9] in known for grid in grids if grid)
    contradicting = [
        grid for street, grid in zip(streets, grids, strict=True) if street in known and grid and grid[:9] != street
    ]
    assert 0 < len(contradicting) < 0.02 * len(streets)


def test_most_hazards_are_rectified_in_time_and_some_never(month: Run) -> None:
    register = hazards.hazards(month, month.days)
    due, rectified, verified = (register.moments[name] for name in ("due", "rectified", "verified"))
    assert 0 < (rectified > due).mean() < 0.1
    assert np.isnat(rectified).any()
    assert np.isnat(due).any()
    assert (np.isnat(verified) & ~np.isnat(rectified)).any()
    assert not (verified < rectified).any()


def test_items_are_graded_after_they_are_closed(month: Run) -> None:
    rows = records(deliberations.parcels(month, CONTRACTS[deliberations.FEED]), deliberations.FEED)
    assert all(row["closed_at"] for row in rows if row["satisfaction"])
    assert {row["satisfaction"] for row in rows} == {*deliberations.GRADES, ""}


def test_counts_are_published_once_a_month_and_some_are_revised(month: Run) -> None:
    rows = records(incidents.parcels(month, CONTRACTS[incidents.FEED]), incidents.FEED)
    assert {row["month"] for row in rows} == {f"{year}-{n:02d}" for year in (2023, 2024, 2025) for n in range(1, 13)}
    assert max(row["published_at"] for row in rows) == "2026-01-10 09:00:00"
    counted: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: row["published_at"]):
        if row["incident_class"] in incidents.CLASSES and row["incident_count"].isdigit():
            counted[row["street_code"], row["month"]][row["incident_class"]] = int(row["incident_count"])
    assert all(found["命案"] <= found["刑事案件"] for found in counted.values() if len(found) == len(incidents.CLASSES))
    keys = Counter((row["street_code"], row["month"], row["incident_class"]) for row in rows)
    assert max(keys.values()) > 1
    # A street forgets a month now and then.
    assert len(counted) < 36 * len(month.city.streets)
