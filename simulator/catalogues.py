"""Files of the data catalogues: the year before the window at once, then a file on the fifth of each month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from ingestion.contract import Contract
from simulator.delivery import Batch, Parcel, monthly_parcel, register_parcel
from simulator.dirt import soil
from simulator.run import Run
from simulator.writing import Cell, Row, headers, in_order, plain_csv_bytes

FEED = "quality_catalogue_snapshot"
REPORT_DAY, AT = 5, time(6)
DEPARTMENTS, CATALOGUES, RECORDS, QUERIES = 70, 3457, 10_000_000_000, 3_850_000
PUBLISHED_IN = date(2023, 4, 1)  # the month the totals above were published for
GROWTH = 0.004
BREAKS: list[tuple[str, Cell]] = [("record_count", "1.2亿"), ("month_start", "去年")]


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """One file a month, of the month before."""
    months = _months(run.first, run.until)
    before = [month for month in months if _reported(month).date() < run.first]
    rows = [row for month in before[-12:] for row in _rows(run, contract, month)]
    yield register_parcel(FEED, run.first - timedelta(days=1), AT, _batch(run, contract, rows, "history"))
    for month in months:
        day = _reported(month).date()
        if run.first <= day <= run.until:
            rows = _rows(run, contract, month)
            yield monthly_parcel(FEED, month, datetime.combine(day, AT), _batch(run, contract, rows, month))


def _months(first: date, until: date) -> list[date]:
    """Those of the fourteen months before the window and of the window."""
    start = first.year * 12 + first.month - 1 - 14
    return [date(number // 12, number % 12 + 1, 1) for number in range(start, until.year * 12 + until.month)]


def _reported(month: date) -> datetime:
    following = date(month.year + month.month // 12, month.month % 12 + 1, REPORT_DAY)
    return datetime.combine(following, time(5, 30))


def _rows(run: Run, contract: Contract, month: date) -> list[Row]:
    share = run.stream(FEED).dirichlet([2.0] * DEPARTMENTS)
    rng = run.stream(FEED, month)
    level = (1 + GROWTH) ** ((month.year - PUBLISHED_IN.year) * 12 + month.month - PUBLISHED_IN.month)
    columns: dict[str, list[Cell]] = {
        "department_code": [f"B{number:02d}" for number in range(1, DEPARTMENTS + 1)],
        "department_name": [f"模拟部门{number:02d}" for number in range(1, DEPARTMENTS + 1)],
        "month_start": [f"{month:%Y-%m}"] * DEPARTMENTS,
        "catalogue_count": [str(int(CATALOGUES * part * level) + 1) for part in share.tolist()],
        "record_count": [str(int(RECORDS * part * level)) for part in share.tolist()],
        "query_count": [str(int(n)) for n in rng.poisson(QUERIES * share * level)],
        "updated_at": [f"{_reported(month):%Y-%m-%d %H:%M:%S}"] * DEPARTMENTS,
    }
    return in_order(contract, columns)


def _batch(run: Run, contract: Contract, rows: list[Row], *what: object) -> Batch:
    soiled = soil(contract, rows, BREAKS, run.stream(FEED, "dirt", *what))
    return Batch.of(plain_csv_bytes(contract, headers(contract), soiled.rows), soiled)
