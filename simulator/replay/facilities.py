"""Replay of the register counts: every resource the ledger counts, row by row, or in bulk where nobody counts rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

from simulator.replay.ledger import Asked, Ledger
from simulator.replay.places import CITY, Places
from simulator.replay.rows import Named

PREFIX = "facility."
MOST_ROWS = 20_000  # more than this no register lists one by one: books, money, members


def facilities(ledger: Ledger, places: Places) -> Iterator[Named]:
    asked = [one for one in ledger.asked if one.code.startswith(PREFIX)]
    for code, counts in groupby(sorted(asked, key=attrgetter("code", "as_of")), key=attrgetter("code")):
        yield from _register(code.removeprefix(PREFIX), list(counts), places)


def _register(kind: str, counts: list[Asked], places: Places) -> Iterator[Named]:
    """The city's number less that of its districts stands elsewhere; a later number adds rows to an earlier one."""
    held: dict[str, int] = {}
    for as_of, of_day in groupby(counts, key=attrgetter("as_of")):
        wanted = {one.area: one.amount for one in of_day}
        if CITY in wanted:
            others = {area: n for area, n in (held | wanted).items() if area != CITY}
            wanted[CITY] -= sum(others.values())
        for area, amount in wanted.items():
            before = held.get(area, 0)
            row = {"facility_type": kind, "valid_from": as_of, "facility_status": "in_use",
                   "street_code": places.street(area)}  # fmt: skip
            if amount > MOST_ROWS:
                yield row | {"facility_code": f"{area}-bulk", "quantity": amount}
            else:
                yield from (row | {"facility_code": f"{area}-{n:05d}"} for n in range(before, amount))
            held[area] = amount
