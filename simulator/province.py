"""Files of the provincial direct line: workbooks of the heating season, some cases also known to the city."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import NEVER, Ints, texts
from simulator.city import ENTERPRISES
from simulator.delivery import Batch, Kind, Parcel, daily_parcels, history_parcel
from simulator.dirt import soil
from simulator.hotline_cells import HEATING_CONTENTS
from simulator.moments import DAY, HOUR, end_of, moments_of, seconds
from simulator.people import callers, named_areas, person_names, phones, pick
from simulator.register import Register, join
from simulator.run import Run
from simulator.volume import direct_line_cases
from simulator.writing import Cell, headers, in_order, xlsx_bytes

FEED = "hotline_province"
KNOWN_TO_CITY = 0.3
BREAKS: list[tuple[str, Cell]] = [("enterprise_name", ""), ("received_at", "2026-02-30 08:00:00"), ("case_no", "")]


def cases(run: Run, days: list[date], city_numbers: dict[date, list[str]], *, is_history: bool) -> Register:
    """All direct-line cases of these days; `city_numbers` are the city's heating cases they may be the same as."""
    return join([_cases_of(run, day, city_numbers.get(day, []), is_history=is_history) for day in days])


def _cases_of(run: Run, day: date, city_numbers: list[str], *, is_history: bool) -> Register:
    rng = run.stream(FEED, day)
    count = int(rng.poisson(direct_line_cases(run, day, is_history=is_history)))
    street = pick(rng, run.city.share, count)
    person = callers(rng, count)
    district, street_name = named_areas(run.city, street, rng)
    received = moments_of(day, rng, count)
    known = rng.permutation(city_numbers)[: rng.binomial(count, KNOWN_TO_CITY)].tolist()
    cells = {
        "case_no": texts([f"S{day:%Y%m%d}{number:05d}" for number in range(1, count + 1)]),
        "city_case_no": texts(rng.permutation(known + [""] * (count - len(known))).tolist()),
        "enterprise_name": texts([ENTERPRISES[seller] for seller in run.city.enterprise_of[street]]),
        "district_name": district,
        "street_name": street_name,
        "caller_name": person_names(person),
        "caller_token": phones(person, rng),
        "content": texts(list(HEATING_CONTENTS))[rng.integers(len(HEATING_CONTENTS), size=count)],
    }
    replied = received + seconds(np.minimum(rng.lognormal(2.5, 0.6, count) * HOUR, 5 * DAY))
    moments = {
        "received": received,
        "due": received + np.timedelta64(DAY, "s"),
        "replied": np.where(rng.random(count) < 0.01, NEVER, replied),
    }
    return Register(cells, moments, ("received", "replied"))


def parcels(run: Run, contract: Contract, history: list[Register], current: Register) -> Iterator[Parcel]:
    """Last year's months of the season, then one workbook for each day of the season."""
    title = f"{run.city.name}省直通车供热诉求（模拟数据）"

    def batch(register: Register, rows: Ints, as_of: np.datetime64, day: date, *what: object) -> Batch:
        table = in_order(contract, _columns(register, rows, as_of))
        soiled = soil(contract, table, BREAKS, run.stream(FEED, "dirt", day, *what))
        return Batch.of(xlsx_bytes(contract, title, headers(contract), soiled.rows, day), soiled)

    def render(day: date, kind: Kind) -> Batch:
        if kind == "daily":
            return batch(current, current.changed_on(day), end_of(day), day)
        # Rows of this feed carry no version, so what is sent afterwards must be the state of that moment.
        return batch(current, current.received_on(day, "received"), end_of(run.until), day, kind)

    before = end_of(run.first - timedelta(days=1))
    for days, month in zip(run.history, history, strict=True):
        if len(month):
            file = batch(month, np.arange(len(month)), before, days[0])
            yield history_parcel(run, FEED, days[0], "xlsx", file)
    yield from daily_parcels(run, FEED, "xlsx", [day for day in run.days if run.calendar.is_heating(day)], render)


def _columns(register: Register, rows: Ints, as_of: np.datetime64) -> dict[str, list[Cell]]:
    columns: dict[str, list[Cell]] = {name: list(register.column(name, rows)) for name in register.cells}
    for name in ("received", "replied"):
        columns[f"{name}_at"] = register.seen(name, rows, as_of).tolist()
    columns["due_at"] = register.moments["due"][rows].tolist()
    return columns
