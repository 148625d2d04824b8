"""Boston's requests in another form: the contract is changed to say so, and the file is landed under it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ingestion.land import land_feed
from ingestion.receipts import Receipt
from ingestion.settings import Settings
from tests.feeds.landed import landed
from tests.real.conftest import CITY, deliver, settings_in

FEED = "hotline_city"
Rows = list[dict[str, Any]]


def land(folder: Path, source: Path, formats: list[str] | None = None, **form: str) -> tuple[Receipt, Rows, Settings]:
    """Land one file under Boston's contract, with its date `formats` and its form changed to those of the file."""
    contract = yaml.safe_load((CITY / "feeds" / f"{FEED}.yml").read_text(encoding="utf-8"))
    contract["arrives"]["pattern"] = f"*{source.suffix}"
    contract["format"] |= form
    for column in contract["columns"]:
        if formats and column["type"] == "timestamp":
            column["formats"] = formats
    feeds = folder / "city" / "feeds"
    feeds.mkdir(parents=True)
    (feeds / f"{FEED}.yml").write_text(yaml.safe_dump(contract, allow_unicode=True), encoding="utf-8")
    settings = settings_in(folder, folder / "city")
    deliver(settings, FEED, source)
    return land_feed(settings, FEED).receipts[0], landed(settings, FEED), settings
