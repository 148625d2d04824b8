"""Files of the city hotline's event feed: JSON lines as the collector writes them, the same cases as the export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import NEVER, Ints, Moments
from simulator.delivery import Batch, Kind, Parcel, daily_parcels, history_parcel
from simulator.dirt import soil
from simulator.hotline_cases import ANSWERED, NOT_OURS, VOID
from simulator.hotline_event_cells import columns
from simulator.hotline_event_steps import STEPS
from simulator.hotline_event_words import NULL, Words
from simulator.register import Register
from simulator.run import Run
from simulator.writing import Cell, headers, in_order, json_lines_bytes

FEED = "hotline_city_event"
# Cells of this feed are JSON already.
BREAKS: list[tuple[str, Cell]] = [
    ("event_type", '"99"'),
    ("occurred_at", '"2026-02-30 08:00:00"'),
    ("occurred_at", "null"),
    ("case_no", "null"),
    ("unit_level", "7"),
    ("is_solved", '"2"'),
    ("due_at", '"尽快"'),
]


@dataclass(frozen=True)
class Events:
    """All events of a register in the order they happened: the case (a row of the register) and the step of each."""

    register: Register
    case: Ints
    step: Ints
    occurred: Moments

    def between(self, first: date, end: date) -> slice:
        """Where the events from one day to another lie; the other does not count."""
        start, stop = np.searchsorted(self.occurred, [np.datetime64(first, "s"), np.datetime64(end, "s")])
        return slice(int(start), int(stop))


def events(register: Register) -> Events:
    """What happened to the cases, unfolded from their moments."""
    moments = _told(register)
    known = [np.flatnonzero(~np.isnat(moments[step.moment])) for step in STEPS]
    case = np.concatenate(known)
    step = np.repeat(np.arange(len(STEPS)), [len(rows) for rows in known])
    occurred = np.concatenate([moments[step.moment][rows] for step, rows in zip(STEPS, known, strict=True)])
    order = np.lexsort((step, case, occurred))
    return Events(register, case[order], step[order], occurred[order])


def _told(register: Register) -> dict[str, Moments]:
    """The moments by the names the event feed has for them: one moment of the export may be one of several events."""
    ending, moments = register.cells["ending"], register.moments
    return moments | {
        "answered": np.where(ending == ANSWERED, moments["finished"], NEVER),
        "done": np.where(ending == ANSWERED, NEVER, moments["finished"]),
        "not_ours": np.where(ending == NOT_OURS, moments["decided"], NEVER),
        "voided": np.where(ending == VOID, moments["decided"], NEVER),
    }


def parcels(
    run: Run, contract: Contract, export: Contract, history: list[Register], current: Register
) -> Iterator[Parcel]:
    """The events of last year's cases by month of the call, then those of each day of the window."""
    words = Words(run, contract, export)

    def batch(found: Events, part: slice, *what: object) -> Batch:
        told = columns(words, found.register, found.case[part], found.step[part], found.occurred[part])
        told = _relistened(run, told) if "corrected" in what else told
        soiled = soil(contract, in_order(contract, told, empty=NULL), BREAKS, run.stream(FEED, "dirt", *what))
        return Batch.of(json_lines_bytes(headers(contract), soiled.rows), soiled)

    for days, month in zip(run.history, history, strict=True):
        past = events(month)
        file = batch(past, past.between(days[0], run.first), days[0])
        yield history_parcel(run, FEED, days[0], "jsonl", file)
    present = events(current)

    def render(day: date, kind: Kind) -> Batch:
        return batch(present, present.between(day, day + timedelta(days=1)), day, kind)

    yield from daily_parcels(run, FEED, "jsonl", run.days, render)


def _relistened(run: Run, told: dict[str, list[Cell]]) -> dict[str, list[Cell]]:
    """A third of the callbacks, heard again: the citizen did not say whether the unit had made contact."""
    heard_wrong = run.stream(FEED, "relistened").random(len(told["is_contacted"])) < 1 / 3
    pairs = zip(told["is_contacted"], heard_wrong.tolist(), strict=True)
    return told | {"is_contacted": [NULL if wrong else said for said, wrong in pairs]}
