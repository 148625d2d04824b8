"""The heating oracle itself, against sentences of docs/heating-method.md."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.oracle.heating import Heating, fold
from tests.oracle.heating_days import half_up
from tests.oracle.heating_lives import heating_lives
from tests.oracle.heating_readings import HeatingFeeds, Row
from tests.oracle.heating_seeds import read_heating_seeds
from tests.oracle.hotline import Key

SEEDS = read_heating_seeds()
DAY = date(2025, 11, 10)
START = datetime(2025, 11, 10)
HOUR = timedelta(hours=1)
STREET = "210202001"


def delivered(rows: Iterable[Row], batch: int = 1) -> list[Row]:
    return [{"batch_seq": batch, **row, "row_no": number} for number, row in enumerate(rows, start=1)]


def reading(at: datetime, value: str, point: str = "P1", **said: Any) -> Row:
    words = {"room_type": "bedroom", "customer_status": "on", "street_code": STREET, "enterprise_name": "A"}
    return {"point_id": point, "measured_at": at, "temperature_c": Decimal(value), **words, **said}


def point(point_id: str = "P1", since: date = date(2025, 10, 1), **said: Any) -> Row:
    row: Row = {"point_id": point_id, "valid_from": since, "point_status": "in_use", "customer_status": "on"}
    row |= {"room_type": "bedroom", "dwelling_code": None, "gateway_id": "G1", "enterprise_name": "A"}
    return row | {"street_code": STREET, "calibrated_until": None} | said


def hourly(*values: str, start: datetime = START, **said: Any) -> list[Row]:
    return [reading(start + HOUR * number, value, **said) for number, value in enumerate(values)]


def world(readings: Iterable[Row], points: Iterable[Row] = (), **feeds: Iterable[Row]) -> Heating:
    rest = {name: delivered(rows) for name, rows in feeds.items()}
    return fold(HeatingFeeds(delivered(readings), delivered(points), **rest), SEEDS)


def reasons(heating: Heating, point_id: str = "P1") -> list[str | None]:
    return [spoken.reason for spoken in heating.readings[point_id]]


def varied(count: int, low: int = 1800) -> list[str]:
    """Values that never stand still and never lie below `low` hundredths."""
    return [str(Decimal(low + number % 2).scaleb(-2)) for number in range(count)]


# Readings


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("-10", None),
        ("-10.01", "X13"),
        ("45", None),
        ("45.01", "X13"),
        ("85", "X19"),
        ("127.94", "X19"),
        ("-999", "X19"),
    ],
)
def test_a_sentinel_goes_before_an_implausible_value(value: str, reason: str | None) -> None:
    assert reasons(world(hourly(value))) == [reason]


def test_the_first_reason_speaks() -> None:
    late = {"calibrated_until": date(2025, 11, 9)}
    assert reasons(world(hourly("85", customer_status="suspended"), [point(**late)])) == ["X06"]
    assert reasons(world(hourly("85"), [point(**late)])) == ["X22"]
    assert reasons(world(hourly("85"), [point(calibrated_until=DAY)])) == ["X19"]
    assert reasons(world(hourly("85", start=datetime(2025, 11, 4, 23)), [point(**late)])) == ["X15"]


def test_a_message_says_nothing_of_its_point() -> None:
    said: Row = dict.fromkeys(("room_type", "customer_status", "street_code", "enterprise_name"))
    assert reasons(world(hourly("20", **said))) == ["X18"]
    assert reasons(world(hourly("20", **said), [point(since=date(2025, 11, 11))])) == ["X18"]
    assert reasons(world(hourly("20", **said), [point(customer_status="suspended")])) == ["X06"]
    assert reasons(world(hourly("20", **said), [point()])) == [None]


def test_a_removed_point_may_not_be_used_and_is_not_due() -> None:
    heating = world(hourly("20"), [point(), point(since=DAY, point_status="removed")])
    assert reasons(heating) == ["X18"]
    assert heating.due == []


def test_a_point_is_due_before_its_register_begins() -> None:
    heating = world(hourly("20"), [point(since=date(2025, 11, 11))])
    assert due(heating) == {("P1", DAY): (0, 0)}


def test_what_a_reading_says_goes_before_the_register() -> None:
    assert reasons(world(hourly("20"), [point(customer_status="suspended")])) == [None]


def test_the_last_delivered_version_speaks() -> None:
    rows = [*delivered(hourly("17"), batch=1), *delivered(hourly("19"), batch=2)]
    heating = fold(HeatingFeeds(rows[::-1]), SEEDS)
    assert [spoken.value for spoken in heating.readings["P1"]] == [Decimal(19)]


def test_the_register_holds_from_a_day_on_until_the_next_row() -> None:
    rows = [point(), point(since=date(2025, 11, 11), calibrated_until=date(2025, 11, 11))]
    days = [datetime(2025, 11, day, 12) for day in (10, 11, 12)]
    assert reasons(world([reading(at, str(at.day)) for at in days], rows)) == [None, None, "X22"]


def test_exactly_a_day_is_not_longer_than_a_day() -> None:
    assert reasons(world(hourly(*["20"] * 25))) == [None] * 25
    assert reasons(world(hourly(*["20"] * 26))) == ["X14"] * 26


def test_a_silence_of_more_than_a_day_ends_a_run() -> None:
    for minutes, reason in ((1440, "X14"), (1441, None)):
        later = START + HOUR + timedelta(minutes=minutes)
        assert reasons(world([*hourly("20", "20"), reading(later, "20")])) == [reason] * 3


def test_any_reading_between_ends_a_run() -> None:
    assert reasons(world(hourly(*["20"] * 20, "85", *["20"] * 20))) == [*[None] * 20, "X19", *[None] * 20]


# Hours


def test_nothing_is_rounded_on_the_way() -> None:
    (day,) = world(
        [reading(START, "17.96"), reading(START + HOUR, "18"), reading(START + 2 * HOUR, "17.5")]
    ).days.values()
    assert (day.counted_hours, day.compliant_hours, day.tolerant_hours) == (3, 1, 3)


def test_an_hour_complies_by_the_mean_of_its_valid_readings() -> None:
    quarter = timedelta(minutes=15)
    values = ("17.99", "18.01", "85")
    (day,) = world([reading(START + quarter * number, value) for number, value in enumerate(values)]).days.values()
    assert (day.compliant_hours, day.shortfall, day.complies()) == (1, 0, False)


def test_the_lack_is_rounded_half_up_to_ten_thousandths() -> None:
    third = timedelta(minutes=20)
    rows = [reading(START + third * number, value) for number, value in enumerate(("17.99", "18", "18"))]
    (day,) = world(rows).days.values()
    assert day.shortfall == 33
    assert [half_up(Fraction(value)) for value in ("0.5", "0.49", "1.5")] == [1, 0, 2]


def test_an_hour_is_left_out_for_the_smallest_reason() -> None:
    half = timedelta(minutes=30)
    rows = [reading(START, "85"), reading(START + half, "-40"), reading(START + HOUR, "20", room_type="non_res")]
    (day,) = world(rows).days.values()
    assert (day.valid_hours, day.counted_hours, dict(day.excluded)) == (1, 0, {"X13": 1, "X06": 1})


# Days, households, exposure


def test_seventeen_hours_make_a_whole_day() -> None:
    for count, is_whole in ((16, False), (17, True)):
        (day,) = world(hourly(*varied(count))).days.values()
        assert day.is_whole(SEEDS) is is_whole


def test_a_household_complies_when_each_of_its_whole_days_does() -> None:
    cold = [*varied(16), "17.99"]
    rows = [*hourly(*varied(17)), *hourly(*cold, point="P2"), *hourly("10", point="P3")]
    points = [point(name, dwelling_code="D1") for name in ("P1", "P2", "P3")]
    (place,) = world(rows, points).street_days.values()
    names = ("whole_day_count", "compliant_day_count", "household_day_count", "compliant_household_day_count")
    assert [place.sums[name] for name in (*names, "tolerant_household_day_count")] == [2, 1, 1, 0, 1]


@pytest.mark.parametrize(("value", "tier"), [("1599", "whole"), ("1600", "part"), ("1798", "part"), ("1800", None)])
def test_the_coldest_room_speaks_for_its_dwelling(value: str, tier: str | None) -> None:
    rows = [*hourly(*varied(18, int(value))), *hourly(*varied(18, 2000), point="P2", room_type="living")]
    rows += hourly(*varied(18, 1000), point="P3", room_type="other")
    points = [point(name, dwelling_code="D1") for name in ("P1", "P2", "P3")]
    assert [exposure.tier for exposure in world(rows, points).exposures] == ([tier] if tier else [])


# What was due


def due(heating: Heating) -> dict[tuple[str, date], tuple[int, int]]:
    return {(day.point_id, day.day): (len(day.missing), day.gateway_missing) for day in heating.due}


def test_a_silent_registered_point_stays_due_and_a_suspended_one_is_not() -> None:
    last = [reading(datetime(2025, 11, 11), "20")]
    points = [point(), point("P2"), point("P3", customer_status="suspended"), point("P4", point_status="removed")]
    assert due(world([*hourly("20"), *last], points)) == {
        ("P1", DAY): (23, 0),
        ("P1", date(2025, 11, 11)): (0, 0),
        ("P2", DAY): (24, 0),
        ("P2", date(2025, 11, 11)): (1, 0),
    }


def test_an_unregistered_point_is_due_as_long_as_the_month_knows_it() -> None:
    days = [datetime(2025, 11, 10), datetime(2025, 11, 11), datetime(2025, 12, 1)]
    rows = [*(reading(at, "20") for at in days), reading(days[0], "20", point="P2")]
    off = reading(days[1] - HOUR, "20", point="P3", customer_status="suspended")
    found = {key for key in due(world([*rows, off])) if key[0] != "P1"}
    assert found == {("P2", DAY), ("P2", date(2025, 11, 11))}


def test_a_gateway_answers_for_hours_in_which_none_of_its_five_points_was_heard() -> None:
    points = [point(f"P{number}") for number in range(5)]
    rows = hourly("20", "20", point="P0") + hourly("20", point="P1", start=START + 3 * HOUR)
    assert set(due(world(rows, points)).values()) == {(2, 1), (3, 1), (4, 1)}
    assert {blamed for _, blamed in due(world(rows, points[:4])).values()} == {0}


# Cold episodes


@pytest.mark.parametrize(
    ("minutes", "found"), [((0, 60, 120), 1), ((0, 60, 119), 0), ((0, 61, 120, 180), 0), ((0, 60, 121, 181, 241), 1)]
)
def test_an_episode_is_an_unbroken_run_of_two_hours(minutes: tuple[int, ...], found: int) -> None:
    before_midnight = START - HOUR
    rows = [reading(before_midnight + timedelta(minutes=at), f"17.{at % 10}{at % 7}") for at in minutes]
    assert len(world(rows).episodes) == found


def test_what_is_not_valid_neither_ends_nor_prolongs_an_episode() -> None:
    half = timedelta(minutes=30)
    values = ("17.9", "85", "17.8", "85", "17.7", "85", "17.6", "85", "17.5", "85")
    (episode,) = world([reading(START + half * n, value) for n, value in enumerate(values)]).episodes
    assert (episode.hours, episode.reading_count, episode.lowest) == (4, 5, Decimal("17.5"))


# Stations and checks

CHANNELS = dict.fromkeys(("supply_primary_c", "return_secondary_c", "heat_gj"), Decimal(0))


def station(station_id: str, at: datetime, pump: str, value: str = "40") -> Row:
    return {"station_id": station_id, "measured_at": at, "pump_state": pump, **CHANNELS, "heat_gj": Decimal(value)}


def registered(station_id: str, status: str = "in_use") -> Row:
    row: Row = {"station_id": station_id, "valid_from": date(2025, 10, 1), "station_status": status}
    return row | {"enterprise_name": "A", "street_code": STREET, "heated_area_m2": "10"}


def test_an_hour_stood_still_when_every_heard_reading_shows_the_pump_off() -> None:
    half = timedelta(minutes=30)
    pumps = ("on", "on", "off", "off", "off", "on", "maintenance", "maintenance")
    rows = [station("S1", START + half * number, pump) for number, pump in enumerate(pumps)]
    rows += [station("S1", START + 4 * HOUR, "off", "0"), station("S3", START, "off"), station("S4", START, "off")]
    stations = [registered("S1"), registered("S2"), registered("S3", "retired")]
    heating = world([], station_readings=rows, stations=stations)
    first, silent = heating.station_days
    assert (first.heard_hours, first.lost_hours, first.stopped_hours, first.maintained_hours) == (4, 1, 1, 1)
    assert silent.heard_hours == 0
    cell = heating.cells[Key("heating.operation_accident_rate", "street", STREET, "month", DAY.replace(day=1))]
    assert (cell.numerator, cell.denominator) == (10, 40)
    cell = heating.cells[Key("heating.station_connected_rate", "city", "210200", "month", date(2025, 11, 1))]
    assert (cell.numerator, cell.denominator) == (1, 2)


def action(number: int, at: datetime, done_at: datetime | None, result: str | None = "compliant") -> Row:
    row: Row = {"action_no": f"C{number}", "mechanism": "onsite", "street_code": STREET, "result": result}
    return row | {"triggered_at": at, "done_at": done_at, "updated_at": done_at or at}


def test_a_check_is_due_on_its_day_or_by_noon_of_the_next() -> None:
    before, after = datetime(2025, 11, 10, 16, 59, 59), datetime(2025, 11, 10, 17)
    next_day = datetime(2025, 11, 11)
    rows = [
        action(1, before, datetime(2025, 11, 10, 23, 59, 59)),
        action(2, before, next_day),
        action(3, after, next_day.replace(hour=12)),
        action(4, after, next_day.replace(hour=12, second=1)),
        action(5, before, None),
        action(6, next_day.replace(hour=17), None),
        action(7, before, next_day, "waived"),
        action(8, before, before - HOUR),
    ]
    cells = world([], actions=rows).cells
    cell = cells[Key("heating.same_day_check_rate", "city", "210200", "month", date(2025, 11, 1))]
    assert (cell.numerator, cell.denominator, cell.immature) == (2, 5, 1)
    assert dict(cell.excluded) == {"X06": 1, "X10": 1}


# Together


@pytest.mark.parametrize("seed", range(3))
def test_the_lives_are_nasty_and_everything_adds_up(seed: int) -> None:
    heating = fold(heating_lives(seed).feeds, SEEDS)
    spoken = {reading.reason for readings in heating.readings.values() for reading in readings}
    assert spoken >= {None, "X06", "X13", "X14", "X15", "X19", "X22"}
    for place in heating.street_days.values():
        left_out = sum(count for name, count in place.sums.items() if name[0] == "x")
        assert place.sums["hour_count"] == place.sums["counted_hour_count"] + left_out
        assert place.sums["valid_hour_count"] <= place.sums["expected_hour_count"]
    assert heating.episodes
    assert heating.exposures


def test_the_same_seed_gives_the_same_lives() -> None:
    assert heating_lives(1) == heating_lives(1)
