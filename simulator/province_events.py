"""Files of the direct line's events: tables of HTML under the name of a workbook, one a day, last year's by month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import Flags, Ints, Texts, texts
from simulator.delivery import Batch, Kind, Parcel, daily_parcels, history_parcel
from simulator.dirt import soil
from simulator.moments import end_of, moment_texts
from simulator.register import Register
from simulator.run import Run
from simulator.writing import Cell, headers, html_bytes, in_order

FEED = "hotline_province_event"
# The word of each event, the moment it tells of and the deadline it states; the company's own events name it.
STEPS = (
    ("受理", "received", ""),
    ("派单", "received", "due"),
    ("签收", "signed", ""),
    ("联系诉求人", "contacted", ""),
    ("催办", "urged", ""),
    ("回复", "replied", "due"),
    ("回访未通", "attempted", ""),
    ("回访", "called", ""),
    ("重办", "reopened", "due_again"),
    ("回复", "replied_again", "due_again"),
)
OF_THE_PROVINCE = ("受理", "回访未通", "回访")
BREAKS: list[tuple[str, Cell]] = [("event_type", "已阅"), ("occurred_at", "2026-02-30 08:00:00"), ("case_no", "")]


def parcels(run: Run, contract: Contract, history: list[Register], current: Register) -> Iterator[Parcel]:
    """Last year's months of the season, then one file for each day on which something happened."""
    title = f"{run.city.name}省直通车流转记录（模拟数据）"

    def batch(register: Register, start: np.datetime64, end: np.datetime64, *what: object) -> Batch:
        told = _columns(register, *_between(register, start, end), is_corrected="corrected" in what)
        soiled = soil(contract, in_order(contract, told), BREAKS, run.stream(FEED, "dirt", *what))
        return Batch.of(html_bytes(contract, title, headers(contract), soiled.rows), soiled)

    def render(day: date, kind: Kind) -> Batch:
        return batch(current, np.datetime64(day, "s"), end_of(day), day, kind)

    before = end_of(run.first - timedelta(days=1))
    for days, month in zip(run.history, history, strict=True):
        if len(month):
            file = batch(month, np.datetime64(days[0], "s"), before, days[0])
            yield history_parcel(run, FEED, days[0], "xls", file)
    yield from daily_parcels(run, FEED, "xls", run.days, render)


def _between(register: Register, start: np.datetime64, end: np.datetime64) -> tuple[Ints, Ints]:
    """Case and step of what happened in a span of time, in order."""
    moments = np.stack([register.moments[moment] for _, moment, _ in STEPS])
    step, case = np.nonzero((moments >= start) & (moments < end))
    order = np.lexsort((step, case, moments[step, case]))
    return case[order], step[order]


def _columns(register: Register, case: Ints, step: Ints, *, is_corrected: bool) -> dict[str, list[Cell]]:
    """Events by column name of the contract."""
    word = texts([word for word, _, _ in STEPS])[step]
    moments = np.stack([register.moments[moment] for _, moment, _ in STEPS])[step, case]
    never = np.full(len(register), np.datetime64("NaT", "s"))
    due = np.stack([register.moments[due] if due else never for _, _, due in STEPS])[step, case]
    is_callback = word == "回访"
    grade = np.where(is_callback, register.cells["grade"][case], "")
    if is_corrected:  # the first file had taken the lesser praise for the greater
        grade[grade == "非常满意"] = "满意"
    serials = texts([f"{serial:02d}" for serial in range(len(STEPS))])[step]
    found: dict[str, Texts] = {
        "event_no": texts([f"P{number[1:]}" for number in register.cells["case_no"][case].tolist()]) + serials,
        "case_no": register.cells["case_no"][case],
        "event_type": word,
        "unit_name": np.where(np.isin(word, OF_THE_PROVINCE), "", register.cells["enterprise_name"][case]),
        "is_solved": np.where(is_callback, register.cells["is_solved"][case], ""),
        "grade": grade,
    }
    told: dict[str, list[Cell]] = {name: cells.tolist() for name, cells in found.items()}
    is_short = (word == "联系诉求人") & (moments.astype("int64") % 33 == 0)
    told["occurred_at"] = _typed(list(moment_texts(moments)), is_short)
    told["due_at"] = list(moment_texts(due))
    return told


def _typed(moments: list[str], is_short: Flags) -> list[Cell]:
    """Who types the moment of a call by hand leaves out its seconds."""
    pairs = zip(moments, is_short.tolist(), strict=True)
    return [moment[:16].replace("-", "/") if short else moment for moment, short in pairs]
