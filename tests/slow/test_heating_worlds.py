"""Nasty heating worlds: the marts agree with the plain model, and steps leave what a build from nothing leaves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.integration.heating_compare import differences
from tests.integration.heating_home import built_in_steps
from tests.slow.test_hotline_ten_thousand import different_tables
from warehouse.build import build


# Worlds of the same days share a city and its builds; the names in a difference begin with the seed.
@pytest.mark.parametrize("seeds", [(1, 4, 7)], ids=str)
def test_heating_marts_agree_and_steps_equal_a_build_from_nothing(tmp_path: Path, seeds: tuple[int, ...]) -> None:
    compared = built_in_steps(tmp_path, *seeds)
    print(f"seeds={seeds}")
    assert differences(compared) == []
    stepped = tmp_path / "stepped.duckdb"
    shutil.copyfile(compared.settings.warehouse_db, stepped)
    compared.settings.warehouse_db.unlink()
    build(compared.settings)
    assert different_tables(compared.settings, stepped) == []
