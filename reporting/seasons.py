"""The declared heating seasons, read from the seed: a release may be older than the calendar."""

from __future__ import annotations

import csv
from datetime import date

from ingestion.errors import ContractError
from ingestion.settings import Settings
from reporting.period import Season


def declared_seasons(settings: Settings) -> list[Season]:
    """All seasons of season_calendar.csv. Raises ContractError when the seed cannot be read."""
    path = next(
        folder / "season_calendar.csv" for folder in settings.seed_dirs if (folder / "season_calendar.csv").exists()
    )
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return [
                Season(row["season"], date.fromisoformat(row["season_start"]), date.fromisoformat(row["season_end"]))
                for row in csv.DictReader(stream)
            ]
    except (KeyError, ValueError, TypeError):
        raise ContractError(
            "season_calendar.csv holds something else than seasons.",
            next_step="give season, season_start and season_end, dates as YYYY-MM-DD.",
        ) from None
