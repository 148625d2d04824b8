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
from simulator.hotline_cases import NOT_OURS
from simulator.hotline_register import FEED, STEPS
from simulator.moments import end_of, moment_texts
from simulator.register import Register
from simulator.run import Run
from simulator.units import units_of
from simulator.writing import Cell, csv_bytes, headers, in_order

EXPORTED = (
    *("case_no", "channel", "request_type", "category_name", "subcategory_name", "urgency", "is_confidential"),
    *("caller_name", "caller_token", "is_anonymous", "district_name", "street_name", "place_token"),
    *("content_fingerprint", "received_at"),
)
BREAKS: list[tuple[str, Cell]] = [
    ("received_at", "2026-02-30 09:05:00"),
    ("channel", "传真"),
    ("category_name", ""),
    ("status", "处理中"),
    ("updated_at", ""),
]


def parcels(run: Run, contract: Contract, history: list[Register], current: Register) -> Iterator[Parcel]:
    """Last year's months in their final state under the old heads, then the window day by day."""
    title = f"{run.city.name}12345热线工单明细（模拟数据）"

    def batch(register: Register, rows: Ints, as_of: np.datetime64, *what: object, oldest: bool = False) -> Batch:
        table = in_order(contract, _columns(run, register, rows, as_of))
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


def _columns(run: Run, register: Register, rows: Ints, as_of: np.datetime64) -> dict[str, list[Cell]]:
    """The cases as they were known at `as_of`."""
    seen = {name: register.seen(name, rows, as_of) for name in STEPS}
    finished = np.where(np.isnat(seen["reopened"]), seen["finished"], seen["refinished"])
    columns: dict[str, list[Cell]] = {name: list(register.column(name, rows)) for name in EXPORTED}
    moments = {
        "dispatched_at": seen["dispatched"],
        "due_at": _due(register, rows, seen),
        "finished_at": finished,
        "callback_at": seen["called"],
        "updated_at": register.last_step(rows, as_of),
    }
    columns |= {name: list(moment_texts(found)) for name, found in moments.items()}
    for name in ("is_solved", "grade"):
        columns[name] = np.where(np.isnat(seen["called"]), "", register.cells[name][rows]).tolist()
    columns["unit_name"] = _unit_names(run, register, rows, seen).tolist()
    columns["status"] = _status(seen, register.cells["ending"][rows]).tolist()
    return columns


def _due(register: Register, rows: Ints, seen: dict[str, Moments]) -> Moments:
    """The deadline in force: that of the dispatch, later that of the extension, last that of the reopened case."""
    due = {name: register.moments[name][rows] for name in ("due", "due_extended", "due_again")}
    is_extended = ~np.isnat(seen["extension_approved"]) & ~np.isnat(due["due_extended"])
    first = np.where(np.isnat(seen["dispatched"]), NEVER, np.where(is_extended, due["due_extended"], due["due"]))
    return np.where(np.isnat(seen["reopened"]), first, due["due_again"])


def _unit_names(run: Run, register: Register, rows: Ints, seen: dict[str, Moments]) -> Texts:
    first, second = (register.cells[name][rows].astype(int) for name in ("first_unit", "second_unit"))
    lead = np.where(np.isnat(seen["redispatched"]), first, second)
    return np.where(np.isnat(seen["dispatched"]), "", units_of(run.city).name[lead])


def _status(seen: dict[str, Moments], ending: Texts) -> Texts:
    """The word the hotline uses; systems of two ages use two words for dispatched and for finished."""
    has = {name: ~np.isnat(moments) for name, moments in seen.items()}
    is_odd = seen["received"].astype("int64") % 2 == 1
    done, sent = _either(is_odd, "已办结", "待回访"), _either(is_odd, "已派遣", "待处置")
    words: list[tuple[Flags, Texts]] = [
        (has["closed"], texts(["已结案"])),
        (has["refused"], texts([NOT_OURS])),
        (has["refinished"], done),
        (has["reopened"], texts(["重办"])),
        (has["called"], texts(["已回访"])),
        (has["finished"] & (ending == ""), done),
        (has["finished"] | has["decided"], ending),
        (has["dispatched"], sent),
    ]
    return np.select([condition for condition, _ in words], [word for _, word in words], texts(["待派遣"]))


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
