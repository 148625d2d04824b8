"""The heating figures of the press conference (F001 to F009), looked at closer than the ledger does.

The replay is the product's own (`citypulse figures`); here stands what no single figure of the ledger says.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ingestion.land import land_feed
from ingestion.settings import Settings
from simulator.replay.heating import SEASON_DAYS, station
from simulator.replay.places import Places
from simulator.replay.replay import deliver_rows
from warehouse.build import build_only
from warehouse.engine import connect


def ask(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings.warehouse_db, settings=settings, read_only=True) as warehouse:
        return warehouse.execute(query).fetchall()


def season_change(settings: Settings, series: str, span: str, method: str = "raw") -> tuple[Any, ...]:
    (found,) = ask(
        settings,
        "SELECT round(100 * value, 2), current_count, base_count, compared_day_count, status FROM marts.fct_kpi_season "
        f"WHERE series = '{series}' AND span = '{span}' AND area_level = 'city' AND method = '{method}'",
    )
    return found


def test_f001_the_direct_line_fell_by_54_31_percent(press_conference: Settings) -> None:
    found = season_change(press_conference, "province_heating", "2022-23")
    assert found == (Decimal("-54.31"), 4_569, 10_000, SEASON_DAYS, "ok")


def test_f002_the_city_platform_fell_by_14_18_percent(press_conference: Settings) -> None:
    found = season_change(press_conference, "city_heating", "2022-23")
    assert found == (Decimal("-14.18"), 8_582, 10_000, SEASON_DAYS, "ok")


def test_f001_and_f002_are_never_added(press_conference: Settings) -> None:
    """Callers are unknown here, so the union counts every case: what it says is none of the two published figures."""
    value, current, base, *_ = season_change(press_conference, "union_heating", "2022-23")
    assert (current, base) == (8_582 + 4_569, 20_000)
    assert value == Decimal("-34.25")


def test_f005_nine_companies_were_penalised_by_ten_decisions(press_conference: Settings) -> None:
    found = ask(
        press_conference,
        "SELECT count(DISTINCT enterprise_name), count(*) FROM marts.fct_heating_action "
        "WHERE mechanism = 'penalty' AND result = 'penalised' AND triggered_at BETWEEN '2022-11-05' AND '2023-04-05'",
    )
    assert found == [(9, 10)]


def test_f006_the_coal_was_there_twenty_days_early(press_conference: Settings) -> None:
    found = ask(
        press_conference,
        "SELECT stock_rate, full_date, days_against_plan FROM marts.fct_heating_coal_stock "
        "WHERE season = '2022-23' AND enterprise_name IS NULL",
    )
    assert found == [(Decimal("1.00000000"), date(2022, 10, 11), -20)]


def test_f007_110_kilometres_by_the_end_of_june(press_conference: Settings) -> None:
    found = ask(
        press_conference,
        "SELECT sum(planned_km), max(planned_date) FROM marts.fct_heating_pipe_renewal WHERE is_last_report",
    )
    assert found == [(Decimal("110.000"), date(2023, 6, 30))]


def test_f008_the_standard_is_18_degrees_and_16_elsewhere(press_conference: Settings) -> None:
    found = ask(press_conference, "SELECT room_type, threshold_c FROM policy.heating_rule ORDER BY room_type")
    assert found == [("bedroom", Decimal("18.0")), ("living", Decimal("18.0")), ("other", Decimal("16.0"))]


def test_f009_property_complaints_fell_by_24_percent_also_per_household(press_conference: Settings) -> None:
    for method in ("raw", "per_household"):
        found = season_change(press_conference, "city_property", "2022", method)
        assert found == (Decimal("-24.00"), 7_600, 10_000, 365, "ok")


@pytest.fixture(scope="module")
def changed(press_conference: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The same home with one more station, registered and never heard, in a city whose households have doubled."""
    home = tmp_path_factory.mktemp("changed")
    shutil.copytree(press_conference.home, home, dirs_exist_ok=True)
    settings = replace(press_conference, home=home, key_file=home / "key.json", city=_doubled_city(home / "city"))
    deliver_rows(settings, "heating_station", "more", [station(999, Places.read(settings))])
    land_feed(settings, "heating_station")
    build_only(settings, "fct_kpi_season", "fct_kpi_value")
    return settings


def _doubled_city(city: Path) -> Path:
    """Twice the households in 2022: the same fall of cases is another fall of the rate."""
    from ingestion.settings import PROJECT_ROOT

    rows = (PROJECT_ROOT / "dbt_project" / "seeds" / "households.csv").read_text("utf-8").splitlines()
    doubled = [rows[0]]
    for row in rows[1:]:
        district, heated, households, _, _, source = row.split(",", 5)
        doubled.append(f"{district},{heated},{households},2000-01-01,2021-12-31,{source}")
        doubled.append(f"{district},{2 * int(heated)},{2 * int(households)},2022-01-01,,{source}")
    (city / "seeds").mkdir(parents=True)
    (city / "seeds" / "households.csv").write_text("\n".join(doubled) + "\n", encoding="utf-8")
    return city


def test_f004_all_stations_are_connected_until_one_is_not(press_conference: Settings, changed: Settings) -> None:
    query = (
        "SELECT numerator, denominator, value FROM marts.fct_kpi_value "
        "WHERE kpi_code = 'heating.station_connected_rate' AND area_level = 'city' "
        "AND period_grain = 'month' AND period_start = '2023-04-01'"
    )
    assert ask(press_conference, query) == [(Decimal(30), Decimal(30), Decimal(1))]
    assert ask(changed, query) == [(Decimal(30), Decimal(31), Decimal("0.96774194"))]


def test_f009_is_a_rate_and_moves_with_the_households(changed: Settings) -> None:
    assert season_change(changed, "city_property", "2022")[0] == Decimal("-24.00")
    assert season_change(changed, "city_property", "2022", "per_household")[0] == Decimal("-62.00")
