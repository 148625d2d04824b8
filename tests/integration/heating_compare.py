"""Sets the warehouse's heating figures beside the plain-Python oracle's."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ingestion.settings import Settings
from tests.integration.heating_home import Compared, Row
from tests.oracle.heating_cells import Cell
from tests.oracle.heating_days import PointDay
from tests.oracle.heating_seeds import read_heating_seeds
from tests.oracle.hotline import Key
from warehouse.engine import connect

Figures = dict[Any, Any]
SEEDS = read_heating_seeds()
KPIS = (
    "room_compliance_rate",
    "full_day_compliance_rate",
    "valid_reading_rate",
    "shortfall_degree_hours",
    "same_day_check_rate",
    "operation_accident_rate",
    "station_connected_rate",
)
REASONS = ("x06", "x13", "x14", "x15", "x18", "x19", "x20", "x21", "x22")
STREET_DAY = (
    *("point_day_count", "reading_count", "counted_reading_count", "compliant_reading_count"),
    *("tolerant_reading_count", "hour_count", "expected_hour_count", "valid_hour_count", "counted_hour_count"),
    *("compliant_hour_count", "tolerant_hour_count", "counted_day_count", "whole_day_count", "compliant_day_count"),
    *("tolerant_day_count", "household_day_count", "compliant_household_day_count"),
    *("tolerant_household_day_count", "missing_hour_count", "gateway_missing_hour_count"),
    *(f"{reason}_hour_count" for reason in REASONS),
)
POINT_DAY = (
    *("first_at", "last_at", "is_on", "seen_hours", "reading_count", "valid_reading_count", "counted_reading_count"),
    *("compliant_reading_count", "tolerant_reading_count", "valid_sum", "hour_count", "valid_hour_count"),
    *("counted_hour_count", "compliant_hour_count", "tolerant_hour_count", "shortfall"),
    *(f"{reason}_hour_count" for reason in REASONS),
)


def differences(compared: Compared) -> list[str]:
    """Where models and oracle disagree, as short lines; empty when they agree."""
    found = []
    for name, ours in (
        ("point day", point_days),
        ("street day", street_days),
        ("missing", missing_days),
        ("episode", cold_episodes),
        ("refund", refunds),
        ("station day", station_days),
        ("cell", kpi_cells),
    ):
        want, got = ours(compared)
        for key in sorted(want.keys() | got.keys(), key=str):
            if want.get(key) != got.get(key):
                found.append(f"{name} {key}: oracle {want.get(key)}, model {got.get(key)}")
    return found


def rows_of(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings.warehouse_db, settings=settings, read_only=True) as warehouse:
        return warehouse.execute(query).fetchall()


def keyed(settings: Settings, keys: tuple[str, ...], columns: tuple[str, ...], table: str) -> Figures:
    """Rows as key → column → value; a list of one key's rows would hide a row too many."""
    found = rows_of(settings, f"SELECT {', '.join((*keys, *columns))} FROM {table}")
    figures = {row[: len(keys)]: dict(zip(columns, row[len(keys) :], strict=True)) for row in found}
    assert len(figures) == len(found), f"{table} has several rows of one key"
    return figures


def point_days(compared: Compared) -> tuple[Figures, Figures]:
    want = {key: point_day(day) for key, day in compared.heating.days.items()}
    table = "intermediate.int_heating_point_day"
    return want, keyed(compared.settings, ("point_id", "measured_date"), POINT_DAY, table)


def point_day(day: PointDay) -> Row:
    tolerance = SEEDS.policy("tolerance_c", day.day)
    ends = (day.readings[0].measured_at, day.last.measured_at, day.is_on, sum(1 << hour for hour in day.heard))
    readings = (len(day.readings), len(day.valid), len(day.judged), day.not_below(), day.not_below(tolerance))
    total = sum(int(reading.value * 100) for reading in day.valid)
    hours = (day.hours, day.valid_hours, day.counted_hours, day.compliant_hours, day.tolerant_hours)
    excluded = [day.excluded[reason.upper()] for reason in REASONS]
    return dict(zip(POINT_DAY, (*ends, *readings, total, *hours, day.shortfall, *excluded), strict=True))


def street_days(compared: Compared) -> tuple[Figures, Figures]:
    want = {}
    for key, place in compared.heating.street_days.items():
        want[key] = {name: place.sums[name] for name in STREET_DAY}
        want[key]["shortfall_degree_hours"] = Decimal(place.sums["shortfall"]) / 10_000
    keys, columns = ("measured_date", "street_code", "enterprise_name"), (*STREET_DAY, "shortfall_degree_hours")
    return want, keyed(compared.settings, keys, columns, "marts.fct_heating_day")


def missing_days(compared: Compared) -> tuple[Figures, Figures]:
    due = {(day.point_id, day.day): (len(day.missing), day.gateway_missing) for day in compared.heating.due}
    rows = rows_of(
        compared.settings,
        "SELECT point_id, measured_date, missing_hour_count, gateway_hour_count "
        "FROM intermediate.int_heating_missing_day",
    )
    return {key: counts for key, counts in due.items() if counts[0]}, {row[:2]: row[2:] for row in rows if row[2]}


def cold_episodes(compared: Compared) -> tuple[Figures, Figures]:
    names = ("reading_count", "min_c", "street_code", "enterprise_name", "minutes")
    want = {
        (episode.point_id, episode.started_at, episode.ended_at): dict(
            zip(
                names,
                (episode.reading_count, episode.lowest, episode.street_code, episode.company, episode.hours * 60),
                strict=True,
            )
        )
        for episode in compared.heating.episodes
    }
    rows = rows_of(
        compared.settings,
        "SELECT point_id, started_at, ended_at, reading_count, min_c, street_code, enterprise_name, duration_hours "
        "FROM marts.fct_heating_cold_episode",
    )
    got = {}
    for point_id, started_at, ended_at, *figures, hours in rows:
        minutes = round(Fraction(hours) * 60)
        got[point_id, str(started_at), str(ended_at)] = dict(zip(names, (*figures, minutes), strict=True))
    return want, got


def refunds(compared: Compared) -> tuple[Figures, Figures]:
    want: Figures = {}
    for row in compared.heating.exposures:
        households, fees = want.get(row[:4], (0, Decimal(0)))
        want[row[:4]] = (households + 1, fees + row.share)
    rows = rows_of(
        compared.settings,
        "SELECT measured_date, street_code, enterprise_name, tier, household_day_count, fee_days "
        "FROM marts.fct_heating_refund_exposure",
    )
    return want, {row[:4]: row[4:] for row in rows}


def station_days(compared: Compared) -> tuple[Figures, Figures]:
    names = ("street_code", "enterprise_name", "heated_area_m2", "heard_hour_count", "lost_hour_count")
    names += ("stopped_hour_count", "maintained_hour_count")
    want = {}
    for day in compared.heating.station_days:
        values = (day.street, day.company, day.area_m2, day.heard_hours, day.lost_hours)
        values += (day.stopped_hours, day.maintained_hours)
        want[day.station_id, day.day] = dict(zip(names, values, strict=True))
    return want, keyed(compared.settings, ("station_id", "measured_date"), names, "marts.fct_heating_station_day")


def kpi_cells(compared: Compared) -> tuple[Figures, Figures]:
    """A cell that nobody adds to is no cell."""
    codes = ", ".join(f"'heating.{name}'" for name in KPIS)
    rows = rows_of(
        compared.settings,
        "SELECT kpi_code, area_level, area_code, period_grain, period_start, numerator, denominator, immature_count, "
        f"excluded_by_reason FROM marts.fct_kpi_cell WHERE kpi_code IN ({codes})",
    )
    got = {Key(*row[:5]): plain(row[0], *row[5:8], json.loads(row[8])) for row in rows}
    want = {key: plain_cell(key, cell) for key, cell in compared.heating.cells.items()}
    return told(want), told(got)


def told(cells: Figures) -> Figures:
    empty = plain("", Decimal(0), Decimal(0), 0, {})
    return {key: figures for key, figures in cells.items() if figures != empty}


def plain_cell(key: Key, cell: Cell) -> tuple[Any, ...]:
    return plain(key.kpi_code, cell.numerator, cell.denominator, cell.immature, dict(cell.excluded))


def plain(
    code: str, numerator: Decimal, denominator: Decimal, immature: int, excluded: dict[str, int]
) -> tuple[Any, ...]:
    """The document names reasons for T01 and T07 alone."""
    is_reasoned = code in ("heating.room_compliance_rate", "heating.same_day_check_rate")
    figures = (Decimal(numerator).quantize(Decimal("0.0001")), Decimal(denominator).quantize(Decimal("0.0001")))
    return (*figures, immature, {k: v for k, v in sorted(excluded.items()) if v and is_reasoned})
