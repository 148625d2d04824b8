"""Where the replay puts what it invents: one street for each area that the ledger speaks of, the rest elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from ingestion.settings import Settings
from simulator.seeds import read_seed

CITY = "210200"
REST = "210204"  # no figure of the ledger speaks of this district alone


@dataclass(frozen=True)
class Places:
    """The first street that each district or zone administers."""

    streets: dict[str, str]

    @classmethod
    def read(cls, settings: Settings) -> Places:
        streets: dict[str, str] = {}
        for row in sorted(read_seed(settings, "area_jurisdiction"), key=lambda row: row["street_code"]):
            streets.setdefault(row["region_code"], row["street_code"])
        return cls(streets)

    def street(self, area: str) -> str:
        """A street of the area; what is the whole city's stands in a district without figures of its own."""
        return self.streets[REST if area == CITY else area]
