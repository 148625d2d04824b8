"""Section 1 of docs/hotline-method.md: what happened to each case, from event rows or from state exports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

Row = dict[str, Any]
# Columns that speak of a moment that was; a deadline may lie in the future.
MOMENTS = ("received_at", "dispatched_at", "finished_at", "callback_at", "updated_at", "replied_at", "occurred_at")


class Feeds(NamedTuple):
    """Delivered rows by feed: canonical columns, `batch_seq` and `row_no`."""

    city: Sequence[Row] = ()
    city_events: Sequence[Row] = ()
    province: Sequence[Row] = ()
    province_events: Sequence[Row] = ()
    calls: Sequence[Row] = ()


@dataclass(frozen=True)
class Event:
    """One thing that happened; `unit` is the unit's code, else its name."""

    event_type: str
    occurred_at: datetime
    event_no: str = ""
    unit: str | None = None
    unit_level: int | None = None
    unit_role: str | None = None
    due_at: datetime | None = None
    extension_days: int | None = None
    is_connected: bool | None = None
    is_solved: bool | None = None
    grade: str | None = None
    related_case_no: str | None = None
    reason_code: str | None = None


@dataclass(frozen=True)
class Life:
    """A case as delivered: its register row (if any) and its events in order."""

    platform: str
    case_no: str
    register: Row | None
    events: tuple[Event, ...]
    has_event_rows: bool


def arrival(row: Row) -> tuple[int, int]:
    return row["batch_seq"], row["row_no"]


def last_delivered(rows: Iterable[Row], key: str) -> dict[Any, Row]:
    """The last delivered version of each key."""
    return {row[key]: row for row in sorted(rows, key=arrival)}


def as_of(feeds: Feeds, platform: str) -> datetime | None:
    """Section 7, last line: the latest moment the feeds of the platform speak of."""
    rows = [*feeds.city, *feeds.city_events] if platform == "city" else [*feeds.province, *feeds.province_events]
    return max((row[name] for row in rows for name in MOMENTS if row.get(name)), default=None)


def from_row(row: Row) -> Event:
    known: Row = {name: row.get(name) for name in Event.__dataclass_fields__ if name != "unit"}
    return Event(unit=row.get("unit_code") or row.get("unit_name"), **known)


def in_order(events: Iterable[Event], event_order: dict[str, int]) -> tuple[Event, ...]:
    """Section 1: by moment, then lifecycle order, then event number."""
    return tuple(sorted(events, key=lambda e: (e.occurred_at, event_order[e.event_type], e.event_no)))


def epochs(versions: list[Row]) -> list[list[Row]]:
    """Section 1, City: a version `reopened` that is the first or follows one without it begins a new epoch."""
    parts: list[list[Row]] = [[]]
    for before, version in pairwise([{"status": ""}, *versions]):
        if version["status"] == "reopened" and before["status"] != "reopened":
            parts.append([])
        parts[-1].append(version)
    return parts


def callback_of(version: Row) -> list[Event]:
    """Section 1: one callback where the version says anything of one."""
    told = [version.get(name) for name in ("callback_at", "is_solved", "grade")]
    if all(value is None for value in told):
        return []
    moment = version.get("callback_at") or version["updated_at"]
    return [Event("callback_result", moment, is_solved=version.get("is_solved"), grade=version.get("grade"))]


def epoch_events(epoch: list[Row], is_first: bool, is_last: bool) -> list[Event]:
    """Section 1: `reopened` at the head of a later epoch; `finished` and `callback_result` of its last version."""
    if not epoch:
        return []
    last, events = epoch[-1], list[Event]()
    if not is_first:
        events.append(Event("reopened", epoch[0]["updated_at"]))
    if last.get("finished_at") and not (is_last and last["status"] == "answered"):
        events.append(Event("finished", last["finished_at"], unit=last.get("unit_name")))
    return events + callback_of(last)


def last_version_events(last: Row) -> list[Event]:
    """Section 1: `received`, `dispatched`, and what the status of the last version of all says."""
    stated = None if last.get("dispatched_at") else last.get("due_at")
    events = [Event("received", last["received_at"], due_at=stated)]
    if last.get("dispatched_at"):
        unit, due_at = last.get("unit_name"), last.get("due_at")
        events.append(Event("dispatched", last["dispatched_at"], unit=unit, unit_role="lead", due_at=due_at))
    ends = {"closed": "closed", "void": "voided", "out_of_jurisdiction": "out_of_jurisdiction"}
    if last["status"] == "answered":
        events.append(Event("answered", last.get("finished_at") or last["received_at"]))
    elif last["status"] in ends:
        events.append(Event(ends[last["status"]], last["updated_at"]))
    return events


def city_state_events(versions: list[Row]) -> list[Event]:
    """Section 1, City: equal events at the same moment are one, the later epoch speaks."""
    found, parts = {}, epochs(versions)
    for number, epoch in enumerate(parts, start=1):
        for event in epoch_events(epoch, is_first=number == 1, is_last=number == len(parts)):
            found[event.event_type, event.occurred_at] = event
    for event in last_version_events(versions[-1]):
        found[event.event_type, event.occurred_at] = event
    return list(found.values())


def province_state_events(row: Row) -> list[Event]:
    """Section 1, Province: `received` and `dispatched` at `received_at`, `replied` at `replied_at`."""
    unit, moment = row.get("enterprise_name"), row["received_at"]
    sent = Event("dispatched", moment, unit=unit, unit_role="lead", due_at=row.get("due_at"))
    replied = [Event("replied", row["replied_at"], unit=unit)] if row.get("replied_at") else []
    return [Event("received", moment), sent, *replied]


def by_case(rows: Iterable[Row]) -> dict[str, list[Row]]:
    groups = defaultdict(list)
    for row in rows:
        groups[row["case_no"]].append(row)
    return groups


def lives(feeds: Feeds, platform: str, event_order: dict[str, int]) -> list[Life]:
    """Section 1: a case with event rows lives by them, any other by its state exports."""
    register, event_rows = (
        (feeds.city, feeds.city_events) if platform == "city" else (feeds.province, feeds.province_events)
    )
    told = by_case(last_delivered(event_rows, "event_no").values())
    rows = by_case(register)
    found = []
    for case_no in sorted(rows.keys() | told.keys()):
        # The provincial register has no `updated_at`: there the arrival alone orders its versions.
        versions = sorted(rows.get(case_no, []), key=lambda row: (row.get("updated_at") or datetime.min, *arrival(row)))
        last = versions[-1] if versions else None
        if case_no in told:
            events = [from_row(row) for row in told[case_no]]
        else:
            events = city_state_events(versions) if platform == "city" else province_state_events(versions[-1])
        found.append(Life(platform, case_no, last, in_order(events, event_order), case_no in told))
    return found


def received_at(life: Life) -> datetime:
    """Section 1: the register's, else the moment of the event `received`, else of the first event."""
    if life.register:
        moment: datetime = life.register["received_at"]
        return moment
    return next((e.occurred_at for e in life.events if e.event_type == "received"), life.events[0].occurred_at)
