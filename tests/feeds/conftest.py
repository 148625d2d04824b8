"""A home of its own for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", key_file=tmp_path / "key.json", memory="1GB")
