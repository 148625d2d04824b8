"""Files of room temperatures: one CSV for each day of the season, a line for each point and hour that reported."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import Texts, texts
from simulator.city import ENTERPRISES
from simulator.delivery import Batch, Kind, Parcel, daily_parcels
from simulator.heating_messages import by_file, message_parcels, segment
from simulator.point_register import PointRegister, Standing
from simulator.room_faults import arrived, reported
from simulator.room_temperatures import HIGHEST, HOURS, hundredths
from simulator.run import Run
from simulator.sensor_lines import sensor_batch

FEED, MESSAGE = "heating_room_temperature", "heating_room_message"
COLUMNS = ("point_id", "measured_at", "temperature_c", "room_type", "customer_status", "street_code", "enterprise_name")
VALUES = texts([f"{cents / 100:.2f}" for cents in range(round(HIGHEST * 100) + 100)])
RECALIBRATION = 30


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """One file for each heating day of the window."""
    register = PointRegister(run)
    found = register.found
    ids = found.point_id + ","
    head = ",".join(contract.column(name).header[0] for name in COLUMNS)

    def render(day: date, kind: Kind) -> Batch:
        rng = run.stream(FEED, day)
        standing = register.on(day)
        cents = hundredths(run, register, standing, day)
        if kind == "corrected":
            cents[found.enterprise == found.enterprise[0]] += RECALIBRATION
        values, is_bad = reported(VALUES[cents], register, contract.column("temperature_c"), rng)
        stamps = texts([f"{day} {hour:02d}:00:00," for hour in HOURS])
        lines = ids[:, None] + stamps[None, :] + values + _tails(register, standing)[:, None]
        has_come = arrived(run, register, standing, day, rng) & by_file(run, len(found), day)
        return sensor_batch(head, lines, is_bad, has_come, rng)

    yield from daily_parcels(run, FEED, "csv", [day for day in run.days if run.calendar.is_heating(day)], render)


def messages(run: Run, contract: Contract) -> Iterator[Parcel]:
    """What the points say that report by message on the last days."""
    register = PointRegister(run)

    def render(day: date) -> Batch:
        degrees = hundredths(run, register, register.on(day), day) / 100
        humidity = run.stream("humidity", day).integers(30, 56, degrees.shape)
        channels = {"temp": degrees.tolist(), "hum": humidity.tolist()}
        return segment(run, MESSAGE, day, register.found.point_id.tolist(), channels, contract)

    yield from message_parcels(run, MESSAGE, render)


def _tails(register: PointRegister, standing: Standing) -> Texts:
    """The end of each point's lines: what the register says of it that day."""
    found = register.found
    status = np.where(standing.is_suspended, "suspended", "on").tolist()
    sellers = [ENTERPRISES[seller] for seller in found.enterprise]
    cells = zip(found.room_type.tolist(), status, found.street_code.tolist(), sellers, strict=True)
    return texts([",".join(("", *row)) for row in cells])
