"""Files of the points ledger: workers' base points and piecework, what residents earn and redeem, booked twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np

from ingestion.contract import Contract
from simulator.delivery import Batch, Kind, Parcel, daily_parcels
from simulator.dirt import soil
from simulator.grid_map import blocks
from simulator.grid_workers import phone
from simulator.run import Run
from simulator.volume import rhythm
from simulator.writing import Cell, headers, in_order, plain_csv_bytes

FEED = "capacity_points_entry"
BASE, PIECEWORK, VOLUNTEERING, REDEEM = "基础", "计件", "志愿服务", "兑换"
PER_DAY = {BASE: 60.0, PIECEWORK: 70.0, VOLUNTEERING: 50.0}
REDEEMING, OVERDRAWING, ONE_SIDED, SELF_RATED = 0.4, 0.05, 0.01, 0.01
RESIDENTS = 20_000
BREAKS: list[tuple[str, Cell]] = [("points", "十分"), ("side", "收"), ("account_kind", "商户")]


@dataclass(frozen=True)
class Entry:
    """One booking: points from a pool to a person, or back when they are redeemed."""

    reason: str
    minute: int
    holder: str
    community: str
    points: Decimal
    rater: str
    event_no: str = ""
    is_one_sided: bool = False


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """One file a day; a corrected one brings the lines that were missing, and one booking that had been forgotten."""
    communities = [block.code for block in blocks(run)]

    def render(day: date, kind: Kind) -> Batch:
        entries = entries_of(run, communities, day)
        if kind == "corrected":
            entries = [replace(entry, is_one_sided=False) for entry in [*entries, *entries[-1:]]]
        table = in_order(contract, _columns(day, entries))
        soiled = soil(contract, table, BREAKS, run.stream(FEED, "dirt", day, kind))
        return Batch.of(plain_csv_bytes(contract, headers(contract), soiled.rows), soiled)

    yield from daily_parcels(run, FEED, "csv", run.days, render)


def entries_of(run: Run, communities: list[str], day: date) -> list[Entry]:
    """The bookings of a day in order of time: what is redeemed was earned the same morning, or should have been."""
    rng = run.stream(FEED, day)
    found: list[Entry] = []
    for reason, level in PER_DAY.items():
        count = int(rng.poisson(level * run.scale * rhythm(run, day)))
        draws = rng.integers([480, len(communities), RESIDENTS, 4, 40], size=(count, 5)).tolist()
        for minute, place, number, tens, event in draws:
            holder = f"1008{number:07d}" if reason == VOLUNTEERING else phone(number)
            event_no = f"G{day:%Y%m%d}{event + 1:05d}" if reason == PIECEWORK else ""
            found.append(
                Entry(reason, minute, holder, communities[place], Decimal(5 * (tens + 1)) / 2, "10070000001", event_no)
            )
    found = [_spoiled(entry, luck) for entry, luck in zip(found, rng.random(len(found)).tolist(), strict=True)]
    found += _redeemed(found, rng)
    return sorted(found, key=lambda entry: entry.minute)


def _spoiled(entry: Entry, luck: float) -> Entry:
    """A few lack their credit, a few are rated by who gets the points."""
    if luck < ONE_SIDED:
        return replace(entry, is_one_sided=True)
    return replace(entry, rater=entry.holder) if luck < ONE_SIDED + SELF_RATED else entry


def _redeemed(found: list[Entry], rng: np.random.Generator) -> list[Entry]:
    earned = [entry for entry in found if entry.reason == VOLUNTEERING and not entry.is_one_sided]
    luck = rng.random(len(earned)).tolist()
    return [
        replace(entry, reason=REDEEM, minute=540, points=entry.points * (100 if draw < OVERDRAWING else 1), rater="")
        for entry, draw in zip(earned, luck, strict=True)
        if draw < REDEEMING
    ]


def _columns(day: date, entries: list[Entry]) -> dict[str, list[Cell]]:
    rows: list[dict[str, Cell]] = []
    for number, entry in enumerate(entries, start=1):
        is_back = entry.reason == REDEEM
        kind = "居民" if entry.reason in (VOLUNTEERING, REDEEM) else "网格员"
        pool: dict[str, Cell] = {"account_kind": "总账户", "account_token": "", "side": "贷" if is_back else "借"}
        person: dict[str, Cell] = {
            "account_kind": kind,
            "account_token": entry.holder,
            "side": "借" if is_back else "贷",
        }
        shared: dict[str, Cell] = {
            "entry_no": f"J{day:%Y%m%d}{number:05d}",
            "booked_at": f"{day} {9 + entry.minute // 60:02d}:{entry.minute % 60:02d}:00",
            "community_code": entry.community,
            "points": str(entry.points),
            "reason": entry.reason,
            "event_no": entry.event_no,
            "rater_token": entry.rater,
        }
        lines = [pool] if entry.is_one_sided else [pool, person]
        rows += [shared | line | {"line_no": str(place)} for place, line in enumerate(lines, start=1)]
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}
