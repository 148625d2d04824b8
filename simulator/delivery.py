"""When files arrive: daily, and with the faults of real senders (late, sent again, corrected)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from simulator.dirt import Soiled
from simulator.run import Run

Kind = Literal["history", "daily", "weekly", "monthly", "resent", "corrected", "late"]
FEWEST_DAYS_FOR_FAULTS = 5


@dataclass(frozen=True)
class Batch:
    """A file's bytes and what is in them: all data rows, and how many of them are broken or repeated."""

    payload: bytes
    rows: int
    bad: int
    duplicates: int

    @classmethod
    def of(cls, payload: bytes, soiled: Soiled) -> Batch:
        return cls(payload, len(soiled.rows), soiled.bad, soiled.duplicates)

    @classmethod
    def all(cls, payload: bytes, parts: list[Batch]) -> Batch:
        """The parts in one file."""
        return cls(payload, sum(p.rows for p in parts), sum(p.bad for p in parts), sum(p.duplicates for p in parts))


@dataclass(frozen=True)
class Parcel:
    """A file on its way: the stamp of arrival leads its name, so names sort in the order of arrival."""

    name: str
    kind: Kind
    arrived_at: datetime
    batch: Batch


Render = Callable[[date, Kind], Batch]
MONDAY, FRIDAY = 0, 4


def history_parcel(run: Run, feed: str, month: date, ending: str, batch: Batch) -> Parcel:
    """A month of last year, sent before the window opens."""
    arrived_at = datetime.combine(run.first, time(5))
    return Parcel(f"{_stamp(arrived_at)}_{feed}_{month:%Y%m}_history.{ending}", "history", arrived_at, batch)


def register_parcel(feed: str, day: date, at: time, batch: Batch) -> Parcel:
    """All that a register held on a day before the window."""
    return _parcel(feed, day, "history", "csv", datetime.combine(day, at), batch)


def archive_parcel(run: Run, feed: str, batch: Batch) -> Parcel:
    """All months of last year in one archive, sent before the window opens."""
    arrived_at = datetime.combine(run.first, time(5))
    return Parcel(f"{_stamp(arrived_at)}_{feed}_history.zip", "history", arrived_at, batch)


def daily_parcels(run: Run, feed: str, ending: str, days: list[date], render: Render) -> Iterator[Parcel]:
    """One file for each day that has rows, next morning at six; then one sent again, one corrected, one late."""
    return (parcel for parcel in _all_parcels(run, feed, ending, days, render) if parcel.batch.rows)


def monthly_parcel(feed: str, month: date, arrived_at: datetime, batch: Batch) -> Parcel:
    """What is reported of a month, when it is over."""
    return _parcel(feed, month, "monthly", "csv", arrived_at, batch)


def weekly_parcels(run: Run, feed: str, ending: str, weekday: int, at: time, render: Render) -> Iterator[Parcel]:
    """One file for each week that has rows, from the last such day before the window on: every window has one."""
    first = last_weekday(run.first, weekday)
    for day in (first + timedelta(days=n) for n in range(0, (run.until - first).days + 1, 7)):
        batch = render(day, "weekly")
        if batch.rows:
            yield _parcel(feed, day, "weekly", ending, datetime.combine(day, at), batch)


def last_weekday(day: date, weekday: int) -> date:
    """The last Monday, Friday or so that is not after a day."""
    return day - timedelta(days=(day.weekday() - weekday) % 7)


def _all_parcels(run: Run, feed: str, ending: str, days: list[date], render: Render) -> Iterator[Parcel]:
    late, resent, corrected = _faulty_days(run, feed, days)
    kept: Batch | None = None
    for day in days:
        if day == late:
            continue
        batch = render(day, "daily")
        kept = batch if day == resent else kept
        yield _parcel(feed, day, "daily", ending, datetime.combine(day + timedelta(days=1), time(6)), batch)
    morning = datetime.combine(run.until + timedelta(days=1), time(7))
    if kept and resent and corrected and late:
        yield _parcel(feed, resent, "resent", ending, morning, kept)
        yield _parcel(
            feed, corrected, "corrected", ending, morning + timedelta(minutes=30), render(corrected, "corrected")
        )
        yield _parcel(feed, late, "late", ending, morning + timedelta(hours=1), render(late, "late"))


def _faulty_days(run: Run, feed: str, days: list[date]) -> tuple[date | None, date | None, date | None]:
    if len(days) < FEWEST_DAYS_FOR_FAULTS:
        return None, None, None
    late, resent, corrected = run.stream("faults", feed).choice(len(days) - 1, size=3, replace=False)
    return days[late], days[resent], days[corrected]


def _parcel(feed: str, day: date, kind: Kind, ending: str, arrived_at: datetime, batch: Batch) -> Parcel:
    suffix = "" if kind in ("daily", "weekly", "monthly") else f"_{kind}"
    return Parcel(f"{_stamp(arrived_at)}_{feed}_{day:%Y%m%d}{suffix}.{ending}", kind, arrived_at, batch)


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M}"
