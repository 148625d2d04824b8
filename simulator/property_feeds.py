"""The feeds of property and community capacity, each with what sends its files."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ingestion.contract import Contract
from simulator import community_life, community_workers, compounds, facilities
from simulator.delivery import Parcel
from simulator.run import Run

FEEDS: tuple[tuple[str, Callable[[Run, Contract], Iterator[Parcel]]], ...] = (
    (compounds.FEED, compounds.parcels),
    (compounds.COMPANY, compounds.companies),
    (community_workers.FEED, community_workers.parcels),
    (community_life.TRAINING, community_life.trainings),
    (community_life.ACTIVITY, community_life.activities),
    (facilities.FEED, facilities.parcels),
)
