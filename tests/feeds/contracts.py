"""A contract of a test's own: a built-in one with something changed, laid into a city folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from ingestion.contract import Contract, load_contracts
from ingestion.settings import PACKAGE_ROOT, Settings


def change_contract(settings: Settings, feed: str, **sections: Any) -> tuple[Settings, Contract]:
    """Settings under which `feed` has other sections; within `format` only what is named changes."""
    built_in = PACKAGE_ROOT / "feeds" / f"{feed}.yml"
    said = yaml.safe_load(built_in.read_text(encoding="utf-8"))
    sections["format"] = said["format"] | sections.get("format", {})
    city = settings.city or settings.home.parent / "city"
    place = city / "feeds" / built_in.name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(yaml.safe_dump(said | sections, allow_unicode=True), encoding="utf-8")
    changed = replace(settings, city=city)
    return changed, load_contracts(changed)[feed]


def columns_of(feed: str) -> list[dict[str, Any]]:
    """The columns of a built-in contract as its file says them."""
    path: Path = PACKAGE_ROOT / "feeds" / f"{feed}.yml"
    columns: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["columns"]
    return columns
