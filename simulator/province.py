"""Files of the provincial direct line: workbooks of the heating season, some cases also known to the city."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import NEVER, Ints, Texts, texts
from simulator.city import ENTERPRISES
from simulator.delivery import Batch, Kind, Parcel, daily_parcels, history_parcel
from simulator.dirt import soil
from simulator.hotline_words import HEATING_CONTENTS
from simulator.moments import DAY, HOUR, end_of, moments_of, seconds
from simulator.people import callers, named_areas, person_names, phones
from simulator.places import street_of
from simulator.province_steps import steps
from simulator.register import Register, join
from simulator.run import Run
from simulator.volume import direct_line_cases
from simulator.workbooks import xlsx_bytes
from simulator.writing import Cell, headers, in_order

FEED = "hotline_province"
KNOWN_TO_CITY, CALLS_BOTH = 0.3, 0.08
CONTENTS = texts([f"模拟诉求：{content}" for content in HEATING_CONTENTS])
Caller = tuple[str, int]
BREAKS: list[tuple[str, Cell]] = [("enterprise_name", ""), ("received_at", "2026-02-30 08:00:00"), ("case_no", "")]


def cases(run: Run, days: list[date], city: dict[date, list[Caller]], *, is_history: bool) -> Register:
    """All direct-line cases of these days; `city` are the callers of its heating cases, who may call here as well."""
    return join([_cases_of(run, day, city.get(day, []), is_history=is_history) for day in days])


def _cases_of(run: Run, day: date, city: list[Caller], *, is_history: bool) -> Register:
    rng = run.stream(FEED, day)
    count = int(rng.poisson(direct_line_cases(run, day, is_history=is_history)))
    person, city_case_no = _callers(count, city, rng)
    street = street_of(run.city, person)
    district, street_name = named_areas(run.city, street, rng)
    received = moments_of(day, rng, count)
    cells = {
        "case_no": texts([f"S{day:%Y%m%d}{number:05d}" for number in range(1, count + 1)]),
        "city_case_no": city_case_no,
        "enterprise_name": texts([ENTERPRISES[seller] for seller in run.city.enterprise_of[street]]),
        "district_name": district,
        "street_name": street_name,
        "caller_name": person_names(person),
        "caller_token": phones(person, rng),
        "content": CONTENTS[rng.integers(len(CONTENTS), size=count)],
    }
    replied = received + seconds(np.minimum(rng.lognormal(2.5, 0.6, count) * HOUR, 5 * DAY))
    moments = {
        "received": received,
        "due": received + np.timedelta64(DAY, "s"),
        "replied": np.where(rng.random(count) < 0.01, NEVER, replied),
    }
    further, answers = steps(moments, rng)
    return Register(cells | answers, moments | further, ("received", "replied"))


def _callers(count: int, city: list[Caller], rng: np.random.Generator) -> tuple[Ints, Texts]:
    """Who calls, and the city's number of their case; a few call both and the province does not notice."""
    person, number = callers(rng, count), texts([""] * count)
    both = rng.permutation(count)[: rng.binomial(count, KNOWN_TO_CITY + CALLS_BOTH)][: len(city)]
    chosen = rng.permutation(len(city))[: len(both)]
    is_named = rng.random(len(both)) < KNOWN_TO_CITY / (KNOWN_TO_CITY + CALLS_BOTH)
    for place, choice, named in zip(both.tolist(), chosen.tolist(), is_named.tolist(), strict=True):
        number[place] = city[choice][0] if named else ""
        person[place] = city[choice][1]
    return person, number


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
