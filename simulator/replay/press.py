"""Replay of the press office: every figure of this city as its register would hand it over, written as published."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from simulator.replay.ledger import Ledger
from simulator.replay.places import Places
from simulator.replay.rows import Named


def figures(ledger: Ledger, places: Places) -> Iterator[Named]:
    """One row per number: readings are ours, and so are numbers that only follow from others."""
    given: set[tuple[str, str]] = set()
    for figure in ledger.figures.values():
        key = (figure["figure_no"], figure["part"])
        if figure["area_code"] and "推算" not in figure["name_zh"] and key not in given:
            given.add(key)
            yield {
                "figure_no": figure["figure_no"],
                "part": figure["part"],
                "published_on": date.fromisoformat(figure["published_on"]),
                "as_of": date.fromisoformat(figure["as_of"]),
                "area_name": figure["area_name"],
                "quote": figure["quote"],
                "claimed_range": figure["value_written"],
            }
