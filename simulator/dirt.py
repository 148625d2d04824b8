"""What goes wrong inside real files: rows that break the contract, rows sent twice, full-width digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingestion.contract import Contract
from simulator.writing import Cell, Row

BROKEN_SHARE = 0.004
REPEATED_SHARE = 0.003
# A file stays below what its contract tolerates, so dirt alone never withholds a figure.
MOST_OF_TOLERANCE = 0.6
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True)
class Soiled:
    """Rows of a file with its dirt, and how many of them are dirt."""

    rows: list[Row]
    bad: int
    duplicates: int


def soil(contract: Contract, rows: list[Row], breaks: list[tuple[str, Cell]], rng: np.random.Generator) -> Soiled:
    """Add broken copies (one cell that the contract must refuse) and exact repeats of rows; no true row is lost."""
    places = [column.name for column in contract.columns if column.header]
    known = [(places.index(column), value) for column, value in breaks if column in places]
    most = len(rows) * MOST_OF_TOLERANCE * contract.tolerate.quarantined_share
    bad = min(int(rng.binomial(len(rows), BROKEN_SHARE)), int(most))
    repeated = int(rng.binomial(len(rows), REPEATED_SHARE))
    added: list[Row] = []
    for _ in range(bad):
        place, value = known[int(rng.integers(len(known)))]
        broken = list(rows[int(rng.integers(len(rows)))])
        broken[place] = value
        added.append(broken)
    added += [rows[int(rng.integers(len(rows)))] for _ in range(repeated)]
    soiled = list(rows)
    for row in added:
        soiled.insert(int(rng.integers(1, len(soiled) + 1)), row)
    return Soiled(soiled, bad, repeated)


def full_width(text: str) -> str:
    """The digits as an input method in Chinese mode types them."""
    return text.translate(FULL_WIDTH)
