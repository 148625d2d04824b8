"""One released small city for every test that looks at it as a BI tool does, shared by the processes of a session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from citypulse.pipeline import run, served
from ingestion.durable import exclusive
from ingestion.settings import Settings
from simulator.simulate import simulate
from tests.bi.postgres_server import PostgresServer, postgres_server


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this session share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def released_city(session_folder: Path) -> Settings:
    """A home with the release, briefs and warehouse of a simulated week. Tests only read it, or copy it first."""
    home = session_folder / "released_city" / "home"
    settings = Settings(home=home, key_file=home.parent / "key.json", memory="1GB")
    with exclusive(home.parent / "made.lock", "The city", patience=600):
        if not served(settings):
            simulate(settings, days=7, seed=7, until=date(2026, 1, 31), scale=0.05)
            run(settings)
    return settings


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL of the tests of one file."""
    with postgres_server("fsync = off") as running:
        yield running
