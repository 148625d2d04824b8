"""Files of the station register: what was known before the window at once, then the changes of each week."""

from __future__ import annotations

from collections.abc import Iterator

from ingestion.contract import Contract
from simulator.calendar import year_before
from simulator.city import ENTERPRISES
from simulator.delivery import Parcel
from simulator.openings import openings
from simulator.registers import register_parcels
from simulator.run import Run
from simulator.stations import Standing, Stations, standings, stations
from simulator.writing import Cell

FEED = "heating_station"
WORDS = ("在用", "停用")


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """The register from the season before last year's window on."""
    found = stations(run)
    seasons = openings(year_before(run.first), run.until)
    rows = [(row.day, _cells(run, found, row)) for opened in seasons for row in standings(run, found, opened)]
    yield from register_parcels(run, contract, rows, [("heated_area_m2", "约12万"), ("station_status", "在建")])


def _cells(run: Run, found: Stations, row: Standing) -> dict[str, Cell]:
    return {
        "station_id": found.station_id[row.station],
        "valid_from": str(row.day),
        "station_status": WORDS[row.is_retired],
        "enterprise_name": ENTERPRISES[found.enterprise[row.station]],
        "street_code": run.city.streets[found.place[row.station]].code,
        "heated_area_m2": f"{row.area_m2}.00",
        "heated_households": str(row.households),
    }
