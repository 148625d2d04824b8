"""The feeds of mediation and safety, each with what sends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ingestion.contract import Contract
from simulator import deliberations, disputes, hazards, incidents
from simulator.delivery import Parcel
from simulator.run import Run

FEEDS: tuple[tuple[str, Callable[[Run, Contract], Iterator[Parcel]]], ...] = (
    (disputes.MEDIATED.feed, disputes.mediated),
    (disputes.SCREENED.feed, disputes.screened),
    (deliberations.FEED, deliberations.parcels),
    (hazards.FEED, hazards.parcels),
    (incidents.FEED, incidents.parcels),
)
