"""Files of the coal stocks: a workbook each Friday; the yards fill in summer and are full before the planned day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time

import numpy as np

from ingestion.contract import Contract
from simulator.city import ENTERPRISES
from simulator.delivery import FRIDAY, Batch, Kind, Parcel, weekly_parcels
from simulator.run import Run
from simulator.workbooks import xlsx_bytes
from simulator.writing import TOTAL, Row, headers

FEED = "heating_coal_stock"
AT = time(17)
# Month and day: the last season's coal is used up, buying begins; the day of the plan; the year's plan is replaced.
BUYING_BEGINS, PLANNED, NEXT_PLAN = (5, 15), (10, 31), (4, 10)
FULL_FROM, FULL_UNTIL = date(2001, 10, 5), date(2001, 10, 28)
RESERVE = 0.05
SWING = 0.1


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """One workbook a week with a row for each company."""
    title = f"{run.city.name}供热企业储煤进度（模拟数据）"

    def render(day: date, _: Kind) -> Batch:
        year = day.year if (day.month, day.day) >= NEXT_PLAN else day.year - 1
        planned, stocks = tonnes(run, year, day)
        on, until = datetime(day.year, day.month, day.day), datetime(year, *PLANNED)
        rows: list[Row] = [
            (name, on, plan, stock, until) for name, plan, stock in zip(ENTERPRISES, planned, stocks, strict=True)
        ]
        total = (TOTAL, "", sum(planned), sum(stocks), "")
        payload = xlsx_bytes(contract, title, headers(contract), rows, day, total=total)
        return Batch(payload, len(rows), 0, 0)

    yield from weekly_parcels(run, FEED, "xlsx", FRIDAY, AT, render)


def tonnes(run: Run, year: int, day: date) -> tuple[list[int], list[int]]:
    """Planned and real stock of each company; in the season coal that is burnt is bought again."""
    rng, weekly = run.stream(FEED, year), run.stream(FEED, day)
    companies = len(ENTERPRISES)
    planned = 1000 * rng.integers(15, 120, companies)
    full = date(year, FULL_FROM.month, FULL_FROM.day).toordinal() + rng.integers(
        (FULL_UNTIL - FULL_FROM).days + 1, size=companies
    )
    begins = date(year, *BUYING_BEGINS).toordinal()
    share = np.clip((day.toordinal() - begins) / (full - begins), RESERVE, 1.0)
    burning = 1 + weekly.uniform(-SWING, SWING, companies)
    is_burning = run.calendar.is_heating(day)
    stocks = np.rint(planned * (burning if is_burning else share)).astype(int)
    return planned.tolist(), stocks.tolist()
