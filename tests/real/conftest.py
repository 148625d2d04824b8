"""Real data through the whole pipeline: where it lies, and one run over all of it for the tests of a session."""

from __future__ import annotations

import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from citypulse.pipeline import RunReport, run
from ingestion.settings import PROJECT_ROOT, Settings
from tests.feeds.forms import seal

CITY = Path(__file__).parent / "boston"
DELIVERED = {
    "hotline_city": ["boston311/boston311-100-with-fake-pii.csv"],
    "heating_room_temperature": ["room_temperature/datatraining.txt", "room_temperature/datatest2.txt"],
}


@dataclass(frozen=True)
class CityRun:
    """What one run of the pipeline left behind."""

    settings: Settings
    report: RunReport


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data. Without it the tests are skipped, except where they must have run: there they fail."""
    folder = PROJECT_ROOT.parent / "shared" / "data"
    if all((folder / part).is_dir() for part in ("boston311", "room_temperature")):
        return folder
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail("the real data is missing, and CI must not pass without it")
    pytest.skip("the real data is not on this machine")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture(scope="session")
def city_run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> CityRun:
    """Requests with planted personal data and the readings of a room: landed, built, audited, released, reported."""
    settings = settings_in(tmp_path_factory.mktemp("city"))
    for feed, names in DELIVERED.items():
        for name in names:
            # A sender's file name can hold a phone too; a release that showed it would be refused by its own scan.
            deliver(settings, feed, data / name, prefix="1" + "38" + "0013" + "8000 ")
    settings.logs.mkdir(parents=True)
    log = logging.FileHandler(settings.logs / "run.log", encoding="utf-8")
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(log)
    root.setLevel(logging.INFO)  # whatever any library says must be free of personal data too
    try:
        return CityRun(settings, run(settings))
    finally:
        root.setLevel(level)
        root.removeHandler(log)
        log.close()


def settings_in(folder: Path, city: Path = CITY) -> Settings:
    return Settings(home=folder / "home", key_file=folder / "key.json", city=city, memory="1GB")


def deliver(settings: Settings, feed: str, source: Path, prefix: str = "") -> None:
    """Drop a copy of a file into the inbox, already sealed."""
    folder = settings.inbox / feed
    folder.mkdir(parents=True, exist_ok=True)
    seal(Path(shutil.copyfile(source, folder / f"{prefix}{source.name}")))
