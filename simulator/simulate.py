"""Runs the simulator: a seeded city writes its files into the inbox, the same bytes for the same arguments."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from ingestion.contract import Contract, load_contracts
from ingestion.durable import write_file
from ingestion.errors import ContractError
from ingestion.settings import Settings
from simulator import (
    calls,
    coal,
    grid,
    grid_events,
    grid_feeds,
    grid_registers,
    heating,
    heating_action_steps,
    heating_actions,
    heating_points,
    heating_station_readings,
    heating_stations,
    heating_weather,
    hotline,
    hotline_events,
    hotline_register,
    mediation_feeds,
    pipes,
    programme_feeds,
    property_feeds,
    province,
    province_events,
    published_figures,
)
from simulator.calendar import load_calendar
from simulator.city import load_city
from simulator.delivery import Kind, Parcel
from simulator.run import Run
from simulator.writing import deliver

log = logging.getLogger(__name__)
MARKER = "SYNTHETIC"
Send = Callable[[Run, Contract], Iterator[Parcel]]
HEATING: tuple[tuple[str, Send], ...] = (
    (heating.FEED, heating.parcels),
    (heating_points.FEED, heating_points.parcels),
    (heating_stations.FEED, heating_stations.parcels),
    (heating_station_readings.FEED, heating_station_readings.parcels),
    (heating_action_steps.FEED, heating_actions.parcels),
    (heating_weather.FEED, heating_weather.parcels),
    (coal.FEED, coal.parcels),
    (pipes.FEED, pipes.parcels),
    (heating.MESSAGE, heating.messages),
    (heating_station_readings.MESSAGE, heating_station_readings.messages),
)
GRID: tuple[tuple[str, Send], ...] = (
    (grid_registers.GRID, grid_registers.grid_parcels),
    (grid_registers.COMMUNITY, grid_registers.community_parcels),
    (grid_events.FEED, grid.parcels),
)

OTHERS: tuple[tuple[str, Send], ...] = (
    *HEATING,
    *GRID,
    *grid_feeds.FEEDS,
    *mediation_feeds.FEEDS,
    *property_feeds.FEEDS,
    *programme_feeds.FEEDS,
)


@dataclass
class FeedReport:
    """What was sent for one feed. Rows are counted in distinct files: an identical second sending adds none."""

    rows: int = 0
    bad_rows: int = 0
    duplicate_rows: int = 0
    files: dict[Kind, list[Path]] = field(default_factory=dict)

    @property
    def sound_rows(self) -> int:
        """Rows that keep the contract, once for each file they stand in: a corrected file repeats unchanged rows."""
        return self.rows - self.bad_rows - self.duplicate_rows


@dataclass
class SimulationReport:
    """All files in the order they were written, and the truth about what is in them."""

    files: list[Path] = field(default_factory=list)
    feeds: dict[str, FeedReport] = field(default_factory=dict)

    @property
    def rows(self) -> dict[str, int]:
        return {feed: report.rows for feed, report in self.feeds.items()}


def simulate(settings: Settings, *, days: int, seed: int, until: date, scale: float = 1.0) -> SimulationReport:
    """Write the files of the `days` up to `until`, and the same window of last year as history, into the inbox.

    Raises ContractError when an argument, a seed table or a contract is wrong.
    """
    if days < 1 or scale <= 0 or seed < 0:
        raise ContractError("days, scale or seed is out of range.", next_step="give days >= 1, scale > 0, seed >= 0.")
    calendar = load_calendar(settings, until)
    if until > calendar.last_published:
        log.warning(
            'calendar_ends=%s window_ends=%s note="later deadlines are provisional"', calendar.last_published, until
        )
    run = Run(load_city(settings), calendar, seed, scale, until - timedelta(days=days - 1), until)
    marker = f"模拟数据，不是真实数据 / synthetic data\ndays={days} seed={seed} until={until} scale={scale}\n"
    write_file(settings.home / MARKER, marker.encode(), "simulate.marker")
    report = SimulationReport()
    for feed, parcels in _feeds(run, load_contracts(settings), settings):
        report.feeds[feed] = _send(settings, feed, parcels)
        report.files += [path for paths in report.feeds[feed].files.values() for path in paths]
    return report


def _feeds(run: Run, contracts: dict[str, Contract], settings: Settings) -> Iterator[tuple[str, Iterator[Parcel]]]:
    before = [hotline_register.cases(run, month, is_history=True) for month in run.history]
    current = hotline_register.cases(run, run.days, is_history=False)
    export, event = contracts[hotline_register.FEED], contracts[hotline_events.FEED]
    yield export.feed, hotline.parcels(run, export, before, current)
    yield event.feed, hotline_events.parcels(run, event, export, before, current)
    direct_before = [
        province.cases(run, month, hotline_register.heating_callers(register), is_history=True)
        for month, register in zip(run.history, before, strict=True)
    ]
    direct = province.cases(run, run.days, hotline_register.heating_callers(current), is_history=False)
    yield province.FEED, province.parcels(run, contracts[province.FEED], direct_before, direct)
    direct_event = contracts[province_events.FEED]
    yield direct_event.feed, province_events.parcels(run, direct_event, direct_before, direct)
    yield calls.FEED, calls.parcels(run, contracts[calls.FEED])
    for feed, parcels in OTHERS:
        yield feed, parcels(run, contracts[feed])
    press = published_figures.FEED
    yield press, published_figures.parcels(run, contracts[press], settings)


def _send(settings: Settings, feed: str, parcels: Iterator[Parcel]) -> FeedReport:
    report = FeedReport()
    for parcel in parcels:
        path = deliver(settings.inbox / feed, parcel.name, parcel.batch.payload, parcel.arrived_at)
        report.files.setdefault(parcel.kind, []).append(path)
        if parcel.kind != "resent":
            report.rows += parcel.batch.rows
            report.bad_rows += parcel.batch.bad
            report.duplicate_rows += parcel.batch.duplicates
    count = sum(map(len, report.files.values()))
    log.info("feed=%s files=%d rows=%d bad=%d", feed, count, report.rows, report.bad_rows)
    return report


def simulate_apart(settings: Settings, *, days: int, seed: int, until: date, scale: float = 1.0) -> SimulationReport:
    """The same in a process of its own, so that the caller can get ready meanwhile."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(simulate, settings, days=days, seed=seed, until=until, scale=scale).result()
