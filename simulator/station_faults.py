"""What goes wrong at a station in a day: the link is lost, the pump stops, people maintain, a channel sends a code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from simulator.arrays import Flags, Floats
from simulator.openings import opening
from simulator.run import Run
from simulator.station_physics import HOURS
from simulator.stations import Stations, connects, retires

LINK_SHARE, LINK_HOURS = 0.012, (2, 9)
STOP_SHARE, STOP_HOURS = 0.004, (1, 6)
# A few old pumps stop more often than the others.
WEAK_SHARE, WEAK = 0.06, 8.0
CARE_SHARE, CARE_HOURS, CARE_FROM = 0.006, (2, 5), (9, 13)
LOST_SHARE = 0.003
SENTINEL_SHARE, SENTINEL = 0.0003, -999.0
COOLING, ROOM = 0.25, 22.0
TEMPERATURES = ("t1s", "t1r", "t2s", "t2r")


@dataclass(frozen=True)
class Faults:
    """Hours of a day by station: sent at all, link lost, pump stopped unplanned, under maintenance."""

    is_sent: Flags
    is_lost: Flags
    is_stopped: Flags
    is_cared_for: Flags


def faults(run: Run, found: Stations, day: date) -> Faults:
    """The faults of a day; which pumps are weak does not depend on the window."""
    rng, count = run.stream("station faults", day), len(found)
    weak = np.where(run.stream("weak pumps").permutation(count) < max(1, WEAK_SHARE * count), WEAK, 1.0)

    def hours(share: Floats | float, lengths: tuple[int, int], begin: tuple[int, int] = (0, 22)) -> Flags:
        past = HOURS - rng.integers(*begin, count)[:, None]
        length = np.where(rng.random(count) < share, rng.integers(*lengths, count), 0)
        return np.asarray((past >= 0) & (past < length[:, None]))

    lost, stopped = hours(LINK_SHARE, LINK_HOURS), hours(STOP_SHARE * weak, STOP_HOURS)
    cared_for = hours(CARE_SHARE, CARE_HOURS, CARE_FROM)
    sent = rng.random((count, len(HOURS))) >= LOST_SHARE
    sent[found.serving] &= day < retires(opening(day))
    sent[found.serving + 1] &= day >= connects(opening(day))
    return Faults(sent, lost, stopped & ~cared_for, cared_for)


def spoiled(values: dict[str, Floats], meters: Floats, found: Faults, rng: np.random.Generator) -> dict[str, Floats]:
    """The channels as they are sent: cooling while the pump stands, all zero while the link is lost, some a code."""
    is_still = found.is_stopped | found.is_cared_for
    still_hours = np.cumsum(is_still, axis=1) * is_still
    sent = dict(values)
    for name in ("t2s", "t2r"):
        sent[name] = ROOM + (values[name] - ROOM) * np.exp(-COOLING * still_hours)
    sent["p2s"] = np.where(is_still, values["p2r"], values["p2s"])
    sent["flow"] = np.where(is_still, 0.0, values["flow"])
    sent["heat"] = meters[:, None] + np.cumsum(np.where(is_still, 0.0, values["heat"]), axis=1)
    for name in TEMPERATURES:
        sent[name] = np.where(rng.random(is_still.shape) < SENTINEL_SHARE, SENTINEL, sent[name])
    return {name: np.where(found.is_lost, 0.0, channel) for name, channel in sent.items()}
