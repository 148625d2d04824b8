"""Delivers nasty heating lives through the inbox, step by step, and builds the warehouse after each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ingestion.contract import Column, Contract, load_contracts
from ingestion.land import land_feed
from ingestion.settings import Settings
from tests.canonical_rows import land_rows
from tests.feeds.forms import write_delivery
from tests.oracle.heating import Heating, fold
from tests.oracle.heating_lives import HeatingLives, together
from tests.oracle.heating_seeds import read_heating_seeds
from tests.oracle.heating_world import TRAPS
from tests.oracle.world import CITY
from warehouse.build import build

Row = dict[str, Any]
FEEDS = {
    "readings": "heating_room_temperature",
    "points": "heating_room_point",
    "station_readings": "heating_station_reading",
    "stations": "heating_station",
    "actions": "heating_action",
}


@dataclass(frozen=True)
class Compared:
    """A home whose warehouse was built step by step, and the oracle's picture of the same rows."""

    settings: Settings
    heating: Heating


def built_in_steps(home: Path, *seeds: int) -> Compared:
    """Land the files of a step and build, step after step: late files and rows reach back."""
    settings = Settings(home=home, key_file=home / "key", memory="1GB", threads=2)
    lives = together(seeds, TRAPS)
    land_rows(settings, "hotline_city", [one_case(lives.as_of)])  # an as-of needs a case
    for step in range(1, lives.steps + 1):
        land_step(settings, lives, step)
        build(settings)
    return Compared(settings, fold(lives.feeds, read_heating_seeds()))


def one_case(moment: datetime) -> Row:
    said = {"case_no": "C1", "category_name": "物业", "status": "received", "received_at": moment, "updated_at": moment}
    return dict.fromkeys(CITY) | said


def land_step(settings: Settings, lives: HeatingLives, step: int) -> None:
    """The real files of a step, one of each feed, through the inbox."""
    for name, feed in FEEDS.items():
        contract = load_contracts(settings)[feed]
        rows = [source(contract, row) for row in getattr(lives.feeds, name) if row["batch_seq"] == step]
        if rows:
            write_delivery(contract, rows, settings.inbox / feed / f"{feed}_{step}.csv")
            (receipt,) = land_feed(settings, feed).receipts
            assert (receipt.status, receipt.quarantined) == ("landed", 0), f"{feed}, step {step}"


def source(contract: Contract, row: Row) -> Row:
    return {column.header[0]: word(column, row.get(column.name)) for column in contract.columns if column.header}


def word(column: Column, value: Any) -> str:
    """A value as the sender writes it."""
    if value is None:
        return ""
    words = {ours: theirs for theirs, ours in (column.values or {}).items()}
    return str(words.get(value, value))
