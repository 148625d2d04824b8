"""What the simulator sends of grid workers and their points."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ingestion.contract import Contract
from simulator import grid_workers, points
from simulator.delivery import Parcel
from simulator.run import Run

FEEDS: tuple[tuple[str, Callable[[Run, Contract], Iterator[Parcel]]], ...] = (
    (grid_workers.FEED, grid_workers.parcels),
    (points.FEED, points.parcels),
)
