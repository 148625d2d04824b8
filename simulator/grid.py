"""Files of the grid: JSON lines with zoned moments, each event as it stood that evening."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import NEVER, Ints, Moments, texts
from simulator.delivery import Batch, Kind, Parcel, daily_parcels
from simulator.dirt import soil
from simulator.grid_events import FEED, SEVERITIES, STEPS, events
from simulator.moments import end_of, moment_texts
from simulator.register import Register
from simulator.run import Run
from simulator.writing import Cell, headers, in_order, jsonl_bytes

WORDS = ("上报", "受理", "不予立案", "交办", "退回", "交办", "处置", "核查", "结案")
LOCAL, UTC = "+08:00", "Z"
EIGHT_HOURS = np.timedelta64(8, "h")
BREAKS: list[tuple[str, Cell]] = [
    ("grid_code", "2102020010"),
    ("status", "已处理"),
    ("reported_at", None),
    ("reported_at", "2026-02-30T08:00:00+08:00"),
]


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """The window day by day."""
    current = events(run, run.days)

    def batch(register: Register, rows: Ints, as_of: np.datetime64, *what: object) -> Batch:
        table = in_order(contract, _columns(register, rows, as_of))
        soiled = soil(contract, table, BREAKS, run.stream(FEED, "dirt", *what))
        return Batch.of(jsonl_bytes(headers(contract), soiled.rows), soiled)

    def render(day: date, kind: Kind) -> Batch:
        if kind == "corrected":
            return batch(_regraded(run, current), current.received_on(day, "reported"), end_of(run.until), day, kind)
        return batch(current, current.changed_on(day), end_of(day), day)

    yield from daily_parcels(run, FEED, "jsonl", run.days, render)


def _columns(register: Register, rows: Ints, as_of: np.datetime64) -> dict[str, list[Cell]]:
    """The events as they were known at `as_of`."""
    columns: dict[str, list[Cell]] = {name: register.cells[name][rows].tolist() for name in register.cells}
    seen = {name: register.seen(name, rows, as_of) for name in STEPS}
    status = texts([WORDS[0]] * len(rows))
    for step, word in zip(STEPS, WORDS, strict=True):
        status[~np.isnat(seen[step])] = word
    due = register.moments["due"][rows]
    moments = {"due_at": due, "closed_at": seen["closed"], "updated_at": register.last_step(rows, as_of)}
    columns |= {name: _zoned(found) for name, found in moments.items()}
    return columns | {"status": status.tolist(), "reported_at": _zoned(seen["reported"]), "handled_at": _handled(seen)}


def _zoned(moments: Moments) -> list[Cell]:
    return [text or None for text in moment_texts(moments, zone=LOCAL)]


def _handled(seen: dict[str, Moments]) -> list[Cell]:
    """Some handhelds report the same moment in UTC."""
    utc = moment_texts(seen["handled"] - EIGHT_HOURS, zone=UTC)
    is_utc = (seen["reported"].astype("int64") % 20 == 0).tolist()
    choices = zip(is_utc, utc, moment_texts(seen["handled"], zone=LOCAL), strict=True)
    return [(other if flag else local) or None for flag, other, local in choices]


def _regraded(run: Run, register: Register) -> Register:
    """A tenth of the events get another severity: a correction later than anything before it."""
    rng = run.stream(FEED, "regraded")
    wrong = np.flatnonzero(rng.random(len(register)) < 0.1)
    severity = register.cells["severity"].copy()
    severity[wrong] = texts(list(SEVERITIES))[rng.integers(len(SEVERITIES), size=len(wrong))]
    corrected = np.full(len(register), NEVER)
    corrected[wrong] = end_of(run.until) - np.timedelta64(600, "s")
    moments = register.moments | {"corrected": corrected}
    return replace(
        register, cells=register.cells | {"severity": severity}, moments=moments, steps=(*STEPS, "corrected")
    )
