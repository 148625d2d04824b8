"""Files of the station readings: one CSV for each day of the season, a line for each station and hour that reported."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import Flags, Floats, Texts, texts
from simulator.delivery import Batch, Kind, Parcel, daily_parcels
from simulator.heating_messages import by_file, message_parcels, segment
from simulator.run import Run
from simulator.sensor_lines import sensor_batch
from simulator.station_faults import Faults, faults, spoiled
from simulator.station_physics import HOURS, Physics
from simulator.stations import stations
from simulator.writing import headers

FEED, MESSAGE = "heating_station_reading", "heating_station_message"
DECIMALS = {"t1s": 1, "t1r": 1, "t2s": 1, "t2r": 1, "p2s": 3, "p2r": 3, "flow": 2, "heat": 3}
RECALIBRATION = 0.3


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """One file for each heating day of the window."""
    found = stations(run)
    physics = Physics(run, found)
    head = ",".join(headers(contract))

    def render(day: date, kind: Kind) -> Batch:
        rng, wrong = run.stream(FEED, day), faults(run, found, day)
        values = physics.channels(day)
        if kind == "corrected":
            values["t2s"][found.enterprise == found.enterprise[0]] += RECALIBRATION
        lines = _lines(found.station_id, day, spoiled(values, physics.meters(day), wrong, rng), wrong)
        sound: Flags = np.zeros(lines.shape, dtype=bool)
        return sensor_batch(head, lines, sound, wrong.is_sent & by_file(run, len(found), day), rng)

    yield from daily_parcels(run, FEED, "csv", [day for day in run.days if run.calendar.is_heating(day)], render)


def messages(run: Run, contract: Contract) -> Iterator[Parcel]:
    """What the stations say that report by message on the last days."""
    found = stations(run)
    physics = Physics(run, found)

    def render(day: date) -> Batch:
        wrong = faults(run, found, day)
        sent = spoiled(physics.channels(day), physics.meters(day), wrong, run.stream(MESSAGE, "spoiled", day))
        channels = {name: np.round(sent[name], places).tolist() for name, places in DECIMALS.items()}
        return segment(
            run, MESSAGE, day, found.station_id.tolist(), channels | {"pump": _pump(wrong).tolist()}, contract
        )

    yield from message_parcels(run, MESSAGE, render)


def _pump(wrong: Faults) -> Texts:
    """The state of the pump; a lost link says that it is off: zero is what it cannot hear."""
    pump = np.where(wrong.is_cared_for, "maintenance", np.where(wrong.is_stopped, "off", "on"))
    pump[wrong.is_lost] = "off"
    return pump


def _lines(ids: Texts, day: date, sent: dict[str, Floats], wrong: Faults) -> Texts:
    """A line for each station and hour."""
    pump = _pump(wrong)
    stamps = [f"{day} {hour:02d}:00:00" for hour in HOURS]
    form = ",".join(["%s,%s", *(f"%.{places}f" for places in DECIMALS.values()), "%s"])
    cells = zip(
        np.repeat(ids, len(HOURS)).tolist(),
        stamps * len(ids),
        *(sent[name].ravel().tolist() for name in DECIMALS),
        pump.ravel().tolist(),
        strict=True,
    )
    return texts([form % row for row in cells]).reshape(len(ids), len(HOURS))
