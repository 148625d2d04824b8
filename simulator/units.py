"""The units that handle city cases: heating companies, bureaus, and in each region a centre and a street office."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.arrays import Ints, Texts, texts
from simulator.city import ENTERPRISES, City
from simulator.hotline_asked import Asked
from simulator.hotline_words import CATEGORIES, HEATING

BUREAUS = {
    "交通出行": "市交通运输局（模拟）",
    "社会保障": "市人力资源和社会保障局（模拟）",
    "消费维权": "市市场监督管理局（模拟）",
    "医疗卫生": "市卫生健康委员会（模拟）",
    "教育": "市教育局（模拟）",
    "环境保护": "市生态环境局（模拟）",
    "": "市城市管理局（模拟）",
}
OF_STREETS = ("物业",)
CITY, DISTRICT, STREET = 1, 2, 3
NO_UNIT = -1


@dataclass(frozen=True)
class Units:
    """All units, and where in the list each kind begins."""

    code: Texts
    name: Texts
    level: Ints
    bureaus: int
    centres: int
    offices: int


def units_of(city: City) -> Units:
    """The units of a city, by kind."""
    regions = [city.names[region][0] for region in city.regions]
    centres, offices = (
        [f"{name}热线承办中心（模拟）" for name in regions],
        [f"{name}街道办事处（模拟）" for name in regions],
    )
    kinds = [
        ("R", DISTRICT, list(ENTERPRISES)),
        ("S", CITY, list(BUREAUS.values())),
        ("Q", DISTRICT, centres),
        ("J", STREET, offices),
    ]
    sizes = np.cumsum([0, *(len(names) for _, _, names in kinds)]).tolist()
    return Units(
        code=texts([f"{letter}{n:02d}" for letter, _, names in kinds for n in range(1, len(names) + 1)]),
        name=texts([name for _, _, names in kinds for name in names]),
        level=np.repeat([level for _, level, _ in kinds], [len(names) for _, _, names in kinds]),
        bureaus=sizes[1],
        centres=sizes[2],
        offices=sizes[3],
    )


def assign(city: City, asked: Asked, street: Ints) -> Ints:
    """Units of each case, by row: the first lead, the one that follows a return, the first and the second co-unit."""
    units, region = units_of(city), city.region_of[street]
    centre, office = units.centres + region, units.offices + region
    first = _leads(city, asked, street, units)
    is_regional = first >= units.centres
    second = np.where(first == centre, office, centre)
    helping = units.centres - 1  # the last bureau has no category of its own
    return np.stack(
        [first, second, np.where(is_regional, helping, office), np.where(is_regional, units.bureaus, helping)]
    )


def _leads(city: City, asked: Asked, street: Ints, units: Units) -> Ints:
    """A heating company for heating, the bureau of the category, else the region's office or centre."""
    bureaus = list(BUREAUS)
    bureau = np.array([units.bureaus + bureaus.index(name) if name in BUREAUS else NO_UNIT for name in CATEGORIES])
    is_of_streets = np.array([name in OF_STREETS for name in CATEGORIES])[asked.category]
    region = city.region_of[street]
    regional = np.where(is_of_streets, units.offices, units.centres) + region
    lead = np.where(bureau[asked.category] == NO_UNIT, regional, bureau[asked.category])
    return np.where(asked.category == CATEGORIES.index(HEATING), city.enterprise_of[street], lead)
