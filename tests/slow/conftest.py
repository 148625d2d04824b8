"""The press conference of 21 April 2023, replayed once for all slow tests that stand on it."""

from __future__ import annotations

import pytest

from ingestion.drain import land_all
from ingestion.settings import Settings
from simulator.replay.replay import deliver_replay
from warehouse.build import build


@pytest.fixture(scope="session")
def press_conference(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home in which the whole replay was landed and built, with every data test; tests only read it."""
    home = tmp_path_factory.mktemp("press_conference")
    settings = Settings(home=home, key_file=home / "key.json", memory="2GB")
    deliver_replay(settings)
    for report in land_all(settings):
        for receipt in report.receipts:
            assert (receipt.status, receipt.landed) == ("landed", receipt.received), receipt.feed
    build(settings)
    return settings
