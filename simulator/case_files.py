"""Files of records that change for weeks: last year by month, then each day what changed, as it stood that evening."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import NEVER, Ints, Moments, texts
from simulator.delivery import Batch, Kind, Parcel, daily_parcels, history_parcel
from simulator.dirt import soil
from simulator.moments import end_of, moment_texts
from simulator.register import Register
from simulator.run import Run
from simulator.writing import Cell, headers, in_order, jsonl_bytes, plain_csv_bytes

ZONE = "+08:00"
REGRADED = 0.1


@dataclass(frozen=True)
class CaseFeed:
    """What a feed of cases sends: its records by day, what their dirt breaks, and which cells wait for which step."""

    contract: Contract
    records: Callable[[list[date]], Register]
    breaks: list[tuple[str, Cell]]
    known_after: dict[str, str]
    graded: str


def case_parcels(run: Run, feed: CaseFeed) -> Iterator[Parcel]:
    """The window of a year before by month, then one file for each day of this window."""
    contract, name = feed.contract, feed.contract.feed
    ending = contract.format.kind

    def batch(register: Register, rows: Ints, as_of: np.datetime64, *what: object) -> Batch:
        table = in_order(contract, columns(feed, register, rows, as_of))
        soiled = soil(contract, table, feed.breaks, run.stream(name, "dirt", *what))
        write = jsonl_bytes if ending == "jsonl" else lambda head, cells: plain_csv_bytes(contract, head, cells)
        return Batch.of(write(headers(contract), soiled.rows), soiled)

    eve = end_of(run.first - timedelta(days=1))
    for month in run.history:
        register = feed.records(month)
        if len(register):
            history = batch(register, np.arange(len(register)), eve, "history", month[0])
            yield history_parcel(run, name, month[0], ending, history)
    current = feed.records(run.days)

    def render(day: date, kind: Kind) -> Batch:
        if kind == "corrected":
            again = _regraded(run, feed, current)
            return batch(again, again.received_on(day, current.steps[0]), end_of(run.until), day, kind)
        return batch(current, current.changed_on(day), end_of(day), day)

    yield from daily_parcels(run, name, ending, run.days, render)


def changed_parcels(
    run: Run,
    contract: Contract,
    register: Register,
    columns_of: Callable[[Register, Ints, np.datetime64], dict[str, list[Cell]]],
    breaks: list[tuple[str, Cell]],
) -> Iterator[Parcel]:
    """One CSV file for each day: what changed that day, as it stood that evening.

    A corrected one brings what came in that day (the first step of the register) as it stands at the end.
    """

    def render(day: date, kind: Kind) -> Batch:
        is_again = kind == "corrected"
        rows = register.received_on(day, register.steps[0]) if is_again else register.changed_on(day)
        table = in_order(contract, columns_of(register, rows, end_of(run.until if is_again else day)))
        soiled = soil(contract, table, breaks, run.stream(contract.feed, "dirt", day, is_again))
        return Batch.of(plain_csv_bytes(contract, headers(contract), soiled.rows), soiled)

    yield from daily_parcels(run, contract.feed, "csv", run.days, render)


def columns(feed: CaseFeed, register: Register, rows: Ints, as_of: np.datetime64) -> dict[str, list[Cell]]:
    """The records as they were known at `as_of`: the moment `found` becomes the column `found_at`."""
    is_json = feed.contract.format.kind == "jsonl"
    seen = {step: register.seen(step, rows, as_of) for step in register.steps}
    written: dict[str, list[Cell]] = {name: list(register.column(name, rows)) for name in register.cells}
    for name, step in feed.known_after.items():
        is_open = np.isnat(seen[step]).tolist()
        written[name] = ["" if hide else cell for hide, cell in zip(is_open, written[name], strict=True)]
    if is_json:
        written = {name: [cell or None for cell in cells] for name, cells in written.items()}
    moments = {name: seen.get(name, register.moments[name][rows]) for name in register.moments}
    moments["updated"] = register.last_step(rows, as_of)
    return written | {f"{name}_at": _moments(found, is_json=is_json) for name, found in moments.items()}


def _moments(found: Moments, *, is_json: bool) -> list[Cell]:
    return [text or None for text in moment_texts(found, zone=ZONE)] if is_json else list(moment_texts(found))


def _regraded(run: Run, feed: CaseFeed, register: Register) -> Register:
    """A tenth of the records get another grade: a correction later than anything before it."""
    rng = run.stream(feed.contract.feed, "regraded")
    wrong = np.flatnonzero(rng.random(len(register)) < REGRADED)
    grades = texts(list(feed.contract.column(feed.graded).values or {}))
    cells = register.cells[feed.graded].copy()
    cells[wrong] = grades[rng.integers(len(grades), size=len(wrong))]
    corrected = np.full(len(register), NEVER)
    corrected[wrong] = end_of(run.until) - np.timedelta64(600, "s")
    return replace(
        register,
        cells=register.cells | {feed.graded: cells},
        moments=register.moments | {"corrected": corrected},
        steps=(*register.steps, "corrected"),
    )
