"""Files of the public-security counts: a row for each street, month and class, published on the 10th; some revised."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import Ints
from simulator.delivery import Parcel
from simulator.registers import register_parcels
from simulator.run import Run
from simulator.writing import Cell

FEED = "safety_public_security_month"
PUBLISHED_DAY = 10
YEARS_BEFORE = 2
# Invented levels of a year in the whole city; the yearly course of three of them is that of the published falls.
CLASSES = ("刑事案件", "命案", "治安案件", "生产安全事故", "交通事故", "火灾")
LEVELS = (14_000.0, 40.0, 40_000.0, 400.0, 2_400.0, 5_200.0)
COURSE = (1 - 0.084, 1 - 0.3, 0.97, 1 - 0.185, 0.98, 0.95)
CRIMINAL, HOMICIDE = 0, 1
LEVEL_YEAR = 2024
SILENT_SHARE, REVISED_SHARE = 0.003, 0.02
BREAKS: list[tuple[str, Cell]] = [("incident_count", "若干"), ("incident_class", "诈骗")]
Rows = list[tuple[date, dict[str, Cell]]]


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """All months from two years before the window's year on: those published before it at once."""
    months = [
        date(year, month, 1)
        for year in range(run.first.year - YEARS_BEFORE, run.until.year + 1)
        for month in range(1, 13)
    ]
    rows = [row for month in months if _published(month) <= run.until for row in _rows(run, month)]
    return register_parcels(run, contract, sorted(rows, key=lambda row: row[0]), BREAKS)


def _published(month: date, after: int = 1) -> date:
    """The 10th of the month after, or of the one after that."""
    number = month.year * 12 + month.month - 1 + after
    return date(number // 12, number % 12 + 1, PUBLISHED_DAY)


def _rows(run: Run, month: date) -> Iterator[tuple[date, dict[str, Cell]]]:
    """The counts of a month, without the streets that forgot it, and a month later those that were wrong."""
    rng = run.stream(FEED, month)
    found = counts(run, month, rng)
    silent, wrong = rng.random(len(found)) < SILENT_SHARE, rng.random(len(found)) < REVISED_SHARE
    known, corrected = _published(month), _published(month, 2)
    for place in np.flatnonzero(~silent).tolist():
        street = run.city.streets[place].code
        for name, count in zip(CLASSES, found[place].tolist(), strict=True):
            is_wrong = wrong[place] and name == CLASSES[CRIMINAL]
            yield known, _cells(street, month, name, count + int(is_wrong), known)
            if is_wrong and corrected <= run.until:
                yield corrected, _cells(street, month, name, count, corrected)


def counts(run: Run, month: date, rng: np.random.Generator) -> Ints:
    """Incidents by street and class; every homicide is a criminal case, too."""
    yearly = np.array(LEVELS) * np.array(COURSE) ** (month.year - LEVEL_YEAR)
    found: Ints = rng.poisson(run.city.share[:, None] * yearly[None, :] / 12 * run.scale)
    found[:, CRIMINAL] += found[:, HOMICIDE]
    return found


def _cells(street: str, month: date, name: str, count: int, published: date) -> dict[str, Cell]:
    return {
        "street_code": street,
        "month": month.isoformat()[:7],
        "incident_class": name,
        "incident_count": str(count),
        "published_at": f"{published.isoformat()} 09:00:00",
    }
