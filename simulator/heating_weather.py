"""Files of the daily weather: last year by month, then a line a day, one of them revised later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ingestion.contract import Contract
from simulator.delivery import Batch, Kind, Parcel, daily_parcels, history_parcel
from simulator.run import Run
from simulator.weather import weather
from simulator.writing import Row, headers, plain_csv_bytes

FEED = "heating_weather_day"
STATION = "54662"  # the code of the city's station is real as area codes are; the weather is invented
REVISION = 0.3


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """A file for each month of last year, then one for each day, in the season and outside it."""

    def batch(rows: list[Row]) -> Batch:
        return Batch(plain_csv_bytes(contract, headers(contract), rows), len(rows), 0, 0)

    def render(day: date, kind: Kind) -> Batch:
        return batch([_row(run, day, REVISION if kind == "corrected" else 0.0)])

    for days in run.history:
        yield history_parcel(run, FEED, days[0], "csv", batch([_row(run, day) for day in days]))
    yield from daily_parcels(run, FEED, "csv", run.days, render)


def _row(run: Run, day: date, revision: float = 0.0) -> Row:
    found = weather(run, day)
    return (STATION, str(day), *(f"{value + revision:.1f}" for value in (found.mean, found.low, found.high)))
