"""The file of the press office: the figures of the ledger, handed over as published some days before the window."""

from __future__ import annotations

from collections.abc import Iterator

from ingestion.contract import Contract
from ingestion.settings import Settings
from simulator.delivery import MONDAY, Batch, Parcel, last_weekday, register_parcel
from simulator.dirt import Soiled
from simulator.registers import AT, WEEK
from simulator.replay.ledger import Ledger
from simulator.replay.places import Places
from simulator.replay.press import figures
from simulator.replay.rows import as_delivered
from simulator.run import Run
from simulator.writing import Row, headers, plain_csv_bytes

FEED = "quality_published_figure"


def parcels(run: Run, contract: Contract, settings: Settings) -> Iterator[Parcel]:
    """One file, without a flaw: what a press office gives out has been read by many."""
    found = as_delivered(contract, list(figures(Ledger.read(settings), Places.read(settings))))
    rows: list[Row] = [list(row.values()) for row in found]
    batch = Batch.of(plain_csv_bytes(contract, headers(contract), rows), Soiled(rows, 0, 0))
    yield register_parcel(contract.feed, last_weekday(run.first, MONDAY) - WEEK, AT, batch)
