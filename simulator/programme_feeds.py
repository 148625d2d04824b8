"""The feeds of the programme: its measures, livelihood items, three-list services and data catalogues."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ingestion.contract import Contract
from simulator import catalogues, livelihood_items, programme_measures, service_cases
from simulator.delivery import Parcel
from simulator.run import Run

FEEDS: tuple[tuple[str, Callable[[Run, Contract], Iterator[Parcel]]], ...] = (
    (livelihood_items.FEED, livelihood_items.parcels),
    (service_cases.FEED, service_cases.parcels),
    (programme_measures.FEED, programme_measures.parcels),
    (catalogues.FEED, catalogues.parcels),
)
