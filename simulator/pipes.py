"""Files of the pipe renewal: a workbook each Friday, a row for each section; together they are the city's 110 km."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from ingestion.contract import Contract
from simulator.arrays import Floats, Ints
from simulator.city import ENTERPRISES
from simulator.delivery import FRIDAY, Batch, Kind, Parcel, weekly_parcels
from simulator.run import Run
from simulator.workbooks import xlsx_bytes
from simulator.writing import TOTAL, Row, headers

FEED = "heating_pipe_renewal"
AT = time(17)
PLANNED_METRES, SECTIONS, SHORTEST = 110_000, 25, 1_000
BEGINS_IN = 4  # digging begins when the heat is off; what winter leaves undone counts until the next plan
LATE_SHARE = 0.3


@dataclass(frozen=True)
class Plan:
    """The sections of one year: where they lie, how long they are, and when they are meant to be and will be done."""

    year: int
    place: Ints
    metres: Ints
    begins: Ints
    planned: Ints
    done: Ints


def parcels(run: Run, contract: Contract) -> Iterator[Parcel]:
    """One workbook a week with a row for each section."""
    title = f"{run.city.name}供热管网改造进度（模拟数据）"

    def render(day: date, _: Kind) -> Batch:
        plan = plan_of(run, day.year if day.month >= BEGINS_IN else day.year - 1)
        done = _done(plan, day)
        total = (TOTAL, "", "", "", PLANNED_METRES / 1000, round(float(done.sum()), 3), "")
        rows = _rows(run, plan, day, done)
        payload = xlsx_bytes(contract, title, headers(contract), rows, day, total=total)
        return Batch(payload, len(rows), 0, 0)

    yield from weekly_parcels(run, FEED, "xlsx", FRIDAY, AT, render)


def plan_of(run: Run, year: int) -> Plan:
    """The sections of a year; their lengths sum to the plan exactly."""
    rng = run.stream(FEED, year)
    spare = rng.multinomial((PLANNED_METRES - SECTIONS * SHORTEST) // 100, rng.dirichlet(np.full(SECTIONS, 3.0)))
    begins = date(year, BEGINS_IN, 10).toordinal() + rng.integers(0, 60, SECTIONS)
    planned = begins + rng.integers(90, 170, SECTIONS)
    is_late = rng.random(SECTIONS) < LATE_SHARE
    return Plan(
        year=year,
        place=rng.choice(len(run.city.streets), SECTIONS, p=run.city.share),
        metres=SHORTEST + 100 * spare,
        begins=begins,
        planned=planned,
        done=planned + np.where(is_late, rng.integers(60, 150, SECTIONS), -rng.integers(0, 20, SECTIONS)),
    )


def _done(plan: Plan, day: date) -> Floats:
    """Kilometres done by a day, to the metre."""
    share = np.clip((day.toordinal() - plan.begins) / (plan.done - plan.begins), 0, 1)
    done: Floats = np.floor(plan.metres * share) / 1000
    return done


def _rows(run: Run, plan: Plan, day: date, done: Floats) -> list[Row]:
    company = run.city.enterprise_of[plan.place]
    start = datetime(1, 1, 1)
    return [
        (
            f"R{plan.year}{number + 1:03d}",
            datetime(day.year, day.month, day.day),
            ENTERPRISES[company[number]],
            run.city.streets[plan.place[number]].code,
            int(plan.metres[number]) / 1000,
            float(done[number]),
            start + timedelta(days=int(plan.planned[number]) - 1),
        )
        for number in range(len(plan.place))
    ]
