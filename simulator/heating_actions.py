"""Files of the supervision's actions: each day those that began or ended, as the ledger stood that evening."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import Ints, texts
from simulator.delivery import Batch, Kind, Parcel, daily_parcels
from simulator.dirt import soil
from simulator.heating_action_steps import CAUSES, FEED, STEPS, actions_of
from simulator.moments import end_of, moment_texts
from simulator.point_register import PointRegister
from simulator.register import Register, join
from simulator.run import Run
from simulator.writing import Cell, headers, in_order, plain_csv_bytes

ENDS = ("measured_c", "result", "cause_party")
ENTERED_AFTER = np.timedelta64(240, "s")
BREAKS: list[tuple[str, Cell]] = [
    ("mechanism", "例行检查"),
    ("triggered_at", "2026-02-30 08:00:00"),
    ("result", "良好"),
]


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """One file for each heating day of the window."""
    days = [day for day in run.days if run.calendar.is_heating(day)]
    if not days:
        return
    points = PointRegister(run)
    current = join([actions_of(run, points, day) for day in days])

    def batch(register: Register, rows: Ints, as_of: np.datetime64, *what: object) -> Batch:
        table = in_order(contract, _columns(register, rows, as_of))
        soiled = soil(contract, table, BREAKS, run.stream(FEED, "dirt", *what))
        return Batch.of(plain_csv_bytes(contract, headers(contract), soiled.rows), soiled)

    def render(day: date, kind: Kind) -> Batch:
        if kind == "corrected":
            again = _found_otherwise(run, current)
            return batch(again, again.received_on(day, "triggered"), end_of(run.until), day, kind)
        return batch(current, current.changed_on(day), end_of(day), day)

    yield from daily_parcels(run, FEED, "csv", days, render)


def _columns(register: Register, rows: Ints, as_of: np.datetime64) -> dict[str, list[Cell]]:
    """The actions as they were known at `as_of`: what was found is empty until the end is entered."""
    columns: dict[str, list[Cell]] = {name: list(register.column(name, rows)) for name in register.cells}
    done = register.seen("done", rows, as_of)
    for name in ENDS:
        columns[name] = [
            "" if is_open else cell for cell, is_open in zip(columns[name], np.isnat(done).tolist(), strict=True)
        ]
    moments = {"triggered": register.moments["triggered"][rows], "due": register.moments["due"][rows], "done": done}
    moments["updated"] = register.last_step(rows, as_of) + ENTERED_AFTER
    return columns | {f"{name}_at": list(moment_texts(found)) for name, found in moments.items()}


def _found_otherwise(run: Run, register: Register) -> Register:
    """Everything is entered anew, later than anything before it: some causes turn out to be another's."""
    rng = run.stream(FEED, "found otherwise")
    is_known = np.isin(register.cells["cause_party"].astype(str), CAUSES)
    wrong = np.flatnonzero(is_known & (rng.random(len(register)) < 0.2))
    cause = register.cells["cause_party"].copy()
    cause[wrong] = texts(list(CAUSES))[rng.integers(len(CAUSES), size=len(wrong))]
    corrected = np.full(len(register), end_of(run.until) - np.timedelta64(600, "s"))
    moments = register.moments | {"corrected": corrected}
    return replace(
        register, cells=register.cells | {"cause_party": cause}, moments=moments, steps=(*STEPS, "corrected")
    )
