"""Files of a register whose rows hold from a day on: what was known before the window at once, then weekly changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta

from ingestion.contract import Contract
from simulator.delivery import MONDAY, Batch, Kind, Parcel, last_weekday, register_parcel, weekly_parcels
from simulator.dirt import soil
from simulator.run import Run
from simulator.writing import Cell, Row, headers, plain_csv_bytes

WEEK = timedelta(days=7)
AT = time(5)


def register_parcels(
    run: Run, contract: Contract, rows: list[tuple[date, dict[str, Cell]]], breaks: list[tuple[str, Cell]]
) -> Iterator[Parcel]:
    """Rows with the day from which they hold, a file each Monday; the first of them is some days before the window."""

    def batch(first: date, end: date) -> Batch:
        chosen: list[Row] = [
            [cells[column.name] for column in contract.columns if column.header]
            for day, cells in rows
            if first <= day < end
        ]
        soiled = soil(contract, chosen, breaks, run.stream(contract.feed, "dirt", end))
        return Batch.of(plain_csv_bytes(contract, headers(contract), soiled.rows), soiled)

    def render(monday: date, _: Kind) -> Batch:
        return batch(monday - WEEK, monday)

    known = last_weekday(run.first, MONDAY) - WEEK
    yield register_parcel(contract.feed, known, AT, batch(date.min, known))
    yield from weekly_parcels(run, contract.feed, "csv", MONDAY, AT, render)
