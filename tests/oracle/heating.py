"""The front door of the heating oracle: delivered rows in, every figure of docs/heating-method.md out.

Sections 1: heating_readings.py · 2, 3: heating_days.py · 4: heating_due.py · 5: heating_cold.py ·
6: heating_cells.py over heating_stations.py. Written from the document alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.oracle.heating_cells import Cells, Place, StreetDay, check_cells, room_cells, station_cells, street_days
from tests.oracle.heating_cold import Episode, Exposure, episodes, exposures
from tests.oracle.heating_days import Key, PointDay, point_days
from tests.oracle.heating_due import DueDay, Ledger, due_days
from tests.oracle.heating_readings import HeatingFeeds, Reading, Register, readings_by_point
from tests.oracle.heating_seeds import HeatingSeeds
from tests.oracle.heating_stations import StationDay, checks, station_days


@dataclass(frozen=True)
class Heating:
    """Everything of one city's heating, folded."""

    readings: dict[str, list[Reading]]
    days: dict[Key, PointDay]
    due: list[DueDay]
    street_days: dict[Place, StreetDay]
    episodes: list[Episode]
    exposures: list[Exposure]
    station_days: list[StationDay]
    cells: Cells


def fold(feeds: HeatingFeeds, seeds: HeatingSeeds) -> Heating:
    """Sections 1 to 6; the as-of of the rooms is the last moment of measurement."""
    register = Register(feeds.points, "point_id", "point_status")
    readings = readings_by_point(feeds, register, seeds)
    days = point_days(readings, seeds)
    as_of = max((reading.measured_at for spoken in readings.values() for reading in spoken), default=None)
    due = due_days(Ledger(days, register, seeds, as_of)) if as_of else []
    streets, stations = street_days(days.values(), due, seeds), station_days(feeds, seeds)
    return Heating(
        readings=readings,
        days=days,
        due=due,
        street_days=streets,
        episodes=episodes(readings, seeds),
        exposures=exposures(days.values(), seeds),
        station_days=stations,
        cells=room_cells(streets, seeds)
        | check_cells(checks(feeds.actions, seeds), seeds)
        | station_cells(stations, seeds),
    )
