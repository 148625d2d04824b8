"""Nasty random lives of cases: whatever the contracts let through, and more of it than a city has in ten years."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from tests.oracle.city_lives import callback, event_case, state_case
from tests.oracle.clock import DAY
from tests.oracle.events import Feeds, Row
from tests.oracle.world import CITY_EVENT, PROVINCE, PROVINCE_EVENT, World, make_world


class Lives(NamedTuple):
    """The feeds, and the as-of of both platforms: some row of each platform speaks of that very moment."""

    feeds: Feeds
    as_of: datetime


# Provincial cases


def province_case(world: World, case_no: str) -> None:
    """A case of the direct line: linked by number, by caller, or not; with or without event rows."""
    received_at = world.received()
    due_at = world.maybe(received_at + DAY, 0.8)
    number = world.maybe(world.rng.choice(world.city_numbers), 0.3) if world.city_numbers else None
    company = f"样例热力{world.rng.randint(1, 3)}"
    row = {"case_no": case_no, "city_case_no": number, "enterprise_name": company, "received_at": received_at}
    row |= {"caller_token": world.maybe(world.rng.choice(world.callers), 0.8), "due_at": due_at, **world.place()}
    if world.chance(0.95):
        world.add("province", PROVINCE, **row)
        if world.chance(0.5):
            world.add("province", PROVINCE, **row, replied_at=world.step(received_at))
    if world.chance(0.5):
        province_events(world, case_no, received_at)


def province_events(world: World, case_no: str, moment: datetime) -> None:
    ways = "signed contacted urged return_requested return_approved redispatched replied reopened"
    more = [*ways.split(), "callback_attempted", "callback_result"]
    steps = ["received", "dispatched", *world.rng.choices(more, k=world.rng.randint(0, 6))]
    for number, event_type in enumerate([*steps, *(["voided"] if world.chance(0.05) else [])]):
        row: Row = {"unit_name": f"样例热力{world.rng.randint(1, 3)}"}
        if event_type in ("dispatched", "redispatched"):
            row["due_at"] = world.maybe(moment + DAY)
        if event_type == "callback_result":
            row |= callback(world)
        key = {"event_no": f"P{case_no}{number:02}", "case_no": case_no, "event_type": event_type}
        world.add("province_events", PROVINCE_EVENT, **key, occurred_at=moment, **row)
        moment = world.step(moment)


# All together


def call_hours(world: World) -> None:
    """Three days of calls up to the as-of; an hour now and then corrected, an hour without calls."""
    hour = world.as_of.replace(minute=0, second=0)
    for back in range(72):
        for _ in range(2 if world.chance(0.1) else 1):
            offered = world.rng.choice((0, world.rng.randint(1, 200)))
            answered = world.rng.randint(0, offered)
            counts = {"offered_count": offered, "answered_count": answered, "abandoned_count": offered - answered}
            prompt = world.rng.randint(0, answered)
            row = {"hour_at": hour - timedelta(hours=back), **counts, "answered_15s_count": prompt}
            world.rows["calls"].append(row)


def last_words(world: World) -> None:
    """One row of each platform speaks of the as-of itself."""
    key = {"event_type": "urged", "occurred_at": world.as_of}
    for feed, columns in (("city_events", CITY_EVENT), ("province_events", PROVINCE_EVENT)):
        known = world.rows[feed] or [{"case_no": f"last{feed}"}]
        case_no = world.rng.choice(known)["case_no"]
        world.add(feed, columns, event_no=f"Z{feed}", case_no=case_no, **key)


def deliver(world: World, rows: list[Row]) -> list[Row]:
    """The rows of a feed in five deliveries, in any order."""
    world.rng.shuffle(rows)
    return [row | {"batch_seq": world.rng.randint(1, 5), "row_no": number} for number, row in enumerate(rows, start=1)]


def lives(seed: int, cases: int, as_of: datetime | None = None) -> Lives:
    """So many cases, a fifth of them of the province; the same seed gives the same lives."""
    world = make_world(seed, cases, as_of)
    kinds: list[Callable[[World, str], None]] = [state_case, event_case, event_case, event_case, province_case]
    for number in range(1, cases + 1):
        kind = kinds[number % len(kinds)]
        prefix = "S" if kind is province_case else "C"
        kind(world, f"{prefix}{number:06}")
        if kind is not province_case:
            world.city_numbers.append(f"{prefix}{number:06}")
    call_hours(world)
    last_words(world)
    return Lives(Feeds(**{name: deliver(world, rows) for name, rows in world.rows.items()}), world.as_of)
