"""The figures once more, from the files alone: the csv module, Decimal, and nothing of the product."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path


@dataclass(frozen=True)
class Request:
    """One request of the 311 file."""

    number: str
    neighbourhood: str
    opened: datetime
    target: datetime | None
    closed: datetime | None

    @property
    def is_on_time(self) -> bool:
        return self.target is not None and self.closed is not None and self.closed <= self.target

    @property
    def is_late(self) -> bool:
        return self.target is not None and self.closed is not None and self.closed > self.target

    @property
    def month(self) -> date:
        """The month it falls due in; 00:00 still belongs to the day before. Without a target: the month it came in."""
        day = self.target - timedelta(microseconds=1) if self.target else self.opened
        return day.date().replace(day=1)


@dataclass(frozen=True)
class Room:
    """Point-hours of the room: those measured, and those whose mean is not below the threshold."""

    readings: int
    measured: Counter[date]
    compliant: Counter[date]
    longest_run: timedelta


def read_requests(path: Path) -> list[Request]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            Request(
                row["case_enquiry_id"],
                row["neighborhood"].strip(),
                datetime.fromisoformat(row["open_dt"]),
                datetime.fromisoformat(row["target_dt"]) if row["target_dt"] else None,
                datetime.fromisoformat(row["closed_dt"]) if row["closed_dt"] else None,
            )
            for row in csv.DictReader(stream)
        ]


def as_of(requests: list[Request]) -> datetime:
    """The newest moment the file speaks of; a target is none, it may lie ahead."""
    return max(moment for request in requests for moment in (request.opened, request.closed) if moment)


def read_room(paths: list[Path], threshold: Decimal) -> Room:
    readings = sorted(reading for path in paths for reading in _readings(path))
    hours: dict[datetime, list[Decimal]] = defaultdict(list)
    for moment, temperature in readings:
        hours[moment.replace(minute=0, second=0)].append(temperature)
    compliant = Counter(hour.date() for hour, values in hours.items() if sum(values) >= threshold * len(values))
    return Room(len(readings), Counter(hour.date() for hour in hours), compliant, _longest_run(readings))


def _readings(path: Path) -> list[tuple[datetime, Decimal]]:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        return [(datetime.fromisoformat(row["date"]), Decimal(row["Temperature"])) for row in rows]


def _longest_run(readings: list[tuple[datetime, Decimal]]) -> timedelta:
    """How long the sensor said the same at most: a day and more would make it frozen."""
    longest, (begun, before) = timedelta(0), readings[0]
    for moment, temperature in readings:
        if temperature != before:
            begun, before = moment, temperature
        longest = max(longest, moment - begun)
    return longest
