"""Builds the warehouse over nasty random lives and sets its figures beside the plain-Python oracle's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from ingestion.settings import Settings
from tests.canonical_rows import land_rows
from tests.oracle.hotline import Cell, Hotline, Key, cells, contributions, fold
from tests.oracle.lives import Lives, lives
from tests.oracle.seeds import read_seeds
from warehouse.build import build
from warehouse.engine import connect

FEEDS = {
    "city": "hotline_city",
    "city_events": "hotline_city_event",
    "province": "hotline_province",
    "province_events": "hotline_province_event",
    "calls": "hotline_call",
}
# The oracle counts hours of calls and overdue cases where the models count calls and open cases; a plain count has no
# denominator of its own. What both say alike is compared.
OWN_COUNTS = {"hotline.connect_rate", "hotline.overdue_backlog"}
PLAIN_COUNTS = {"hotline.case_count", "hotline.matter_count", "hotline.overdue_backlog"}


@dataclass(frozen=True)
class Compared:
    """A home whose warehouse was built in two steps, and the oracle's picture of the same rows."""

    settings: Settings
    hotline: Hotline
    cells: dict[Key, Cell]


def built_in_steps(home: Path, seed: int, cases: int) -> Compared:
    """Land three of the five deliveries, build; land the rest, build again: late rows reach back."""
    settings = Settings(home=home, key_file=home / "key", memory="1GB", threads=2)
    world: Lives = lives(seed, cases)
    for step in ((1, 2, 3), (4, 5)):
        for batch in step:
            for name, feed in FEEDS.items():
                land_rows(settings, feed, [r for r in getattr(world.feeds, name) if r["batch_seq"] == batch])
        build(settings)
    hotline = fold(world.feeds, read_seeds())
    return Compared(settings, hotline, cells(contributions(hotline), hotline))


def differences(compared: Compared) -> list[str]:
    """Cells in which models and oracle disagree, as short lines; empty when they agree."""
    theirs = _cells(compared.settings)
    ours = {key: cell for key, cell in compared.cells.items() if _is_published(key, cell, compared.hotline)}
    found = []
    for key in sorted(ours.keys() | {key for key, cell in theirs.items() if cell.get("received", 1)}):
        want, got = _plain(key, ours.get(key, Cell())), theirs.get(key, _plain(key, Cell()))
        if want != got:
            found.append(f"{key}: oracle {want}, model {got}")
    return found


def _is_published(key: Key, cell: Cell, hotline: Hotline) -> bool:
    """No cell after the as-of, none of a street's single day, and no change without a case of its own."""
    is_due = key.period_start <= max(hotline.as_of.values()).date()
    is_street_day = key.grain == "day" and key.area_level == "street"
    return is_due and not is_street_day and (cell.received > 0 or not key.kpi_code.endswith("_yoy"))


def _plain(key: Key, cell: Cell) -> dict[str, Any]:
    figures: dict[str, Any] = {"numerator": cell.numerator.quantize(Decimal("0.0001"))}
    if key.kpi_code not in PLAIN_COUNTS:
        figures["denominator"] = cell.denominator.quantize(Decimal("0.0001"))
    if key.kpi_code not in OWN_COUNTS and key.kpi_code != "hotline.matter_count":
        excluded = {reason: count for reason, count in sorted(cell.excluded.items()) if count}
        figures |= {"received": cell.received, "counted": cell.counted, "immature": cell.immature}
        figures["excluded"] = excluded
    return figures


def _cells(settings: Settings) -> dict[Key, dict[str, Any]]:
    with connect(settings.warehouse_db, settings=settings, read_only=True) as warehouse:
        rows = warehouse.execute(
            "SELECT kpi_code, area_level, area_code, period_grain, period_start, numerator, denominator, "
            "received_count, counted_count, immature_count, excluded_by_reason FROM marts.fct_kpi_cell "
            "WHERE kpi_code LIKE 'hotline.%'"
        ).fetchall()
    found = {}
    for code, level, area, grain, start, numerator, denominator, received, counted, immature, excluded in rows:
        key = Key(code, level, area, grain, start)
        cell = Cell(received, counted, immature=immature, numerator=numerator, denominator=denominator)
        cell.excluded.update(json.loads(excluded))
        found[key] = _plain(key, cell)
    return found
