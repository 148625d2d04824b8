"""Files of the three-list services: each day the cases accepted or finished, as they stood that evening."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import NEVER, Ints, texts
from simulator.case_files import changed_parcels
from simulator.delivery import Parcel
from simulator.moments import DAY, HOUR, moment_texts, moments_of, seconds
from simulator.people import pick
from simulator.places import community_codes
from simulator.register import Register, join
from simulator.run import Run
from simulator.writing import Cell

FEED = "capacity_service_case"
PER_DAY = 45.0
# Items of each list: as many as the district published; days promised; share of the cases.
LISTS = {"立即办": ("A", 18, 0, 0.72), "协助办": ("B", 12, 5, 0.22), "联席办": ("C", 10, 15, 0.06)}
STEPS = ("accepted", "done", "withdrawn")
WORDS = ("办理中", "已办结", "撤回")
BREAKS: list[tuple[str, Cell]] = [("service_list", "缓办"), ("service_count", "0"), ("accepted_at", "昨天")]


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """The window day by day."""
    yield from changed_parcels(run, contract, join([_cases_of(run, day) for day in run.days]), _columns, BREAKS)


def _cases_of(run: Run, day: date) -> Register:
    rng = run.stream(FEED, day)
    count = 1 + int(rng.poisson(PER_DAY * run.scale))
    street = pick(rng, run.city.share, count)
    found = [
        list(LISTS.values())[which] for which in pick(rng, tuple(row[3] for row in LISTS.values()), count).tolist()
    ]
    number = rng.random(count)
    promised_days = np.array([days for _, _, days, _ in found])
    accepted = moments_of(day, rng, count)
    late = rng.random(count) < run.quality.late[run.city.region_of[street]]
    taken = np.where(late, 1.2, rng.beta(2, 3, count)) * (promised_days * DAY + 4.0 * HOUR)
    is_withdrawn = rng.random(count) < 0.005
    cells = {
        "service_no": texts([f"B{day:%Y%m%d}{serial:05d}" for serial in range(1, count + 1)]),
        "service_list": texts([next(word for word in LISTS if LISTS[word] is row) for row in found]),
        "item_code": texts(
            [f"{row[0]}{1 + int(row[1] * draw):02d}" for row, draw in zip(found, number.tolist(), strict=True)]
        ),
        "street_code": texts([run.city.streets[place].code for place in street.tolist()]),
        "community_code": community_codes(run.city, street, rng),
        "service_count": texts([str(amount) for amount in rng.geometric(0.7, count).tolist()]),
    }
    moments = {
        "accepted": accepted,
        "promised": accepted + seconds(promised_days * DAY),
        "done": np.where(is_withdrawn, NEVER, accepted + seconds(taken)),
        "withdrawn": np.where(is_withdrawn, accepted + seconds(rng.uniform(1, 20, count) * HOUR), NEVER),
    }
    return Register(cells, moments, STEPS)


def _columns(register: Register, rows: Ints, as_of: np.datetime64) -> dict[str, list[Cell]]:
    """The cases as they were known at `as_of`."""
    columns: dict[str, list[Cell]] = {name: list(register.column(name, rows)) for name in register.cells}
    seen = {name: register.seen(name, rows, as_of) for name in STEPS}
    status = texts([WORDS[0]] * len(rows))
    for step, word in zip(STEPS, WORDS, strict=True):
        status[~np.isnat(seen[step])] = word
    promised = moment_texts(register.moments["promised"][rows])
    moments = {"accepted_at": seen["accepted"], "done_at": seen["done"], "updated_at": register.last_step(rows, as_of)}
    columns |= {name: list(moment_texts(found)) for name, found in moments.items()}
    return columns | {"service_status": list(status), "promised_date": [text[:10] for text in promised]}
