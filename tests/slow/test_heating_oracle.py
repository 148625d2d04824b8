"""Heating's figures against an independent plain-Python model: a nasty little world, delivered out of order."""

from __future__ import annotations

from pathlib import Path

from tests.integration.heating_compare import differences
from tests.integration.heating_home import built_in_steps


def test_heating_marts_and_oracle_agree_cell_by_cell(tmp_path: Path) -> None:
    compared = built_in_steps(tmp_path, 3)
    assert len(compared.heating.cells) > 300
    assert differences(compared) == []
