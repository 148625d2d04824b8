"""The simulated supervision: alerts and what follows from them, the weather, coal in store and pipes in the ground."""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from python_calamine import CalamineWorkbook

from simulator import coal, heating_action_steps, heating_actions, heating_weather, pipes
from simulator.delivery import Parcel
from simulator.heating_alerts import alerts
from simulator.point_register import PointRegister
from simulator.run import Run
from simulator.weather import weather
from tests.unit.simulated import CONTRACTS, Record, records, run_of

UNTIL = date(2026, 1, 14)


@pytest.fixture(scope="module")
def month() -> Run:
    return run_of(UNTIL - timedelta(days=29), UNTIL, scale=0.5)


@pytest.fixture(scope="module")
def winter() -> tuple[Run, PointRegister]:
    run = run_of(date(2025, 12, 3), date(2026, 1, 31))
    return run, PointRegister(run)


# --- actions ---------------------------------------------------------------------------------------------------------


def test_checks_follow_alerts_of_cold_rooms(winter: tuple[Run, PointRegister]) -> None:
    run, register = winter
    found = [alerts(run, register, day) for day in run.days]
    assert all((part.measured < part.standard).all() for part in found)
    assert 60 < sum(map(len, found)) < 600


def test_actions_are_as_lawful_and_as_late_as_meant(winter: tuple[Run, PointRegister]) -> None:
    run, register = winter
    days = [heating_action_steps.actions_of(run, register, day) for day in run.days]
    kind, company = (np.concatenate([d.cells[name] for d in days]) for name in ("mechanism", "enterprise_name"))
    begun, done = (np.concatenate([d.moments[name] for d in days]) for name in ("triggered", "done"))
    assert not (done < begun).any()
    onsite, is_open = kind == heating_action_steps.ONSITE, np.isnat(done)
    evening = (begun - begun.astype("datetime64[D]")) >= np.timedelta64(17, "h")
    same_day = done.astype("datetime64[D]") == begun.astype("datetime64[D]")
    assert 0.75 < same_day[onsite & ~evening].mean() < 0.93
    noon = begun.astype("datetime64[D]") + np.timedelta64(36, "h")
    assert 0.75 < (done <= noon)[onsite & evening].mean() < 0.97
    assert 0.01 < is_open[onsite].mean() < 0.10
    assert max(Counter(company[kind == heating_action_steps.PENALTY]).values()) >= 2
    assert set(kind) == {"当日现场核查", "限时监测分析", "常态化检查", "限时从重处罚"}


def test_an_action_returns_as_a_newer_version(month: Run) -> None:
    versions: dict[str, dict[str, Record]] = defaultdict(dict)
    for row in records(heating_actions.parcels(month, CONTRACTS["heating_action"]), "heating_action"):
        versions[row["action_no"]][row["updated_at"]] = row
    grown = [sorted(found.items()) for found in versions.values() if len(found) > 1]
    assert len(grown) > 5
    assert any(not found[0][1]["done_at"] and found[-1][1]["done_at"] for found in grown)
    assert all(row["done_at"] or not row["result"] for found in versions.values() for row in found.values())


# --- weather, coal and pipes -----------------------------------------------------------------------------------------


def test_january_is_the_coldest_and_last_year_is_known(month: Run) -> None:
    year = run_of(date(2025, 1, 1), date(2025, 12, 31))
    means: dict[int, list[float]] = defaultdict(list)
    for day in year.days:
        found = weather(year, day)
        assert found.low < found.mean < found.high
        means[day.month].append(found.mean)
    average = {month: float(np.mean(found)) for month, found in means.items()}
    assert min(average, key=lambda month: average[month]) == 1
    assert -8 < average[1] < -2
    assert 22 < average[8] < 27
    found_rows = records(heating_weather.parcels(month, CONTRACTS[heating_weather.FEED]), heating_weather.FEED)
    days = Counter(row["weather_date"] for row in found_rows)
    assert len(days) == 60
    assert max(days.values()) >= 2


def sheets(parcels: Iterator[Parcel]) -> Iterator[list[dict[str, object]]]:
    for parcel in parcels:
        rows = CalamineWorkbook.from_filelike(io.BytesIO(parcel.batch.payload)).get_sheet_by_index(0).to_python()
        assert "模拟" in str(rows[0][0])
        assert rows[-1][0] == "合计"
        yield [dict(zip(map(str, rows[1]), row, strict=True)) for row in rows[2:-1]]


def test_pipe_sections_are_exactly_110_km_and_only_grow(month: Run) -> None:
    before: dict[str, float] = {}
    for rows in sheets(pipes.parcels(month, CONTRACTS[pipes.FEED])):
        assert sum(Decimal(str(row["计划公里"])) for row in rows) == Decimal(110)
        done = {str(row["项目编号"]): float(str(row["完成公里"])) for row in rows}
        assert all(done[number] >= before.get(number, 0) for number in done)
        before = done
    assert isinstance(rows[0]["统计日期"], date)
    for year in range(2020, 2030):
        assert pipes.plan_of(run_of(UNTIL, UNTIL), year).metres.sum() == 110_000


def test_coal_is_in_store_before_the_planned_day() -> None:
    run = run_of(UNTIL, UNTIL)
    for day, low, high in ((date(2025, 7, 4), 0.05, 0.9), (date(2025, 10, 31), 1, 1), (date(2026, 1, 9), 0.9, 1.1)):
        planned, stock = coal.tonnes(run, 2025, day)
        share = np.array(stock) / np.array(planned)
        assert low - 1e-4 <= share.min() <= share.max() <= high + 1e-4
