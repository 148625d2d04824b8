"""Parts of the simulator as its tests use them: a run without any folder, and the rows of what a feed sends."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from ingestion.contract import load_contracts
from ingestion.settings import Settings
from simulator.calendar import load_calendar
from simulator.city import load_city
from simulator.delivery import Parcel
from simulator.run import Run

SETTINGS = Settings(home=Path("unused"), key_file=Path("unused"))
CONTRACTS = load_contracts(SETTINGS)
Record = dict[str, str]


def run_of(first: date, until: date, scale: float = 1.0) -> Run:
    return Run(load_city(SETTINGS), load_calendar(SETTINGS, until), 7, scale, first, until)


def records(parcels: Iterator[Parcel], feed: str) -> list[Record]:
    """All rows of CSV files under the names of the contract, without the totals."""
    contract = CONTRACTS[feed]
    names = [column.name for column in contract.columns]
    found: list[Record] = []
    for parcel in parcels:
        table = list(csv.reader(io.StringIO(parcel.batch.payload.decode(contract.format.encoding), newline="")))
        sound = [row for row in table[1:] if row[0] not in contract.format.footer]
        found += [dict(zip(names, row, strict=True)) for row in sound]
    return found
