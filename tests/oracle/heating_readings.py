"""Section 1 of docs/heating-method.md: readings, what the register says, and why a reading may not be used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from tests.oracle.heating_seeds import HeatingSeeds

Row = dict[str, Any]


class HeatingFeeds(NamedTuple):
    """Delivered rows by feed: canonical columns, `batch_seq` and `row_no`."""

    readings: Sequence[Row] = ()
    points: Sequence[Row] = ()
    station_readings: Sequence[Row] = ()
    stations: Sequence[Row] = ()
    actions: Sequence[Row] = ()


def last_versions(rows: Iterable[Row], key: Sequence[str], version: str | None = None) -> list[Row]:
    """The version that speaks of each key: the last by its own version column, where it has one, then by arrival."""

    def order(row: Row) -> tuple[Any, ...]:
        return (*([row[version]] if version else []), row["batch_seq"], row["row_no"])

    return list({tuple(row[name] for name in key): row for row in sorted(rows, key=order)}.values())


class Register:
    """What a register says of a thing on a day: row by row, each from its first day on until the next."""

    def __init__(self, rows: Iterable[Row], name: str, status: str) -> None:
        self.status = status
        self.rows: dict[str, list[Row]] = defaultdict(list)
        for row in sorted(last_versions(rows, (name, "valid_from")), key=lambda row: row["valid_from"]):
            self.rows[row[name]].append(row)

    def row(self, thing: str, day: date) -> Row | None:
        """The row in force."""
        begun = [row for row in self.rows.get(thing, []) if row["valid_from"] <= day]
        return begun[-1] if begun else None

    def on(self, thing: str, day: date) -> Row | None:
        """The row in force of what is in use."""
        row = self.row(thing, day)
        return row if row and row[self.status] == "in_use" else None

    def is_gone(self, thing: str, day: date) -> bool:
        """Removed or retired: another thing than never having been registered."""
        return self.row(thing, day) is not None and self.on(thing, day) is None


@dataclass(frozen=True)
class Reading:
    """A reading with all that is known of its point; `reason` says why it may not be used."""

    point_id: str
    measured_at: datetime
    value: Decimal
    names_room: bool
    room_type: str | None
    customer_status: str | None
    street: str | None
    street_code: str | None
    company: str | None
    registered: Row | None
    is_removed: bool
    standard: Decimal | None
    others: tuple[Decimal, ...] = ()
    is_clock_wrong: bool = False
    reason: str | None = None

    @property
    def day(self) -> date:
        return self.measured_at.date()

    @property
    def is_valid(self) -> bool:
        return self.reason is None

    @property
    def is_cold(self) -> bool:
        return self.standard is not None and self.value < self.standard


def reading_of(row: Row, register: Register, seeds: HeatingSeeds) -> Reading:
    """What the reading says of its point goes before the register."""
    day = row["measured_at"].date()
    known = register.on(row["point_id"], day)
    said = {name: row.get(name) or (known or {}).get(name) for name in ("room_type", "customer_status")}
    said |= {name: row.get(name) or (known or {}).get(name) for name in ("street_code", "enterprise_name")}
    return Reading(
        point_id=row["point_id"],
        measured_at=row["measured_at"],
        value=Decimal(row["temperature_c"]),
        names_room=bool(row.get("room_type")),
        room_type=said["room_type"],
        customer_status=said["customer_status"],
        street=seeds.street(said["street_code"]),
        street_code=said["street_code"],
        company=said["enterprise_name"],
        registered=known,
        is_removed=register.is_gone(row["point_id"], day),
        standard=seeds.standard(said["room_type"], day),
    )


# The reasons, in their order; the sensor that stands still is the last one.

Test = Callable[[Reading, HeatingSeeds], bool]


def is_uncalibrated(reading: Reading, _: HeatingSeeds) -> bool:
    """X22: the calibration ran out before the day; its last day still holds."""
    until = (reading.registered or {}).get("calibrated_until")
    return until is not None and until < reading.day


def is_implausible(reading: Reading, seeds: HeatingSeeds) -> bool:
    """X13: the limits themselves are plausible."""
    lowest, highest = (seeds.policy(f"reading_{end}_c", reading.day) for end in ("min", "max"))
    return not lowest <= reading.value <= highest


REASONS: tuple[tuple[str, Test], ...] = (
    ("X15", lambda reading, seeds: seeds.season(reading.day) is None),
    ("X18", lambda reading, seeds: reading.is_removed or (reading.registered is None and not reading.names_room)),
    ("X06", lambda reading, seeds: reading.customer_status == "suspended"),
    ("X22", is_uncalibrated),
    ("X19", lambda reading, seeds: reading.value in seeds.sentinels),
    ("X20", lambda reading, seeds: bool(reading.others) and not any((reading.value, *reading.others))),
    ("X21", lambda reading, seeds: reading.is_clock_wrong),
    ("X13", is_implausible),
)


def first_reason(reading: Reading, is_still: bool, seeds: HeatingSeeds) -> str | None:
    found = (code for code, holds in REASONS if holds(reading, seeds))
    return next(found, "X14" if is_still else None)


# Standing still


def runs(readings: Sequence[Reading], seeds: HeatingSeeds) -> list[list[Reading]]:
    """Runs of equal values of one point, whatever the readings are worth; a silence of more than a day ends a run."""
    found: list[list[Reading]] = []
    for reading in readings:
        before = found[-1][-1] if found else None
        if (
            before
            and before.value == reading.value
            and reading.measured_at - before.measured_at <= day_of(reading, seeds)
        ):
            found[-1].append(reading)
        else:
            found.append([reading])
    return found


def day_of(reading: Reading, seeds: HeatingSeeds) -> timedelta:
    """How long a sensor may show one value; exactly as long is not too long."""
    return timedelta(hours=int(seeds.policy("flat_line_hours", reading.day)))


def judged(readings: Sequence[Reading], seeds: HeatingSeeds) -> list[Reading]:
    """The readings of one point, in order of measurement, each with its reason."""
    found = []
    for run in runs(readings, seeds):
        is_still = run[-1].measured_at - run[0].measured_at > day_of(run[0], seeds)
        found += [replace(reading, reason=first_reason(reading, is_still, seeds)) for reading in run]
    return found


def readings_by_point(feeds: HeatingFeeds, register: Register, seeds: HeatingSeeds) -> dict[str, list[Reading]]:
    """Every reading once, by its last version, in order of measurement, judged."""
    spoken: dict[str, list[Reading]] = defaultdict(list)
    for row in last_versions(feeds.readings, ("point_id", "measured_at")):
        spoken[row["point_id"]].append(reading_of(row, register, seeds))
    return {
        point: judged(sorted(readings, key=lambda reading: reading.measured_at), seeds)
        for point, readings in sorted(spoken.items())
    }
