"""Where the room points are at home: dwelling and building, gateway, heat-exchange station, place in the building."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.arrays import Ints, Texts, texts
from simulator.city import ENTERPRISES
from simulator.people import pick
from simulator.room_points import Points
from simulator.run import Run
from simulator.stations import Stations, stations

MOST_PER_GATEWAY = 15
HOMES_PER_BUILDING = 3
POSITIONS = ("顶层", "底层", "边户", "中间")
POSITION_WEIGHTS, COLD_POSITION_WEIGHTS = (0.13, 0.13, 0.2, 0.54), (0.4, 0.1, 0.4, 0.1)
COLD_LEVEL = 19.0


@dataclass(frozen=True)
class Homes:
    """By point: the first point of its dwelling, numbers of building and gateway, its station, its position."""

    dwelling: Ints
    building: Ints
    building_code: Texts
    gateway: Ints
    station: Texts
    position: Texts
    gateway_code: Texts
    company_of: Ints


def homes(run: Run, found: Points) -> Homes:
    """The homes of all points; nothing in them depends on the window."""
    dwelling = _dwellings(found)
    building = _buildings(found, dwelling)
    gateway, company_of = _gateways(found, building)
    rng = run.stream("homes")
    usual, cold = (pick(rng, weights, len(found)) for weights in (POSITION_WEIGHTS, COLD_POSITION_WEIGHTS))
    position = np.where(found.level < COLD_LEVEL, cold, usual)[dwelling]
    return Homes(
        dwelling=dwelling,
        building=building,
        building_code=texts([f"B{number:06d}" for number in building.tolist()]),
        gateway=gateway,
        station=_stations(stations(run), found),
        position=texts(list(POSITIONS))[position],
        gateway_code=texts([f"G{number:04d}" for number in range(1, len(company_of) + 1)]),
        company_of=company_of,
    )


def _dwellings(found: Points) -> Ints:
    """A dwelling has the number of its first point; some living rooms share one with a bedroom of their street."""
    dwelling = np.arange(len(found))
    for place in np.unique(found.place):
        for is_suspended in (False, True):
            here = (found.place == place) & (found.is_suspended == is_suspended)
            rooms = [np.flatnonzero(here & (found.room_type == kind)) for kind in ("bedroom", "living")]
            for bedroom, living in zip(*rooms, strict=False):
                dwelling[[bedroom, living]] = min(bedroom, living)
    return dwelling


def _buildings(found: Points, dwelling: Ints) -> Ints:
    """Neighbouring dwellings of a street share a building."""
    building = np.zeros(len(found), dtype=int)
    for place in np.unique(found.place):
        here = np.flatnonzero(found.place == place)
        order = np.unique(dwelling[here], return_inverse=True)[1]
        building[here] = 1000 * (place + 1) + order // HOMES_PER_BUILDING
    return building


def _gateways(found: Points, building: Ints) -> tuple[Ints, Ints]:
    """Each company's points in order of their streets, in equal groups; and the company of each gateway."""
    gateway, company_of = np.zeros(len(found), dtype=int), list[int]()
    for company in range(len(ENTERPRISES)):
        members = np.flatnonzero(found.enterprise == company)
        members = members[np.argsort(building[members], kind="stable")]
        groups = np.array_split(members, -(-len(members) // MOST_PER_GATEWAY)) if len(members) else []
        for group in groups:
            gateway[group] = len(company_of)
            company_of.append(company)
    return gateway, np.array(company_of)


def _stations(known: Stations, found: Points) -> Texts:
    """The nearest station of the point's company among those that serve the whole season."""
    serving = np.arange(known.serving)
    far = np.abs(known.place[serving][None, :] - found.place[:, None])
    far[known.enterprise[serving][None, :] != found.enterprise[:, None]] = len(far) + 10_000
    nearest: Texts = known.station_id[far.argmin(axis=1)]
    return nearest
