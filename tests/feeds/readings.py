"""Many small deliveries of readings, put straight into the landing table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ingestion.contract import load_contracts
from ingestion.landing_upkeep import MANY
from ingestion.settings import Settings
from tests.canonical_rows import land_rows

FEED = "heating_room_temperature"
CONTRACT = load_contracts(Settings(home=Path("nowhere"), key_file=Path("none")))[FEED]


def reading(point: str, day: int, hour: int = 8, **more: Any) -> dict[str, Any]:
    usual = {"temperature_c": "18.25", "room_type": None, "customer_status": "on", "street_code": "210202001"}
    return {"point_id": point, "measured_at": f"2026-01-{day:02d} {hour:02d}:00:00", **usual, **more}


def land_many(settings: Settings, deliveries: int = MANY + 4) -> None:
    """Many small deliveries of two days, with decimals, moments, NULLs and a correction."""
    for number in range(deliveries):
        odd = {"temperature_c": "-3.50"} if number % 3 else {"room_type": "bedroom", "street_code": None}
        land_rows(settings, FEED, [reading("P1", 5 + number % 2, number % 24, **odd), reading(f"P{number}", 5)])
