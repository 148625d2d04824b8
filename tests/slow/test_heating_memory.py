"""A week and a day of 15-minute readings from 10,800 points are built with 1 GB for the engine; half of it spills."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ingestion.settings import PROJECT_ROOT
from warehouse.build import build

POINTS, DAYS = 10_800, 8


def test_the_build_finishes_with_one_gigabyte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(PROJECT_ROOT / "benchmarks"), *sys.path])
    import heating

    season = heating.Season(tmp_path / "season", POINTS, DAYS, "1GB")
    build(season.settings)
    silent = 10 * 12 * 21 * DAYS  # each day ten gateways of twelve points are silent for 21 quarters of an hour
    assert season.readings() == POINTS * 96 * DAYS - silent
