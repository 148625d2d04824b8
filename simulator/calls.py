"""Files of the call statistics: workbooks of hours; last year's months come together in one archive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import Ints
from simulator.delivery import Batch, Kind, Parcel, archive_parcel, daily_parcels
from simulator.dirt import full_width, soil
from simulator.moments import CALLS_BY_HOUR
from simulator.run import Run
from simulator.volume import heating_cases, other_cases
from simulator.workbooks import statistics_bytes, zip_bytes
from simulator.writing import Cell, Row, headers, in_order

FEED = "hotline_call"
COUNTS = ("offered_count", "answered_count", "answered_15s_count", "abandoned_count")
CALLS_PER_CASE = 1.6
QUICK_SHARE, SLOW_SHARE = 0.962, 0.022
COLD_CALLS, COLD_QUICK_SHARE = 1.3, 0.84
COLDEST_MONTHS = (12, 1, 2)
SNAP_SHARE = 0.35
WIDE_SHARE = 0.01
BREAKS: list[tuple[str, Cell]] = [("offered_count", -3), ("hour_at", "2026-02-30 08时"), ("answered_count", "约一百")]


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """An archive with a workbook for each month of last year, then one workbook a day."""
    title = f"{run.city.name}12345热线话务统计（模拟数据）"

    def batch(rows: list[Row], day: date, *what: object) -> Batch:
        soiled = soil(contract, rows, BREAKS, run.stream(FEED, "dirt", day, *what))
        return Batch.of(statistics_bytes(contract, title, headers(contract), soiled.rows, day), soiled)

    def render(day: date, kind: Kind) -> Batch:
        return batch(_rows(run, contract, day, is_corrected=kind == "corrected"), day)

    months = {
        f"话务统计_{days[0]:%Y%m}.xlsx": batch([row for day in days for row in _rows(run, contract, day)], days[0])
        for days in run.history
    }
    if months:
        archive = zip_bytes({name: month.payload for name, month in months.items()})
        yield archive_parcel(run, FEED, Batch.all(archive, list(months.values())))
    yield from daily_parcels(run, FEED, "xlsx", run.days, render)


def is_cold_snap(run: Run, day: date) -> bool:
    """Whether the city freezes: for some days in every third week of deep winter everybody calls at once."""
    if day.month not in COLDEST_MONTHS:
        return False
    year, week, weekday = day.isocalendar()
    rng = run.stream("cold", year, week)
    begins, lasts = rng.integers(1, 5), rng.integers(2, 5)
    return bool(rng.random() < SNAP_SHARE and begins <= weekday < begins + lasts)


def _rows(run: Run, contract: Contract, day: date, *, is_corrected: bool = False) -> list[Row]:
    counts = _counts(run, day)
    rng = run.stream(FEED, "typed", day)
    if is_corrected:  # calls that rang off in the first seconds had been left out
        counts[3] += rng.poisson(0.5, 24)
        counts[0] = counts[1] + counts[3]
    columns: dict[str, list[Cell]] = {"hour_at": _hours(day)}
    for name, found in zip(COUNTS, counts, strict=True):
        is_wide = rng.random(24) < WIDE_SHARE
        columns[name] = [full_width(str(n)) if wide else int(n) for n, wide in zip(found, is_wide, strict=True)]
    return in_order(contract, columns)


def _hours(day: date) -> list[Cell]:
    """Odd days come from a system that writes words."""
    start = datetime(day.year, day.month, day.day)
    hours = [start + timedelta(hours=hour) for hour in range(24)]
    return [f"{hour:%Y-%m-%d %H}时" for hour in hours] if day.day % 2 else list(hours)


def _counts(run: Run, day: date) -> Ints:
    """Calls offered, answered, answered within 15 seconds and given up, hour by hour."""
    rng = run.stream(FEED, day)
    is_history = day < run.first
    level = other_cases(run, day, is_history=is_history) + heating_cases(run, day, is_history=is_history)
    is_cold = is_cold_snap(run, day)
    hourly = level * CALLS_PER_CASE * np.array(CALLS_BY_HOUR) / sum(CALLS_BY_HOUR)
    offered = rng.poisson(hourly * (COLD_CALLS if is_cold else 1.0))
    quick = rng.binomial(offered, COLD_QUICK_SHARE if is_cold else QUICK_SHARE)
    slow = rng.binomial(offered - quick, SLOW_SHARE / (1 - QUICK_SHARE))
    return np.stack([offered, quick + slow, quick, offered - quick - slow])
