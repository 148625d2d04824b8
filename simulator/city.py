"""The city the simulator lives in: streets, who administers them, who heats there and who sells the heat."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from ingestion.errors import ContractError
from ingestion.settings import Settings
from simulator.arrays import Floats, Ints
from simulator.seeds import read_seed

ENTERPRISES = tuple(f"模拟热力{number}公司" for number in "一二三四五六七八九十")


@dataclass(frozen=True)
class Street:
    """A street or town, the district it belongs to by statute and the region that administers it."""

    code: str
    name: str
    district_code: str
    region_code: str
    communities: tuple[str, ...]


@dataclass(frozen=True)
class City:
    """Streets with their share of the heated households; `names`: how sources call an area, official name first."""

    name: str
    streets: tuple[Street, ...]
    regions: tuple[str, ...]
    share: Floats
    names: dict[str, tuple[str, ...]]

    @property
    def region_of(self) -> Ints:
        """Position of each street's region in `regions`."""
        return np.array([self.regions.index(street.region_code) for street in self.streets])

    @property
    def enterprise_of(self) -> Ints:
        """Position of each street's heating company: neighbouring streets share one."""
        return np.arange(len(self.streets)) * len(ENTERPRISES) // len(self.streets)


def load_city(settings: Settings) -> City:
    """The city of the seeds. Raises ContractError when the seeds do not hold together."""
    areas = read_seed(settings, "area")
    children: dict[str, list[str]] = defaultdict(list)
    for area in areas:
        children[area["parent_code"]].append(area["area_code"])
    rows = read_seed(settings, "area_jurisdiction")
    region = {row["street_code"]: row["region_code"] for row in rows if not row["valid_to"]}
    without = [area["area_code"] for area in areas if area["level"] == "street" and area["area_code"] not in region]
    if without:
        raise ContractError(
            f"area_jurisdiction.csv: {len(without)} streets have no region today, first {without[0]}.",
            next_step="give every street one row without valid_to.",
        )
    streets = tuple(
        Street(code, area["name_zh"], area["parent_code"], region[code], tuple(children[code]))
        for area in areas
        if area["level"] == "street" and (code := area["area_code"])
    )
    return City(
        name=next(area["name_zh"] for area in areas if area["level"] == "city"),
        streets=streets,
        regions=tuple(sorted({street.region_code for street in streets})),
        share=_household_share(settings, streets),
        names=_names(settings, areas),
    )


def _household_share(settings: Settings, streets: tuple[Street, ...]) -> Floats:
    """Households are known by district; inside one, streets weigh by their number of communities."""
    households = {row["district_code"]: float(row["heated_households"]) for row in read_seed(settings, "households")}
    communities: dict[str, int] = defaultdict(int)
    for street in streets:
        communities[street.district_code] += max(1, len(street.communities))
    weight = np.array(
        [
            households.get(s.district_code, 0.0) * max(1, len(s.communities)) / communities[s.district_code]
            for s in streets
        ]
    )
    if weight.sum() <= 0:
        raise ContractError("households.csv: no households.", next_step="give at least one district some households.")
    share: Floats = weight / weight.sum()
    return share


def _names(settings: Settings, areas: list[dict[str, str]]) -> dict[str, tuple[str, ...]]:
    names = {area["area_code"]: [area["name_zh"]] for area in areas}
    for row in read_seed(settings, "area_alias"):
        if not row["parent_name"] and row["name"] not in names[row["area_code"]]:
            names[row["area_code"]].append(row["name"])
    return {code: tuple(found) for code, found in names.items()}
