"""The seeds of heating, read by the csv module; values in force on a day, areas from the oracle's own seeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.oracle.seeds import SEEDS, Area, Row, Seeds, in_force, read, read_seeds


@dataclass(frozen=True)
class HeatingSeeds:
    """All rules of heating that are data."""

    areas: Seeds
    policies: list[Row]
    rules: list[Row]
    tiers: list[Row]
    sentinels: frozenset[Decimal]
    seasons: list[tuple[str, date, date]]

    def policy(self, name: str, day: date) -> Decimal:
        return next(Decimal(row["value"]) for row in self.policies if row["policy"] == name and in_force(row, day))

    def season(self, day: date) -> str | None:
        return next((season for season, first, last in self.seasons if first <= day <= last), None)

    def standard(self, room_type: str | None, day: date) -> Decimal | None:
        """Section 2: the standard of the room; none for a room without a rule."""
        fitting = [row for row in self.rules if row["room_type"] == room_type and in_force(row, day)]
        return Decimal(fitting[0]["threshold_c"]) if fitting else None

    def street(self, code: str | None) -> str | None:
        """A street of the area seed; any other code is an unknown street."""
        return code if code and self.areas.levels.get(code) == "street" else None

    def area(self, street: str | None) -> Area:
        return Area(self.areas.parents[street], self.areas.region(street), street) if street else Area()


def read_heating_seeds(folder: Path = SEEDS) -> HeatingSeeds:
    day = date.fromisoformat
    return HeatingSeeds(
        areas=read_seeds(folder),
        policies=read("heating_policy", folder),
        rules=read("heating_rule", folder),
        tiers=read("refund_tier", folder),
        sentinels=frozenset(Decimal(row["value_c"]) for row in read("heating_sentinel", folder)),
        seasons=[
            (row["season"], day(row["season_start"]), day(row["season_end"])) for row in read("season_calendar", folder)
        ],
    )
