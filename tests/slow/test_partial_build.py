"""Builds of what changed feeds touch, one delivery after the other, leave what a build from nothing leaves."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from ingestion.drain import land_all
from ingestion.settings import Settings
from simulator.simulate import simulate
from tests.slow.test_hotline_ten_thousand import OF_THE_RUN
from warehouse.build import build
from warehouse.engine import connect

# What arrives after the first build, build by build: feeds of every ledger, and of none.
STEPS = (
    ["heating_weather_day", "mediation_case"],
    ["hotline_city", "hotline_city_event"],
    ["grid_event", "heating_room_temperature", "capacity_points_entry"],
    ["safety_hazard"],
)
LAST_DAYS = "202601[23]"


@pytest.fixture(scope="module")
def warehouses(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Path, list[int]]:
    """A home whose warehouse was built anew, the one that was built step by step, and how many models each took."""
    home = tmp_path_factory.mktemp("partial")
    settings = Settings(home=home, key_file=home / "key.json", memory="1GB")
    simulate(settings, days=21, seed=11, until=date(2026, 1, 31), scale=0.05)
    late = {feed: sorted((settings.inbox / feed).glob(f"{LAST_DAYS}*")) for step in STEPS for feed in step}
    for feed, paths in late.items():
        assert paths, feed
        for path in paths:
            (home / "late" / feed).mkdir(parents=True, exist_ok=True)
            path.rename(home / "late" / feed / path.name)
    land_all(settings)
    models = [build(settings).models]
    for step in STEPS:
        for feed in step:
            shutil.copytree(home / "late" / feed, settings.inbox / feed, dirs_exist_ok=True)
        land_all(settings)
        models.append(build(settings).models)
    stepped = home / "stepped.duckdb"
    settings.warehouse_db.rename(stepped)
    models.append(build(settings).models)
    return settings, stepped, models


def test_only_what_changed_feeds_reach_is_made_again(warehouses: tuple[Settings, Path, list[int]]) -> None:
    first, *partial, anew = warehouses[2]
    assert first == anew
    assert max(partial) < 0.8 * anew
    assert min(partial) < 0.45 * anew


def test_steps_equal_a_build_from_nothing(warehouses: tuple[Settings, Path, list[int]]) -> None:
    settings, stepped, _ = warehouses
    left_out = " AND ".join(f"table_name NOT LIKE '{pattern}' ESCAPE '\\'" for pattern in OF_THE_RUN)
    with connect(":memory:", settings=settings) as connection:
        connection.execute(f"ATTACH '{settings.warehouse_db}' AS whole (READ_ONLY)")
        connection.execute(f"ATTACH '{stepped}' AS stepped (READ_ONLY)")
        tables = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = 'whole' "
            f"AND schema_name IN ('staging', 'marts') AND {left_out} ORDER BY ALL"
        ).fetchall()
        differing = [
            table
            for (table,) in tables
            for a, b in (("whole", "stepped"), ("stepped", "whole"))
            if connection.execute(f"FROM {a}.{table} EXCEPT ALL FROM {b}.{table} LIMIT 1").fetchone()
        ]
    assert len(tables) > 100
    assert differing == []
