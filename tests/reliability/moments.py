"""Moments before, at and beyond what a contract allows, written in the forms that it knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from ingestion.contract import Column, Contract

FIRST, LAST = datetime(2007, 1, 1), datetime(2100, 1, 1)  # before the first official calendar no deadline counts
SLACK = timedelta(minutes=5)  # by which a sender's clock may be ahead
LATER = timedelta(minutes=10)  # by then all deliveries have landed
STEPS = (2 * LATER, timedelta(hours=2), timedelta(days=2), timedelta(days=40))  # what a form may cut off
CITY = timezone(timedelta(hours=8))
EPOCHS = {"epoch_s": 1, "epoch_ms": 1000}
Fate = tuple[str | None, str]


def write(moment: datetime, form: str) -> str:
    """A moment of the city as text of one form."""
    if form == "iso":
        return moment.isoformat(sep=" ")
    if form in EPOCHS:
        return str(int(moment.replace(tzinfo=CITY).timestamp()) * EPOCHS[form])
    return moment.strftime(form)


def forms(column: Column) -> list[str]:
    """The forms of a column; a zoned one is written with its zone."""
    return ["%Y-%m-%dT%H:%M:%S+08:00"] if column.zoned else column.formats


def impossible(column: Column) -> str:
    """The thirtieth of February in a column's own form; where a form knows no days, a thirteenth month."""
    form = next(form for form in forms(column) if "%Y" in form or form == "iso")
    form = "%Y-%m-%d %H:%M:%S" if form == "iso" else form
    parts = {"%Y": "2026", "%m": "02" if "%d" in form else "13", "%d": "30", "%H": "08", "%M": "00", "%S": "00"}
    for mark, digits in parts.items():
        form = form.replace(mark, digits)
    return form


def moments_broken(
    contract: Contract, column: Column, row: dict[str, Any], seen: list[str], now: datetime
) -> Iterator[tuple[Fate, dict[str, str]]]:
    """(fate, cells by column) of moments that cannot be; what must have been seen later is moved along with them."""
    name = column.name
    followers = [other.name for other in contract.kept if other.seen_at == name]
    early: Fate = (followers[0], "in_the_future") if followers else (name, "too_early")
    yield early, {name: _text(column, FIRST - timedelta(seconds=1))}
    here = datetime.fromisoformat(row[seen[0]]) if seen else now
    if column.oldest_days:
        yield (name, "too_old"), {name: _text(column, here - timedelta(days=column.oldest_days, minutes=1))}
    limit, rule = (LAST, "too_late") if column.may_be_future else (here + SLACK, "in_the_future")
    late = beyond(column, limit)
    yield (
        (name, rule),
        {name: _text(column, late)} | {other: _text(contract.column(other), late) for other in followers},
    )


def moments_sound(
    contract: Contract, column: Column, row: dict[str, Any], seen: list[str], now: datetime
) -> Iterator[str]:
    """The earliest and the latest moment allowed, and a moment in each of the column's forms."""
    if any(other.seen_at == column.name for other in contract.kept):
        return  # the others of its row are judged by it
    here = datetime.fromisoformat(row[seen[0]]) if seen else now
    earliest = here - timedelta(days=column.oldest_days) if column.oldest_days else FIRST
    latest = LAST if column.may_be_future else here
    usual = min(here, datetime(2026, 1, 2, 8))
    yield from (_text(column, moment) for moment in (earliest, latest))
    yield from (write(usual, form) for form in forms(column))


def beyond(column: Column, limit: datetime) -> datetime:
    """A moment past a limit that still lies past it once it is written, and for as long as it takes to land it."""
    return next(limit + step for step in STEPS if _read(column, limit + step) > limit + LATER)


def _text(column: Column, moment: datetime) -> str:
    return write(moment, forms(column)[0])


def _read(column: Column, moment: datetime) -> datetime:
    """What a moment has become once the column's form has cut it."""
    form = forms(column)[0]
    read = moment if form == "iso" or form in EPOCHS else datetime.strptime(write(moment, form), form)
    read = read.replace(tzinfo=None)
    return datetime.combine(read.date(), datetime.min.time()) if column.type == "date" else read


def city_now() -> datetime:
    """The city's clock, to the second."""
    return datetime.now(UTC).astimezone(CITY).replace(tzinfo=None, microsecond=0)
