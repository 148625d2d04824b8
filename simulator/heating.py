"""Files of room temperatures: one CSV for each day of the season, a line for each point and hour that reported."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import Flags, Ints, Texts, texts
from simulator.city import ENTERPRISES
from simulator.delivery import Batch, Kind, Parcel, daily_parcels
from simulator.dirt import full_width
from simulator.room_points import HIGHEST, HOURS, Points, hundredths, points
from simulator.run import Run

FEED = "heating_room_temperature"
COLUMNS = ("point_id", "measured_at", "temperature_c", "room_type", "customer_status", "street_code", "enterprise_name")
VALUES = texts([f"{cents / 100:.2f}" for cents in range(round(HIGHEST * 100) + 100)])
RECALIBRATION = 30
LOST_SHARE = 0.004
GATEWAY_GAP_SHARE = 0.15
NAN_SHARE, UNIT_SHARE, WIDE_SHARE, ABSURD_SHARE = 0.001, 0.0005, 0.0015, 0.0005
BROKEN_SHARE, REPEATED_SHARE = 0.0002, 0.001


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """One file for each heating day of the window."""
    found = points(run)
    ids = found.point_id + ","
    tails = texts([",".join(("", *cells)) for cells in _standing_cells(run, found)])
    head = ",".join(contract.column(name).header[0] for name in COLUMNS)

    def render(day: date, kind: Kind) -> Batch:
        rng = run.stream(FEED, day)
        cents = hundredths(run, found, day)
        if kind == "corrected":
            cents[found.enterprise == found.enterprise[0]] += RECALIBRATION
        values, is_bad = _reported(VALUES[cents], rng)
        stamps = texts([f"{day} {hour:02d}:00:00," for hour in HOURS])
        lines = ids[:, None] + stamps[None, :] + values + tails[:, None]
        return _batch(head, lines, is_bad, _arrived(found, rng), rng)

    yield from daily_parcels(run, FEED, "csv", [day for day in run.days if run.calendar.is_heating(day)], render)


def _standing_cells(run: Run, found: Points) -> Iterator[tuple[str, ...]]:
    status = np.where(found.is_suspended, "suspended", "on").tolist()
    sellers = [ENTERPRISES[seller] for seller in found.enterprise]
    return zip(found.room_type.tolist(), status, found.street_code.tolist(), sellers, strict=True)


def _reported(values: Texts, rng: np.random.Generator) -> tuple[Texts, Flags]:
    """Values as sensors send them: some no number, some with their unit, in full width, or absurd."""
    luck = rng.random(values.shape)
    edges = np.cumsum([NAN_SHARE, UNIT_SHARE, WIDE_SHARE, ABSURD_SHARE])
    kind = np.searchsorted(edges, luck, side="right")
    is_bad: Flags = kind < 2
    values[kind == 0] = "NaN"
    values[kind == 1] += "℃"
    values[kind == 2] = texts([full_width(value) for value in values[kind == 2].tolist()])
    values[kind == 3] = "85.0"
    return values, is_bad


def _arrived(found: Points, rng: np.random.Generator) -> Flags:
    """Single readings get lost; now and then a company's gateway is silent for hours."""
    arrived: Flags = rng.random((len(found), len(HOURS))) >= LOST_SHARE
    has_gap, seller = rng.random() < GATEWAY_GAP_SHARE, rng.integers(len(ENTERPRISES))
    start, length = rng.integers(18), rng.integers(3, 7)
    if has_gap:
        arrived[found.enterprise == seller, start : start + length] = False
    return arrived


def _batch(head: str, lines: Texts, is_bad: Flags, arrived: Flags, rng: np.random.Generator) -> Batch:
    """The file, with a few impossible times and lines sent twice at its end."""
    sent: list[str] = lines[arrived].tolist()
    sound: Ints = np.flatnonzero(arrived & ~is_bad)
    copies = lines.reshape(-1)[rng.choice(sound, size=rng.binomial(len(sound), BROKEN_SHARE + REPEATED_SHARE))].tolist()
    broken = int(rng.binomial(len(copies), BROKEN_SHARE / (BROKEN_SHARE + REPEATED_SHARE)))
    sent += [line.replace(":00:00,", ":61:00,") for line in copies[:broken]] + copies[broken:]
    bad = int((arrived & is_bad).sum()) + broken
    return Batch("\n".join([head, *sent, ""]).encode(), len(sent), bad, len(copies) - broken)
