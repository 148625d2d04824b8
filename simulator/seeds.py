"""Reads the seeds this installation uses: those of the city first, then the built-in ones."""

from __future__ import annotations

import csv

from ingestion.errors import ContractError
from ingestion.settings import Settings


def read_seed(settings: Settings, name: str) -> list[dict[str, str]]:
    """Rows of `<name>.csv` from the first seed folder that has it. Raises ContractError when none has."""
    for folder in settings.seed_dirs:
        path = folder / f"{name}.csv"
        if path.is_file():
            with path.open(encoding="utf-8-sig", newline="") as stream:
                return list(csv.DictReader(stream))
    raise ContractError(f"Seed {name}.csv is in no seed folder.", next_step=f"put {name}.csv into the city's `seeds/`.")
