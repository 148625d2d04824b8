"""Writes the deliveries that the figures of the ledger would have stood on, in the feeds' own forms, into an inbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from ingestion.contract import load_contracts
from ingestion.durable import write_file
from ingestion.settings import Settings
from simulator.forms import write_delivery
from simulator.replay import cases, communities, compounds, facilities, heating, press
from simulator.replay.ledger import Ledger
from simulator.replay.places import Places
from simulator.replay.rows import Named, as_delivered

MARKER = "SYNTHETIC"
Rows = Callable[[Ledger, Places], Iterable[Named]]
DELIVERIES: tuple[tuple[str, Rows], ...] = (
    ("hotline_city", heating.city_cases),
    ("hotline_province", heating.direct_line),
    ("heating_room_point", heating.room_points),
    ("heating_station", heating.stations),
    ("heating_station_reading", heating.station_readings),
    ("heating_action", heating.actions),
    ("heating_coal_stock", heating.coal),
    ("heating_pipe_renewal", heating.pipes),
    ("capacity_community", communities.communities),
    ("grid_register", communities.grids),
    ("grid_worker", communities.grid_workers),
    ("capacity_worker", communities.workers),
    ("capacity_training", communities.training),
    ("capacity_facility", facilities.facilities),
    ("capacity_activity", cases.activities),
    ("property_compound", compounds.compounds),
    ("property_company", compounds.companies),
    ("mediation_case", cases.mediation),
    ("mediation_dispute", cases.disputes),
    ("mediation_deliberation", cases.deliberation),
    ("safety_hazard", cases.hazards),
    ("safety_public_security_month", cases.public_security),
    ("capacity_livelihood_item", cases.livelihood),
    ("capacity_service_case", cases.services),
    ("capacity_programme_measure", cases.measures),
    ("quality_catalogue_snapshot", cases.catalogues),
    ("quality_published_figure", press.figures),
)


def deliver_replay(settings: Settings) -> list[Path]:
    """Write every delivery of the replay into the inbox of a home, which is labelled synthetic for good."""
    marker = "模拟数据，不是真实数据 / synthetic data\nreplay of the ledger of published figures\n"
    write_file(settings.home / MARKER, marker.encode(), "simulate.marker")
    ledger, places = Ledger.read(settings), Places.read(settings)
    return [deliver_rows(settings, feed, "replay", rows(ledger, places)) for feed, rows in DELIVERIES]


def deliver_rows(settings: Settings, feed: str, name: str, rows: Iterable[Named]) -> Path:
    """Write rows by our names as one delivery of a feed, in the form its contract describes."""
    contract = load_contracts(settings)[feed]
    path = settings.inbox / feed / f"{name}{contract.arrives.pattern.removeprefix('*')}"
    return write_delivery(contract, as_delivered(contract, list(rows)), path)
