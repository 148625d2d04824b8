"""How much of everything, and from which seed; both are printed with every failure."""

from __future__ import annotations

import pytest

SEED = 20261126


@pytest.fixture(scope="session")
def scale(pytestconfig: pytest.Config) -> int:
    """How often: once for every change, ten times at night."""
    return 10 if pytestconfig.getoption("--nightly") else 1


@pytest.fixture(scope="session")
def seed(pytestconfig: pytest.Config) -> int:
    """The seed of this run: `--reliability-seed=N` gives the same kills, files and bits again."""
    said: int | None = pytestconfig.getoption("--reliability-seed")
    found = SEED if said is None else said
    print(f"reliability seed {found}")
    return found
