"""Files of the livelihood items: each day those listed, begun, solved or confirmed, as the list stood that evening."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import NEVER, Flags, Ints, Moments, texts
from simulator.case_files import changed_parcels
from simulator.delivery import Parcel
from simulator.moments import DAY, moment_texts, moments_of, seconds
from simulator.people import pick
from simulator.places import community_codes
from simulator.register import Register, join
from simulator.run import Run
from simulator.writing import Cell

FEED = "capacity_livelihood_item"
PER_DAY = 7.0
FEWEST = 5  # a small city has few a day, but a rate of them needs some
KINDS = ("住房物业", "供热供水供气", "道路交通", "环境卫生", "就业社保", "养老医疗", "教育托育", "其他")
KIND_WEIGHTS = (0.24, 0.18, 0.16, 0.14, 0.08, 0.09, 0.06, 0.05)
STEPS = ("listed", "started", "solved", "confirmed", "withdrawn")
WORDS = ("已列入", "解决中", "已解决", "群众已确认", "撤销")
NO_STREET = 0.01
BREAKS: list[tuple[str, Cell]] = [("item_status", "搁置"), ("listed_date", "2026-02-30"), ("street_code", "2102")]


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """The window day by day."""
    yield from changed_parcels(run, contract, join([_items_of(run, day) for day in run.days]), _columns, BREAKS)


def _items_of(run: Run, day: date) -> Register:
    rng = run.stream(FEED, day)
    count = FEWEST + int(rng.poisson(PER_DAY * run.scale))
    street = pick(rng, run.city.share, count)
    is_placed = rng.random(count) >= NO_STREET
    cells = {
        "item_no": texts([f"N{day:%Y%m%d}{number:03d}" for number in range(1, count + 1)]),
        "item_kind": texts(list(KINDS))[pick(rng, KIND_WEIGHTS, count)],
        "street_code": np.where(is_placed, texts([s.code for s in run.city.streets])[street], ""),
        "community_code": np.where(is_placed, community_codes(run.city, street, rng), ""),
        "lead_unit": texts([f"模拟{run.city.streets[place].name}办事处" for place in street.tolist()]),
    }

    def after(start: Moments, low: float, high: float, condition: Flags) -> Moments:
        return np.where(condition, start + seconds(rng.uniform(low, high, count) * DAY), NEVER)

    listed = moments_of(day, rng, count)
    luck = rng.random(count)
    is_withdrawn = luck < 0.01
    started = after(listed, 0.3, 4, ~is_withdrawn)
    solved = after(started, 0.5, 45, ~is_withdrawn & (luck < 0.93))
    moments = {
        "listed": listed,
        "promised": listed + seconds(rng.choice([15, 30, 60], count) * DAY),
        "started": started,
        "solved": solved,
        "confirmed": after(solved, 1, 10, rng.random(count) < 0.8),
        "withdrawn": after(listed, 2, 20, is_withdrawn),
    }
    return Register(cells, moments, STEPS)


def _columns(register: Register, rows: Ints, as_of: np.datetime64) -> dict[str, list[Cell]]:
    """The items as they were known at `as_of`."""
    columns: dict[str, list[Cell]] = {name: list(register.column(name, rows)) for name in register.cells}
    seen = {name: register.seen(name, rows, as_of) for name in STEPS}
    status = texts([WORDS[0]] * len(rows))
    for step, word in zip(STEPS, WORDS, strict=True):
        status[~np.isnat(seen[step])] = word
    days = seen | {"promised": register.moments["promised"][rows]}
    columns |= {f"{name}_date": [text[:10] for text in moment_texts(found)] for name, found in days.items()}
    updated = moment_texts(register.last_step(rows, as_of))
    return columns | {"item_status": list(status), "updated_at": list(updated)}
