"""The simulated heating: registers and readings of one city agree, and each fault of a sensor is there to find."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from types import ModuleType

import numpy as np
import pytest

from simulator import heating, heating_action_steps, heating_points, heating_station_readings, heating_stations
from simulator.point_register import PointRegister
from simulator.room_temperatures import hundredths
from simulator.run import Run
from simulator.station_faults import faults
from simulator.stations import connects, stations
from simulator.weather import weather
from tests.unit.simulated import CONTRACTS, Record, records, run_of

UNTIL = date(2026, 1, 14)
IMPOSSIBLE = "2026-02-30"
READINGS, POINTS, STATIONS = "heating_room_temperature", "heating_room_point", "heating_station_reading"


@pytest.fixture(scope="module")
def month() -> Run:
    return run_of(UNTIL - timedelta(days=29), UNTIL, scale=0.5)


@pytest.fixture(scope="module")
def winter() -> tuple[Run, PointRegister]:
    run = run_of(date(2025, 12, 3), date(2026, 1, 31))
    return run, PointRegister(run)


@pytest.fixture(scope="module")
def readings(month: Run) -> list[Record]:
    return records(heating.parcels(month, CONTRACTS[READINGS]), READINGS)


@pytest.fixture(scope="module")
def station_readings(month: Run) -> list[Record]:
    return records(heating_station_readings.parcels(month, CONTRACTS[STATIONS]), STATIONS)


@pytest.fixture(scope="module")
def points(month: Run) -> list[Record]:
    return records(heating_points.parcels(month, CONTRACTS[POINTS]), POINTS)


# --- registers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sender", [heating_points, heating_stations])
def test_registers_hold_before_last_years_window(month: Run, sender: ModuleType) -> None:
    opening, *weekly = sender.parcels(month, CONTRACTS[sender.FEED])
    assert (opening.kind, {parcel.kind for parcel in weekly}) == ("history", {"weekly"})
    assert opening.arrived_at.date() < month.first
    found = records(iter([opening, *weekly]), sender.FEED)
    days = [row["valid_from"] for row in found if row["valid_from"] != IMPOSSIBLE]
    assert min(days) == "2024-10-20"
    assert max(days) < str(UNTIL)
    assert sum(parcel.batch.rows for parcel in weekly) < opening.batch.rows / 4


def test_readings_say_of_a_point_what_the_register_says(readings: list[Record], points: list[Record]) -> None:
    words = {name: CONTRACTS[POINTS].column(name).values or {} for name in ("room_type", "customer_status")}
    history: dict[str, list[Record]] = defaultdict(list)
    for row in points:
        if all(row[name] in words[name] for name in words) and row["valid_from"] != IMPOSSIBLE:
            history[row["point_id"]].append(row)
    known_until = str(UNTIL - timedelta(days=UNTIL.weekday()))
    for row in readings:
        if row["measured_at"] < known_until:
            found = [known for known in history[row["point_id"]] if known["valid_from"] <= row["measured_at"]]
            known = max(found, key=lambda r: r["valid_from"])
            assert all(words[name][known[name]] == row[name] for name in words)
            assert (known["street_code"], known["enterprise_name"]) == (row["street_code"], row["enterprise_name"])
            assert known["point_status"] == "在用"


def test_points_share_homes_gateways_and_stations(winter: tuple[Run, PointRegister]) -> None:
    run, register = winter
    found, homes = register.found, register.homes
    pairs = [np.flatnonzero(homes.dwelling == first) for first, n in Counter(homes.dwelling.tolist()).items() if n > 1]
    assert len(pairs) > 10
    for pair in pairs:
        assert set(found.room_type[pair]) == {"bedroom", "living"}
        assert len({(homes.building[point], found.enterprise[point]) for point in pair}) == 1
    sizes = np.bincount(homes.gateway)
    assert 8 <= sizes.min() <= sizes.max() <= 15
    assert (homes.company_of[homes.gateway] == found.enterprise).all()
    known = stations(run)
    company = dict(zip(known.station_id, known.enterprise, strict=True))
    assert [company[station] for station in homes.station] == found.enterprise.tolist()


def test_the_register_changes_in_every_way(winter: tuple[Run, PointRegister]) -> None:
    run, register = winter
    before, after = register.on(run.first), register.on(run.until)
    assert (before.is_suspended & ~after.is_suspended).any()
    assert (~before.is_suspended & after.is_suspended).any()
    assert (before.gateway != after.gateway).any()
    assert (after.is_removed.sum(), before.is_removed.sum()) == (1, 0)
    assert ((after.calibrated_until >= run.first) & (before.calibrated_until <= run.until)).any()


# --- readings --------------------------------------------------------------------------------------------------------


def test_a_day_of_sensors_is_the_same_in_every_window() -> None:
    day = date(2026, 1, 10)
    short, long = run_of(day, day, 0.5), run_of(date(2025, 11, 5), date(2026, 2, 1), 0.5)
    first, second = PointRegister(short), PointRegister(long)
    rooms = [hundredths(run, register, register.on(day), day) for run, register in ((short, first), (long, second))]
    assert np.array_equal(*rooms)
    assert weather(short, day) == weather(long, day)
    cells = [heating_action_steps.actions_of(run, reg, day).cells for run, reg in ((short, first), (long, second))]
    assert all(np.array_equal(cells[0][name], cells[1][name]) for name in cells[0])


def test_buildings_go_cold_for_hours_and_over_midnight(winter: tuple[Run, PointRegister]) -> None:
    run, register = winter
    cold = np.hstack([hundredths(run, register, register.on(day), day) < 1800 for day in run.days])
    warm = np.flatnonzero((register.found.level > 20) & (cold.mean(axis=1) < 0.1))  # hardly ever suspended
    spells = [
        len(part) for row in cold[warm] for part in "".join("x" if c else " " for c in row).split() if len(part) > 3
    ]
    assert len(spells) > 20
    assert np.percentile(spells, 95) < 24
    assert any(row[n - 2 : n + 2].all() for row in cold[warm] for n in range(24, cold.shape[1], 24))


def test_silent_gateways_take_their_points_along(readings: list[Record], points: list[Record]) -> None:
    gateway = {row["point_id"]: row["gateway_id"] for row in points}
    members = Counter(gateway.values())
    heard: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in readings:
        heard[gateway[row["point_id"]], row["measured_at"]].add(row["point_id"])
    hours = {row["measured_at"] for row in readings if ":61:" not in row["measured_at"]}
    silent = sum((name, hour) not in heard for name in members for hour in hours)
    assert 3 <= silent < 0.03 * len(members) * len(hours)


def test_codes_stand_among_the_values(readings: list[Record]) -> None:
    values = Counter(row["temperature_c"] for row in readings)
    assert {"-999.00", "85.0", "NaN"} <= set(values)
    assert not [value for value in values if value.startswith("655")]


def test_station_channels_follow_the_weather(month: Run, station_readings: list[Record]) -> None:
    supply: dict[date, list[float]] = defaultdict(list)
    for row in station_readings:
        if row["pump_state"] == "on" and float(row["supply_secondary_c"]) > 0 and ":61:" not in row["measured_at"]:
            supply[date.fromisoformat(row["measured_at"][:10])].append(float(row["supply_secondary_c"]))
    days = sorted(supply)
    means = [[np.mean(supply[day]) for day in days], [weather(month, day).mean for day in days]]
    assert np.corrcoef(means)[0, 1] < -0.95


def test_each_fault_of_a_station_is_there(station_readings: list[Record]) -> None:
    names = [column.name for column in CONTRACTS[STATIONS].columns][2:-1]
    lost = [row for row in station_readings if all(float(row[name]) == 0 for name in names)]
    stopped = [row for row in station_readings if row["pump_state"] == "off" and float(row["heat_gj"])]
    cared_for = [row for row in station_readings if row["pump_state"] == "maintenance" and float(row["heat_gj"])]
    assert len(lost) > 20
    assert stopped
    assert cared_for
    assert {float(row["flow_t_per_h"]) for row in stopped + cared_for} == {0.0}
    assert any("-999.0" in row.values() for row in station_readings)
    low = Counter(
        row["station_id"]
        for row in station_readings
        if 0 < float(row["return_secondary_c"]) < 35 and row["pump_state"] == "on"
    )
    assert any(count > 24 * 15 for count in low.values())


def test_one_station_retires_and_one_is_connected_late() -> None:
    run = run_of(date(2025, 12, 3), date(2026, 1, 31))
    found, newyear = stations(run), connects(date(2025, 10, 20))
    sent_rows = np.array([faults(run, found, day).is_sent.any(axis=1) for day in run.days])
    assert sent_rows.all(axis=0).sum() == len(found) - 2
    assert sent_rows[:, -1].tolist() == [day >= newyear for day in run.days]
    assert sent_rows[:, -2].tolist() == [day < date(2025, 12, 15) for day in run.days]
