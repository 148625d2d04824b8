"""A day damaged in the warehouse is computed anew, and no other; a release comes out again, cell by cell."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from citypulse.backfill import recompute
from citypulse.due import build_what_is_due
from citypulse.replay import replay
from expectations.gate import audit
from ingestion.drain import land_all
from ingestion.durable import exclusive
from ingestion.errors import IntegrityError, NothingToDo
from ingestion.settings import Settings
from simulator.simulate import simulate
from warehouse.build import build
from warehouse.engine import connect
from warehouse.release import publish

DAY, OTHER_DAY = date(2026, 1, 28), date(2026, 1, 25)
MONTH = "month_start = date_trunc('month', DATE '{day}')"
CASES = "case_id IN (SELECT case_id FROM marts.fct_case WHERE received_at::DATE = '{day}')"
EVENTS = "event_no IN (SELECT event_no FROM staging.stg_grid_event WHERE reported_at::DATE = '{day}')"
GRIDS = (
    "grid_code IN (SELECT coalesce(resolved_grid_code, grid_code) FROM intermediate.int_grid_event_place "
    "WHERE reported_date = '{day}') AND " + MONTH
)
MEASURED, BOOKED = "measured_date = '{day}'", "booked_at::DATE = '{day}'"
# Which rows of every table that is not made anew as a whole belong to a day.
ROWS = {
    "staging.stg_grid_event": "reported_at::DATE = '{day}'",
    "staging.stg_capacity_points_entry": BOOKED,
    "intermediate.int_grid_event_place": EVENTS,
    "intermediate.int_grid_event_flagged": EVENTS,
    "intermediate.int_grid_in_force": MONTH,
    "intermediate.int_grid_worker_in_force": MONTH,
    "intermediate.int_grid_month": GRIDS,
    "intermediate.int_heating_cold_run": MEASURED,
    "intermediate.int_heating_missing_day": MEASURED,
    "intermediate.int_heating_point_day_again": MEASURED,
    "intermediate.int_heating_point_day_expected": MEASURED,
    "intermediate.int_heating_point_day_first": MEASURED,
    "intermediate.int_heating_point_day_still": MEASURED,
    "intermediate.int_hotline_cycle": CASES,
    "intermediate.int_hotline_matter": CASES,
    "intermediate.int_hotline_pause": CASES,
    "intermediate.int_hotline_register": CASES,
    "intermediate.int_points_entry": BOOKED,
    "intermediate.int_points_line": BOOKED,
    "marts.fct_backlog_age": "date_day = '{day}'",
    "marts.fct_callback": CASES,
    "marts.fct_case": "received_at::DATE = '{day}'",
    "marts.fct_case_day": "date_day = '{day}'",
    "marts.fct_case_event": CASES,
    "marts.fct_case_unit": CASES,
    "marts.fct_grid_event": EVENTS,
    "marts.fct_grid_integrity": MONTH,
    "marts.fct_grid_kpi_month": MONTH,
    "marts.fct_grid_load": MONTH,
    "marts.fct_heating_day": MEASURED,
    "marts.fct_heating_refund_exposure": MEASURED,
    "marts.fct_heating_station_day": MEASURED,
    "marts.fct_kpi_cell": "period_grain = 'day' AND period_start = '{day}'",
    "marts.fct_points_month": MONTH,
    "marts.fct_sla_clock": CASES,
    "marts.kpi_grid_integrity": "date_trunc('month', period_date) = date_trunc('month', DATE '{day}')",
    "marts.kpi_hotline": "period_date = '{day}'",
}
LEDGERS = {f"intermediate.int_{domain}_batch_taken" for domain in ("grid", "heating", "hotline")}
BY_REGISTER = {"intermediate.int_grid_boundary"}  # made anew as a whole with every delivery of the register
LEFT_ALONE = "marts.fct_heating_station_day"  # day by day, and nothing of another day comes into it


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """Two releases, the second built on top of the first."""
    settings = Settings(home=tmp_path / "home", key_file=tmp_path / "key.json", memory="1GB")
    for days, until in ((6, date(2026, 1, 28)), (1, date(2026, 1, 29))):
        simulate(settings, days=days, seed=7, until=until, scale=0.05)
        land_all(settings)
        build(settings)
        release(settings)
    return settings


def release(settings: Settings) -> str:
    report = audit(settings)
    return publish(settings, checks_passed=report.passed, checks_total=report.total).release_id


def incremental(settings: Settings) -> set[str]:
    manifest = json.loads((settings.warehouse / "dbt_target" / "manifest.json").read_text(encoding="utf-8"))
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    kept = {"incremental", "by_day"}
    return {f"{m['schema']}.{m['alias']}" for m in models if m["config"]["materialized"] in kept}


def damage(settings: Settings, truth: Path, table: str, rows: str) -> int:
    """Of these rows delete every third, write every other third twice, and spoil a value of the rest."""
    named = rows.replace("FROM ", "FROM truth.")  # what belongs to a day is asked of the sound warehouse
    with connect(settings.warehouse_db, settings=settings) as connection:
        connection.execute(f"ATTACH '{truth}' AS truth (READ_ONLY)")
        connection.execute(
            "CREATE TEMP TABLE hit AS SELECT row_number() OVER () % 3 AS part, row_id "
            f"FROM (SELECT rowid AS row_id FROM {table} WHERE {named})"
        )
        hit = "rowid IN (SELECT row_id FROM hit WHERE part = {})"
        columns = connection.execute(
            "SELECT column_name FROM duckdb_columns() WHERE database_name = current_database() "
            f"AND schema_name || '.' || table_name = '{table}' AND data_type IN ('BIGINT', 'INTEGER', 'BOOLEAN') "
            "AND NOT regexp_matches(column_name, '_seq$|_no$')"
        ).fetchall()
        for (column,) in columns[-1:]:
            connection.execute(f'UPDATE {table} SET "{column}" = NULL WHERE {hit.format(2)}')
        connection.execute(f"INSERT INTO {table} SELECT * FROM {table} WHERE {hit.format(0)}")
        connection.execute(f"DELETE FROM {table} WHERE {hit.format(1)}")
        found = connection.execute("SELECT count(*) FROM hit").fetchone()
        return found[0] if found else 0


def unlike(settings: Settings, truth: Path, table: str, rows: str = "TRUE") -> int:
    """How many rows stand only here, or only there."""
    with connect(settings.warehouse_db, settings=settings, read_only=True) as connection:
        connection.execute(f"ATTACH '{truth}' AS truth (READ_ONLY)")
        here, there = f"FROM {table} WHERE {rows}", f"FROM truth.{table} WHERE {rows}"
        counts = connection.execute(
            f"SELECT (SELECT count(*) FROM (SELECT * {here} EXCEPT ALL SELECT * {there})) + "
            f"(SELECT count(*) FROM (SELECT * {there} EXCEPT ALL SELECT * {here}))"
        ).fetchone()
        return counts[0] if counts else 0


def test_a_day_is_computed_anew_and_the_release_of_it_is_replayed(home: Settings, tmp_path: Path) -> None:
    assert incremental(home) == {*ROWS, *LEDGERS, *BY_REGISTER}, "say which rows of a new table belong to a day"
    with pytest.raises(NothingToDo):
        build_what_is_due(home, patience=0)
    truth = tmp_path / "truth.duckdb"
    shutil.copyfile(home.warehouse_db, truth)
    hits = {table: damage(home, truth, table, rows.format(day=DAY)) for table, rows in ROWS.items()}
    assert sum(count >= 3 for count in hits.values()) > 25, "damage that is none proves nothing"
    other = ROWS[LEFT_ALONE].format(day=OTHER_DAY)
    with connect(home.warehouse_db, settings=home) as connection:
        connection.execute(f"UPDATE {LEFT_ALONE} SET stop_count = stop_count + 1 WHERE {other}")

    recompute(home, DAY, DAY)
    build_what_is_due(home, patience=0)
    found = {t: unlike(home, truth, t, f"NOT ({other})" if t == LEFT_ALONE else "TRUE") for t in ROWS}
    assert {table: rows for table, rows in found.items() if rows} == {}
    assert unlike(home, truth, LEFT_ALONE, other) >= 3, "another day was computed as well"

    with connect(home.warehouse_db, settings=home) as connection:
        connection.execute(f"UPDATE {LEFT_ALONE} SET stop_count = stop_count - 1 WHERE {other}")
        connection.execute(f"UPDATE marts.fct_backlog_age SET open_p50_workdays = -1 WHERE date_day = '{DAY}'")
    release_id = release(home)
    with exclusive(home.locks / "warehouse.lock", "The warehouse"):  # a live build at work
        report = replay(home, release_id=release_id)
    spoiled, summed = report.differing
    assert summed.table == "marts.fct_heating_enterprise_season", "made while the other day was damaged"
    rows = spoiled.changed
    assert (spoiled.table, spoiled.columns) == ("marts.fct_backlog_age", {"open_p50_workdays": rows})
    assert rows == spoiled.only_published == spoiled.only_replayed > 0
    assert report.other_code == ""
    assert not (home.work / "replay").exists()
    with pytest.raises(IntegrityError, match=rf"{release_id} does not come out again: marts\.fct_backlog_age"):
        report.check()
