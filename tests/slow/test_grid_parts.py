"""What the grid sends, placed and judged delivery by delivery, comes out as placed and judged at once.

Registers change under way, and an event can come before the register that explains its code.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.slow.test_kill import citypulse

FEEDS = ("grid_event", "grid_register", "capacity_community", "grid_worker", "capacity_points_entry")
# Each home has its own key, so tokens are left out.
TABLES = {
    "staging.stg_grid_event": "*",
    "intermediate.int_grid_event_place": "*",
    "intermediate.int_grid_boundary": "grid_code, valid_from, valid_to, shape",
    "marts.fct_grid_event": "*",
    "marts.fct_grid_kpi_month": "*",
    "marts.fct_community_series": "*",
    "intermediate.int_grid_event_flagged": "*",
    "intermediate.int_grid_month": "*",
    "intermediate.int_grid_in_force": "*",
    "intermediate.int_grid_worker_in_force": "month_start, grid_code, post, street_code, is_known_grid, is_counted",
    "intermediate.int_points_line": "* exclude (account_token, rater_token)",
    "intermediate.int_points_entry": "*",
    "marts.fct_grid_load": "*",
    "marts.fct_grid_integrity": "*",
    "marts.fct_grid_item_month": "*",
    "marts.fct_points_month": "*",
    "marts.fct_points_check": "*",
    "marts.fct_kpi_value": "*",
    "marts.fct_flag": "*",
}
PARTS = 3


def done(home: Path, *arguments: str) -> None:
    finished = citypulse(home, *arguments)
    assert finished.returncode == 0, finished.stderr + finished.stdout


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same files, landed and built at once, and in parts in the order of arrival."""
    base = tmp_path_factory.mktemp("grid_parts")
    sent, at_once, in_parts = base / "sent", base / "at_once", base / "in_parts"
    done(sent, "simulate", "--days", "40", "--scale", "0.4", "--seed", "12", "--until", "2026-02-08")
    files = [path for feed in FEEDS for path in sorted((sent / "inbox" / feed).glob("*.*"))]
    (at_once / "inbox").mkdir(parents=True)
    for feed in FEEDS:
        shutil.copytree(sent / "inbox" / feed, at_once / "inbox" / feed)
        (in_parts / "inbox" / feed).mkdir(parents=True)
    done(at_once, "land")
    done(at_once, "build")
    files.sort(key=lambda path: path.name)
    for part in range(PARTS):
        for path in files[part * len(files) // PARTS : (part + 1) * len(files) // PARTS]:
            shutil.copy2(path, in_parts / "inbox" / path.parent.name / path.name)
        done(in_parts, "land")
        done(in_parts, "build")
    return at_once, in_parts


def differences(homes: tuple[Path, Path], table: str, columns: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        for name, home in zip(("whole", "parts"), homes, strict=True):
            connection.execute(f"ATTACH '{home / 'warehouse' / 'governance.duckdb'}' AS {name} (READ_ONLY)")
        return connection.execute(
            f"(SELECT 'whole', {columns} FROM whole.{table} EXCEPT ALL SELECT 'whole', {columns} FROM parts.{table}) "
            f"UNION ALL "
            f"(SELECT 'parts', {columns} FROM parts.{table} EXCEPT ALL SELECT 'parts', {columns} FROM whole.{table})"
        ).fetchmany(5)


@pytest.mark.parametrize("table", TABLES)
def test_parts_make_the_whole(homes: tuple[Path, Path], table: str) -> None:
    assert differences(homes, table, TABLES[table]) == []


def test_what_was_judged_was_there(homes: tuple[Path, Path]) -> None:
    with duckdb.connect(str(homes[1] / "warehouse" / "governance.duckdb"), read_only=True) as connection:
        flagged = connection.execute(
            "SELECT count(*) FILTER (is_near_duplicate), count(*) FILTER (is_instant_close) "
            "FROM intermediate.int_grid_event_flagged"
        ).fetchone()
        rules = {rule for (rule,) in connection.execute("SELECT DISTINCT rule_code FROM marts.fct_flag").fetchall()}
    assert flagged
    assert min(flagged) > 10
    assert {"account_overdrawn", "rated_by_oneself", "worker_in_two_grids", "worker_in_unknown_grid"} <= rules


def test_the_registers_changed_under_way_and_old_codes_were_used(homes: tuple[Path, Path]) -> None:
    with duckdb.connect(str(homes[1] / "warehouse" / "governance.duckdb"), read_only=True) as connection:
        rows = connection.execute("SELECT rule_code, count(*) FROM marts.fct_flag GROUP BY ALL").fetchall()
        changed = connection.execute(
            "SELECT count(*) FROM marts.dim_grid, (SELECT min(reported_at) AS first_at FROM marts.fct_grid_event) "
            "WHERE valid_from > first_at"
        ).fetchone()
    assert {"retired_grid_code", "unknown_grid_code", "point_outside_city"} <= {rule for rule, _ in rows}
    assert changed is not None
    assert changed[0] > 5
