"""What goes wrong between a room and the file: odd values, lost readings, silent sensors and gateways."""

from __future__ import annotations

from datetime import date

import numpy as np

from ingestion.contract import Column
from simulator.arrays import Flags, Texts, texts
from simulator.dirt import full_width
from simulator.point_register import PointRegister, Standing
from simulator.room_temperatures import HOURS
from simulator.run import Run

NAN_SHARE, UNIT_SHARE, WIDE_SHARE, ABSURD_SHARE, SENTINEL_SHARE = 0.001, 0.0005, 0.0015, 0.0005, 0.0004
ABSURD, SENTINEL = "85.0", "-999.00"
# Tenths below zero read as unsigned: -0.3 degrees of an unheated stairwell. None is sent until the contract of the
# feed holds such a number; then a share of the readings of "other" rooms, 0.002 say.
UNSIGNED_SHARE, UNSIGNED = 0.0, "6553.3"
LOST_SHARE = 0.004
GATEWAY_SHARE, GATEWAY_HOURS = 0.015, (3, 10)
SILENT_SHARE, SILENT_HOURS = 0.008, (8, 72)


def reported(values: Texts, register: PointRegister, column: Column, rng: np.random.Generator) -> tuple[Texts, Flags]:
    """Values as sensors send them: some no number, some with their unit, in full width, absurd or a code."""
    luck = rng.random(values.shape)
    edges = np.cumsum([NAN_SHARE, UNIT_SHARE, WIDE_SHARE, ABSURD_SHARE, SENTINEL_SHARE])
    kind = np.searchsorted(edges, luck, side="right")
    is_bad: Flags = kind < 2
    values[kind == 0] = "NaN"
    values[kind == 1] += "℃"
    values[kind == 2] = texts([full_width(value) for value in values[kind == 2].tolist()])
    values[kind == 3] = ABSURD
    values[kind == 4] = SENTINEL
    is_unsigned = (rng.random(values.shape) < UNSIGNED_SHARE) & (register.found.room_type == "other")[:, None]
    values[is_unsigned] = UNSIGNED
    is_held = column.precision - column.scale >= len(UNSIGNED.partition(".")[0])
    return values, np.where(is_unsigned, not is_held, is_bad)


def arrived(run: Run, register: PointRegister, standing: Standing, day: date, rng: np.random.Generator) -> Flags:
    """Single readings get lost; a gateway is silent for hours and its points with it; a sensor for a day or more."""
    found = rng.random((len(register.found), len(HOURS))) >= LOST_SHARE
    gateways = len(register.homes.gateway_code)
    is_out = rng.random(gateways) < GATEWAY_SHARE
    lengths = rng.integers(*GATEWAY_HOURS, gateways)
    starts = np.floor(rng.random(gateways) * (len(HOURS) + 1 - lengths)).astype(int)
    past = HOURS - starts[:, None]
    out = is_out[:, None] & (past >= 0) & (past < lengths[:, None])
    silent = out[standing.gateway] | _silent(run, len(found), day) | standing.is_removed[:, None]
    return np.asarray(found & ~silent)


def _silent(run: Run, count: int, day: date) -> Flags:
    """Sensors whose battery is empty: silent from an hour of a week on until somebody changes it."""
    year, week, weekday = day.isocalendar()
    rng = run.stream("silent", year, week)
    lengths = np.where(rng.random(count) < SILENT_SHARE, rng.integers(*SILENT_HOURS, count), 0)
    starts = rng.integers(7 * 24 - SILENT_HOURS[1], size=count)
    past = 24 * (weekday - 1) + HOURS - starts[:, None]
    return np.asarray((past >= 0) & (past < lengths[:, None]))
