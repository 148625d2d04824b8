"""Where the callers live: invented compounds and buildings, each in one street, and how an address is typed."""

from __future__ import annotations

from itertools import product

import numpy as np

from simulator.arrays import Ints, Texts, texts
from simulator.city import City
from simulator.dirt import full_width
from simulator.people import pick

BUILDINGS = 40_000
BUILDINGS_PER_COMPOUND = 12
# Numbers above those of all scattered callers belong to the neighbours of one building.
NEIGHBOURS_FROM, NEIGHBOURS_PER_BUILDING = 10_000_000, 100
COMPOUNDS = texts([f"模拟{''.join(letters)}小区" for letters in product("安和泰康宁福祥瑞锦翠云海松柏春晖", repeat=3)])
HOMES = tuple(product((1, 2, 3), range(1, 10), (1, 2, 3)))
# How clerks write one home: 3号楼2单元501室, 3号楼2单元501, 3栋501室, 3-2-501, with full-width digits; the building
# alone; nothing at all.
FORM_WEIGHTS = (0.40, 0.16, 0.09, 0.06, 0.04, 0.17, 0.08)
WIDE_FORM = 4
GOLDEN = 0.618033988749895


def building_of(persons: Ints) -> Ints:
    """The building each caller lives in."""
    return np.where(
        persons < NEIGHBOURS_FROM, persons % BUILDINGS, (persons - NEIGHBOURS_FROM) // NEIGHBOURS_PER_BUILDING
    )


def street_of(city: City, persons: Ints) -> Ints:
    """The street of each caller's compound: compounds spread over the streets by their share of households."""
    spread = (building_of(persons) // BUILDINGS_PER_COMPOUND + 1) * GOLDEN % 1.0
    share = np.cumsum(city.share)
    found: Ints = np.searchsorted(share, spread * share[-1], side="right")
    return np.minimum(found, len(share) - 1)


def neighbours(buildings: Ints) -> Ints:
    """Different callers of these buildings, one for each entry; a building takes up to a hundred."""
    order = np.argsort(buildings, kind="stable")
    starts = np.searchsorted(buildings[order], buildings[order])
    nth = np.empty(len(buildings), dtype=int)
    nth[order] = np.arange(len(buildings)) - starts
    found: Ints = NEIGHBOURS_FROM + buildings * NEIGHBOURS_PER_BUILDING + nth % NEIGHBOURS_PER_BUILDING
    return found


def building_names(persons: Ints) -> Texts:
    """Compound and building; no two buildings share a name."""
    named: Texts = _stems(persons) + "号楼"
    return named


def _stems(persons: Ints) -> Texts:
    building = building_of(persons)
    numbers = texts([str(n + 1) for n in range(BUILDINGS_PER_COMPOUND)])
    stems: Texts = COMPOUNDS[building // BUILDINGS_PER_COMPOUND] + numbers[building % BUILDINGS_PER_COMPOUND]
    return stems


def addresses(persons: Ints, rng: np.random.Generator) -> Texts:
    """The address of each caller as typed: with or without the home, in several habits, and now and then none."""
    stem, home = _stems(persons), persons % len(HOMES)
    flat = texts([f"{unit}单元{floor}0{door}" for unit, floor, door in HOMES])[home]
    room = texts([f"{floor}0{door}室" for _, floor, door in HOMES])[home]
    dashed = texts([f"-{unit}-{floor}0{door}" for unit, floor, door in HOMES])[home]
    whole = stem + "号楼" + flat
    form = pick(rng, FORM_WEIGHTS, len(persons))
    forms = [whole + "室", whole, stem + "栋" + room, stem + dashed, whole + "室", stem + "号楼"]
    typed: Texts = np.select([form == n for n in range(len(forms))], forms, texts([""]))
    wide = np.flatnonzero(form == WIDE_FORM)
    typed[wide] = texts([full_width(address) for address in typed[wide].tolist()])
    return typed


def community_codes(city: City, street: Ints, rng: np.random.Generator) -> Texts:
    """The 12 digits of a community of each street; nothing where a street has none."""
    draws = zip(street.tolist(), rng.random(len(street)).tolist(), strict=True)
    found = ((city.streets[place].communities, draw) for place, draw in draws)
    return texts([communities[int(draw * len(communities))] if communities else "" for communities, draw in found])
