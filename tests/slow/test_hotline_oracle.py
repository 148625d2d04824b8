"""The hotline's figures against an independent plain-Python model, over nasty random lives delivered out of order."""

from __future__ import annotations

from pathlib import Path

from tests.integration.oracle_compare import built_in_steps, differences


def test_marts_and_oracle_agree_cell_by_cell(tmp_path: Path) -> None:
    compared = built_in_steps(tmp_path, seed=2, cases=1500)
    assert len(compared.cells) > 10_000
    assert differences(compared) == []
