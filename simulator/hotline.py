"""Files of the city hotline: GB18030 exports with a title and a total, each case as it stood that evening."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import NEVER, Flags, Ints, Moments, Texts, texts
from simulator.delivery import Batch, Kind, Parcel, daily_parcels, history_parcel
from simulator.dirt import soil
from simulator.hotline_calls import HEATING, ask
from simulator.hotline_cases import DEFAULTED, UNREACHABLE, handle
from simulator.hotline_cells import fixed_cells, yes_no
from simulator.moments import end_of, moment_texts
from simulator.register import Register, join
from simulator.run import Run
from simulator.writing import Cell, csv_bytes, headers, in_order

FEED = "hotline_city"
STEPS = ("received", "decided", "dispatched", "finished", "called", "reopened", "refinished", "closed")
BREAKS: list[tuple[str, Cell]] = [
    ("received_at", "2026-02-30 09:05:00"),
    ("channel", "传真"),
    ("category_name", ""),
    ("status", "处理中"),
    ("updated_at", ""),
]


def cases(run: Run, days: list[date], *, is_history: bool) -> Register:
    """All cases received on these days, with their whole life."""
    return join([_cases_of(run, day, is_history=is_history) for day in days])


def _cases_of(run: Run, day: date, *, is_history: bool) -> Register:
    rng = run.stream(FEED, day)
    asked = ask(run, day, rng, is_history=is_history)
    handled = handle(run, asked, rng)
    solved = yes_no(handled.is_solved)
    solved[(handled.grade == UNREACHABLE) | (handled.grade == DEFAULTED)] = ""
    cells = fixed_cells(run, asked, day, rng)
    cells |= {"ending": handled.ending, "is_solved": solved, "grade": handled.grade}
    return Register(cells, handled.moments, STEPS)


def heating_numbers(register: Register) -> dict[date, list[str]]:
    """Numbers of the heating cases by day of the call."""
    found: dict[date, list[str]] = {}
    rows = np.flatnonzero(register.cells["category_name"] == HEATING)
    days = register.moments["received"][rows].astype("datetime64[D]").tolist()
    for day, number in zip(days, register.column("case_no", rows), strict=True):
        found.setdefault(day, []).append(number)
    return found


def parcels(run: Run, contract: Contract, history: list[Register], current: Register) -> Iterator[Parcel]:
    """Last year's months in their final state under the old heads, then the window day by day."""
    title = f"{run.city.name}12345热线工单明细（模拟数据）"

    def batch(register: Register, rows: Ints, as_of: np.datetime64, *what: object, oldest: bool = False) -> Batch:
        table = in_order(contract, _columns(register, rows, as_of))
        soiled = soil(contract, table, BREAKS, run.stream(FEED, "dirt", *what))
        return Batch.of(csv_bytes(contract, title, headers(contract, oldest=oldest), soiled.rows), soiled)

    def render(day: date, kind: Kind) -> Batch:
        if kind == "corrected":
            return batch(_moved(run, current), current.received_on(day, "received"), end_of(run.until), day, kind)
        return batch(current, current.changed_on(day), end_of(day), day)

    before = end_of(run.first - timedelta(days=1))
    for days, month in zip(run.history, history, strict=True):
        file = batch(month, np.arange(len(month)), before, days[0], oldest=True)
        yield history_parcel(run, FEED, days[0], "csv", file)
    yield from daily_parcels(run, FEED, "csv", run.days, render)


def _columns(register: Register, rows: Ints, as_of: np.datetime64) -> dict[str, list[Cell]]:
    """The cases as they were known at `as_of`."""
    seen = {name: register.seen(name, rows, as_of) for name in register.moments if name != "due"}
    is_called = ~np.isnat(seen["called"])
    finished = np.where(np.isnat(seen["reopened"]), seen["finished"], seen["refinished"])
    columns: dict[str, list[Cell]] = {name: list(register.column(name, rows)) for name in register.cells}
    moments = {
        "dispatched_at": seen["dispatched"],
        "due_at": np.where(np.isnat(seen["dispatched"]), NEVER, register.moments["due"][rows]),
        "finished_at": finished,
        "callback_at": seen["called"],
        "updated_at": register.last_step(rows, as_of),
    }
    columns |= {name: list(moment_texts(found)) for name, found in moments.items()}
    for name in ("is_solved", "grade"):
        columns[name] = np.where(is_called, register.cells[name][rows], "").tolist()
    columns["status"] = _status(seen, register.cells["ending"][rows]).tolist()
    return columns


def _status(seen: dict[str, Moments], ending: Texts) -> Texts:
    """The word the hotline uses; systems of two ages use two words for dispatched and for finished."""
    has = {name: ~np.isnat(moments) for name, moments in seen.items()}
    is_odd = seen["received"].astype("int64") % 2 == 1
    return np.select(
        [
            has["closed"] | has["refinished"],
            has["reopened"],
            has["called"],
            has["finished"] & (ending == ""),
            has["finished"] | has["decided"],
            has["dispatched"],
        ],
        [texts([word]) for word in ("已结案", "重办", "已回访")]
        + [_either(is_odd, "已办结", "待回访"), ending, _either(is_odd, "已派遣", "待处置")],
        texts(["待派遣"]),
    )


def _either(flags: Flags, yes: str, no: str) -> Texts:
    return texts(np.where(flags, yes, no).tolist())


def _moved(run: Run, register: Register) -> Register:
    """A tenth of the cases had been filed under the wrong street: a correction later than anything before it."""
    rng = run.stream(FEED, "moved")
    wrong = np.flatnonzero(rng.random(len(register)) < 0.1)
    right = rng.permutation(wrong)
    cells = dict(register.cells)
    for name in ("district_name", "street_name"):
        cells[name] = cells[name].copy()
        cells[name][wrong] = register.cells[name][right]
    corrected = np.full(len(register), NEVER)
    corrected[wrong] = end_of(run.until) - np.timedelta64(600, "s")
    return replace(
        register, cells=cells, moments=register.moments | {"corrected": corrected}, steps=(*STEPS, "corrected")
    )
