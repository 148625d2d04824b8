"""Files of the register of room points: what was known before the window at once, then the changes of each week."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ingestion.contract import Contract
from simulator.calendar import year_before
from simulator.city import ENTERPRISES
from simulator.delivery import Parcel
from simulator.openings import openings
from simulator.point_register import PointRegister, Standing
from simulator.registers import register_parcels
from simulator.run import Run
from simulator.writing import Cell

FEED = "heating_room_point"
STATES, CUSTOMERS = ("在用", "拆除"), ("正常", "报停")
ROOMS = {"bedroom": "卧室", "living": "起居室", "other": "其他", "non_res": "非居民"}
BREAKS: list[tuple[str, Cell]] = [("customer_status", "停热"), ("valid_from", "2026-02-30"), ("room_type", "阳台")]


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """The register from the season before last year's window on."""
    register = PointRegister(run)
    rows = [
        (day, _cells(register, standing, int(point), day))
        for opened in openings(year_before(run.first), run.until)
        for day, points, standing in register.season(opened, run.until)
        for point in points
    ]
    yield from register_parcels(run, contract, rows, BREAKS)


def _cells(register: PointRegister, standing: Standing, point: int, day: date) -> dict[str, Cell]:
    found, homes = register.found, register.homes
    return {
        "point_id": found.point_id[point],
        "valid_from": str(day),
        "point_status": STATES[int(standing.is_removed[point])],
        "customer_status": CUSTOMERS[int(standing.is_suspended[point])],
        "room_type": ROOMS[found.room_type[point]],
        "position": homes.position[point],
        "dwelling_code": f"D{homes.dwelling[point] + 1:06d}",
        "building_code": homes.building_code[point],
        "gateway_id": homes.gateway_code[standing.gateway[point]],
        "station_id": homes.station[point],
        "enterprise_name": ENTERPRISES[found.enterprise[point]],
        "street_code": found.street_code[point],
        "calibrated_until": str(standing.calibrated_until[point]),
    }
