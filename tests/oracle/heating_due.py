"""Section 4 of docs/heating-method.md: which readings were due, which are missing, and whose silence it was."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from tests.oracle.heating_days import Key, PointDay
from tests.oracle.heating_readings import Reading, Register
from tests.oracle.heating_seeds import HeatingSeeds

HOURS = 24


@dataclass
class DueDay:
    """A point-day on which readings were due; `due_hours` are those that have passed."""

    point_id: str
    day: date
    street: str | None
    company: str | None
    gateway: str | None
    heard: set[int]
    due_hours: int
    gateway_missing: int = 0

    @property
    def missing(self) -> set[int]:
        return set(range(self.due_hours)) - self.heard


@dataclass(frozen=True)
class Ledger:
    """All that says what is due."""

    days: dict[Key, PointDay]
    register: Register
    seeds: HeatingSeeds
    as_of: datetime

    def months(self) -> dict[tuple[str, date], Reading]:
        """The last reading of each point and month that names its room."""
        found: dict[tuple[str, date], Reading] = {}
        for (point_id, day), point_day in sorted(self.days.items()):
            named = [reading for reading in point_day.readings if reading.names_room]
            if named:
                found[point_id, day.replace(day=1)] = named[-1]
        return found

    def hours_passed(self, day: date) -> int:
        """Hours of the last day after the as-of are immature."""
        return self.as_of.hour + 1 if day == self.as_of.date() else HOURS


def due_days(ledger: Ledger) -> list[DueDay]:
    months = ledger.months()
    points = sorted({point for point, _ in ledger.days} | set(ledger.register.rows))
    reported = sorted({day for _, day in ledger.days if ledger.seeds.season(day)})
    found = [due_day(ledger, months, point, day) for day in reported for point in points]
    due = [day for day in found if day]
    blame_gateways(due, ledger.seeds)
    return due


def due_day(ledger: Ledger, months: dict[Key, Reading], point_id: str, day: date) -> DueDay | None:
    """One point on one day of the season on which any point reported."""
    if ledger.register.is_gone(point_id, day):
        return None
    registered, heard = ledger.register.on(point_id, day), ledger.days.get((point_id, day))
    month = months.get((point_id, day.replace(day=1)))
    if heard and (registered or month):  # what its readings say goes before what register and month say
        is_due = heard.is_on
    else:
        said_last = registered["customer_status"] if registered else month.customer_status if month else "suspended"
        is_due = said_last == "on"
    if not is_due:
        return None
    said = heard.last if heard else None if registered else month
    street = said.street if said else ledger.seeds.street((registered or {})["street_code"])
    company = said.company if said else (registered or {})["enterprise_name"]
    gateway = registered["gateway_id"] if registered else None
    hours = heard.heard if heard else set()
    return DueDay(point_id, day, street, company, gateway, hours, ledger.hours_passed(day))


def blame_gateways(due: list[DueDay], seeds: HeatingSeeds) -> None:
    """An hour in which none of a gateway's due points was heard is the gateway's, where it has enough of them."""
    behind: dict[tuple[str, date], list[DueDay]] = defaultdict(list)
    for day in due:
        if day.gateway:
            behind[day.gateway, day.day].append(day)
    for (_, date_day), days in behind.items():
        if len(days) >= seeds.policy("gateway_min_points", date_day):
            silent = set.intersection(*(day.missing for day in days))
            for day in days:
                day.gateway_missing = len(silent)
