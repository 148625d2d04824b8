"""Segments of messages, as the MQTT collector seals them: on the last days of the window some devices send no files.

A dozen room points and a dozen stations report by message instead, with a moment of receipt and other channels; each
segment also holds one message that no JSON reader understands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import Flags
from simulator.delivery import Batch, Kind, Parcel, daily_parcels
from simulator.run import Run

DEVICES, LAST_DAYS = 12, 3
TRAVEL_SECONDS = 40
HOURS = 24

Channels = dict[str, list[list[Any]]]  # of each device, its hours


def message_days(run: Run) -> list[date]:
    """The days on which some devices report by message."""
    return [day for day in run.days if run.calendar.is_heating(day)][-LAST_DAYS:]


def by_file(run: Run, devices: int, day: date) -> Flags:
    """Which devices still send files on a day: a column, to be laid over their hours."""
    sends: Flags = np.ones((devices, 1), dtype=bool)
    if day in message_days(run):
        sends[:DEVICES] = False
    return sends


def segment(run: Run, feed: str, day: date, devices: list[str], channels: Channels, contract: Contract) -> Batch:
    """One segment: a line for each device and hour, and a flawed one."""
    rng = run.stream(feed, day)
    lines = [
        _message(device, datetime.combine(day, time(hour)), rng, {name: channels[name][n][hour] for name in channels})
        for n, device in enumerate(devices[:DEVICES])
        for hour in range(HOURS)
    ]
    flawed = {
        "citypulse_point": "unknown",
        "citypulse_flaw": "not_json",
        "citypulse_size": 3,
        "citypulse_payload": "TmFO",
    }
    sent = [*lines, flawed | _envelope(datetime.combine(day, time(12)))]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in sent)
    return Batch(text.encode(contract.format.encoding), len(sent), 1, 0)


def message_parcels(run: Run, feed: str, render: Callable[[date], Batch]) -> Iterator[Parcel]:
    """A segment for each of the last heating days."""

    def of_any_kind(day: date, kind: Kind) -> Batch:
        return render(day)

    yield from daily_parcels(run, feed, "jsonl", message_days(run), of_any_kind)


def _message(device: str, at: datetime, rng: np.random.Generator, channels: dict[str, Any]) -> dict[str, Any]:
    received = at + timedelta(milliseconds=int(rng.integers(200, TRAVEL_SECONDS * 1000)))
    return {"citypulse_point": device, "time": f"{at:%Y-%m-%dT%H:%M:%S}", **channels, **_envelope(received)}


def _envelope(received: datetime) -> dict[str, Any]:
    return {
        "citypulse_received_at": received.isoformat(" ", "milliseconds"),
        "citypulse_retained": False,
        "citypulse_dup": False,
    }
