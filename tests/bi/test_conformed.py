"""Every fact of the release reaches the calendar and what it is about, by keys that its dimensions know.

A column is a key by its name, the same in every table; what has a role of its own (a day of receipt, the street of a
point) reaches the same dimension under the role's name.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from duckdb import DuckDBPyConnection

from ingestion.settings import Settings
from warehouse.engine import connect

AREA = ("marts.dim_area", "area_code")
KEYS = {
    "area_code": AREA,
    "street_code": AREA,
    "district_code": AREA,
    "region_code": AREA,
    "community_code": ("marts.dim_community", "community_code"),
    "lineage_code": ("marts.dim_community", "community_code"),
    "kpi_code": ("meta.kpi_dictionary", "kpi_code"),
    "subject_kpi_code": ("meta.kpi_dictionary", "kpi_code"),
    "unit_code": ("marts.dim_unit", "unit_code"),
    "unit_name": ("marts.dim_unit", "unit_name"),
    "item_code": ("marts.dim_grid_item", "item_code"),
    "station_id": ("marts.dim_heating_station", "station_id"),
}
# Areas of a level are those of the dimension that are of one of these.
LEVELS = {
    "city": {"city"},
    "district": {"district"},
    "region": {"district", "zone"},
    "street": {"street"},
    "community": {"community"},
}
REGISTERS = {"community": ("marts.dim_community", "community_code"), "grid": ("marts.dim_grid", "grid_code")}
WITHOUT_A_DAY = {
    "fct_heating_enterprise_season": "a row is a whole season; dim_date.heating_season has its days",
    "fct_kpi_restatement": "two releases compared: previous_as_of is the moment of the one before",
    "fct_method_check": "bulletins of several periods, named in the row",
}
ABOUT_NOTHING_THAT_HAS_A_DIMENSION = {
    "fct_catalogue_month": "departments of the municipal catalogue, named in the row",
    "fct_feed_due": "feeds, named in the row",
    "fct_heating_coal_stock": "heating companies, named in the row, and the city",
    "fct_heating_enterprise_season": "heating companies, named in the row",
    "fct_heating_weather_day": "one weather station, of the whole city",
    "fct_method_check": "published bulletins",
    "fct_points_check": "one ledger, of the whole city",
    "fct_programme_month": "tasks of one programme, of the whole city",
}
# Keys that may be unknown to the dimension, and why.
AS_THE_SOURCE_SAYS = {
    ("fct_livelihood_item", "community_code"): "written by hand at its source; one that no register knows is flagged",
    ("fct_grid_kpi_month", "area_code"): "communities and grids: those of their registers, see below",
}


@pytest.fixture(scope="module")
def con(released_city: Settings) -> Iterator[DuckDBPyConnection]:
    with connect(released_city.serving / "governance.duckdb", settings=released_city, read_only=True) as con:
        yield con


def columns_of_facts(con: DuckDBPyConnection) -> dict[str, dict[str, str]]:
    facts: dict[str, dict[str, str]] = {}
    for table, column, kind in con.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'marts' "
        "AND table_name LIKE 'fct_%' ORDER BY ALL"
    ).fetchall():
        facts.setdefault(table, {})[column] = kind
    return facts


def unknown(con: DuckDBPyConnection, table: str, column: str, dimension: str, key: str, only: str = "TRUE") -> int:
    (count,) = con.execute(
        f"SELECT count(*) FROM marts.{table} AS f WHERE f.{column} IS NOT NULL AND {only} "
        f"AND NOT EXISTS (FROM {dimension} AS d WHERE d.{key} = f.{column})"
    ).fetchone() or (0,)
    return count


def test_every_fact_has_a_day_of_the_calendar(con: DuckDBPyConnection) -> None:
    facts = columns_of_facts(con)
    dated = {table: [name for name, kind in columns.items() if kind == "DATE"] for table, columns in facts.items()}
    assert {table for table, days in dated.items() if not days} == set(WITHOUT_A_DAY)
    strays = {
        f"{table}.{day}": count
        for table, days in dated.items()
        for day in days
        if (count := unknown(con, table, day, "marts.dim_date", "date_day"))
    }
    assert not strays


def test_every_fact_is_about_something_of_a_dimension(con: DuckDBPyConnection) -> None:
    facts = columns_of_facts(con)
    assert len(facts) > 40
    about = {table: KEYS.keys() & columns for table, columns in facts.items()}
    assert {table for table, keys in about.items() if not keys} == set(ABOUT_NOTHING_THAT_HAS_A_DIMENSION)
    strays = {
        (table, key): count
        for table, keys in about.items()
        for key in keys
        if (table, key) not in AS_THE_SOURCE_SAYS and (count := unknown(con, table, key, *KEYS[key]))
    }
    assert not strays


def test_an_area_is_of_the_level_that_its_row_says(con: DuckDBPyConnection) -> None:
    tables = [table for table, columns in columns_of_facts(con).items() if {"area_level", "area_code"} <= set(columns)]
    assert len(tables) > 15
    for table in tables:
        pairs = con.execute(
            f"SELECT DISTINCT area_level, a.level FROM marts.{table} JOIN marts.dim_area AS a USING (area_code)"
        ).fetchall()
        assert {pair for pair in pairs if pair[1] not in LEVELS[pair[0]]} == set(), table


def test_communities_and_grids_are_those_of_their_registers(con: DuckDBPyConnection) -> None:
    """`marts.dim_area` has the areas figures are summed to; a community made by a split is in its register alone."""
    found = {level: unknown(con, "fct_grid_kpi_month", "area_code", *key, only=f"f.area_level = '{level}'")
             for level, key in REGISTERS.items()}  # fmt: skip
    assert found == dict.fromkeys(REGISTERS, 0)
    levels = con.execute("SELECT DISTINCT area_level FROM marts.fct_grid_kpi_month").fetchall()
    assert {level for (level,) in levels} == set(REGISTERS)
