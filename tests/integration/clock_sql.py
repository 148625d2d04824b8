"""The clock's own SQL, as dbt compiled it, over lives made up by a test: only the models from event to deadline."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ingestion.settings import Settings
from tests.oracle.clock import Segment
from tests.oracle.strategies import RULES, ClockLife
from warehouse.engine import connect

MODELS = (
    ("intermediate", "int_hotline_pause_changed"),
    ("intermediate", "int_hotline_clock_started"),
    ("intermediate", "int_hotline_clock_placed"),
    ("intermediate", "int_hotline_clock_shift"),
    ("marts", "fct_sla_clock"),
    ("intermediate", "int_hotline_pause"),
)
GIVEN = {
    "intermediate.int_hotline_event_changed": (
        "case_id VARCHAR, cycle_no BIGINT, event_seq BIGINT, event_type VARCHAR, occurred_at TIMESTAMP, "
        "unit_code VARCHAR, unit_level BIGINT, due_at TIMESTAMP, extension_days BIGINT, is_derived BOOLEAN"
    ),
    "intermediate.int_hotline_cycle_changed": (
        "case_id VARCHAR, platform VARCHAR, cycle_no BIGINT, opened_at TIMESTAMP, clock_started_at TIMESTAMP, "
        "is_ruled BOOLEAN, finished_at TIMESTAMP, replied_at TIMESTAMP, stated_due_at TIMESTAMP"
    ),
    "intermediate.int_hotline_register": (
        "case_id VARCHAR, request_type VARCHAR, category_name VARCHAR, urgency VARCHAR"
    ),
    "intermediate.int_hotline_case_changed": "case_id VARCHAR",
    "intermediate.int_hotline_as_of": "platform VARCHAR, as_of TIMESTAMP",
    "policy.sla_rule": (
        "sla_rule_id VARCHAR, platform VARCHAR, measure VARCHAR, unit_level INTEGER, request_type VARCHAR, "
        "category_name VARCHAR, urgency VARCHAR, value INTEGER, unit VARCHAR, start_rule VARCHAR, "
        "priority INTEGER, valid_from DATE, valid_to DATE"
    ),
}


@dataclass(frozen=True)
class Timed:
    """What the models make of one life."""

    due_at: datetime
    unextended_due_at: datetime
    segments: tuple[Segment, ...]


class ClockSql:
    """An empty warehouse of the clock's tables, with the calendar of a real build."""

    def __init__(self, folder: Path, built: Settings) -> None:
        settings = Settings(home=folder, key_file=folder / "key", memory="500MB", threads=2)
        self.connection = connect(folder / "governance.duckdb", settings=settings)
        compiled = json.loads((built.warehouse / "dbt_target" / "manifest.json").read_text("utf-8"))["nodes"]
        self.sql = {name: compiled[f"model.citypulse.{name}"]["compiled_code"] for _, name in MODELS}
        self.segments = compiled["model.citypulse.fct_sla_clock_segment"]["compiled_code"]
        execute = self.connection.execute
        execute("CREATE SCHEMA intermediate; CREATE SCHEMA marts; CREATE SCHEMA policy")
        execute(f"ATTACH '{built.warehouse_db}' AS built (READ_ONLY)")
        execute("CREATE TABLE marts.dim_date AS FROM built.marts.dim_date")
        execute("CREATE TABLE intermediate.int_working_run AS FROM built.intermediate.int_working_run")
        execute("DETACH built")
        for name, columns in GIVEN.items():
            execute(f"CREATE TABLE {name} ({columns})")
        for number, rule in enumerate(RULES):
            execute(
                "INSERT INTO policy.sla_rule VALUES (?, 'city', 'finish', NULL, NULL, ?, NULL, ?, ?, ?, 1, "
                "DATE '2000-01-01', NULL)",
                [str(number), str(number), rule.value, rule.unit, rule.start_rule],
            )

    def time(self, lives: list[ClockLife], as_of: datetime) -> list[Timed]:
        """Deadlines and segments of all lives, as of one moment."""
        for name in GIVEN:
            if name != "policy.sla_rule":
                self.connection.execute(f"DELETE FROM {name}")
        self._insert("int_hotline_as_of", [("city", as_of)])
        self._insert("int_hotline_case_changed", [(str(n),) for n in range(len(lives))])
        register = [(str(n), None, str(RULES.index(life.rule)), None) for n, life in enumerate(lives)]
        self._insert("int_hotline_register", register)
        cycles = [
            (str(n), "city", 1, life.started_at, life.started_at, True, life.finished_at, None, None)
            for n, life in enumerate(lives)
        ]
        self._insert("int_hotline_cycle_changed", cycles)
        events = [(str(n), *event) for n, life in enumerate(lives) for event in _events(life)]
        self._insert("int_hotline_event_changed", events)
        for schema, name in MODELS:
            self.connection.execute(f"CREATE OR REPLACE TABLE {schema}.{name} AS {self.sql[name]}")
        return self._read(len(lives))

    def _insert(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        slots = ", ".join("?" * len(rows[0]))
        self.connection.executemany(f"INSERT INTO intermediate.{table} VALUES ({slots})", rows)

    def _read(self, count: int) -> list[Timed]:
        dues = self.connection.execute(
            "SELECT case_id, due_at, unextended_due_at FROM marts.fct_sla_clock WHERE scope = 'case'"
        ).fetchall()
        tiles: dict[str, list[Segment]] = {str(n): [] for n in range(count)}
        rows = self.connection.execute(
            f"SELECT case_id, state, from_at, to_at FROM ({self.segments}) WHERE scope = 'case' ORDER BY from_at"
        ).fetchall()
        for case_id, state, from_at, to_at in rows:
            tiles[case_id].append(Segment(state, from_at, to_at))
        by_case = {case_id: (due_at, unextended) for case_id, due_at, unextended in dues}
        return [Timed(*by_case[str(n)], tuple(tiles[str(n)])) for n in range(count)]


def _events(life: ClockLife) -> list[tuple[Any, ...]]:
    """Rows of int_hotline_event_changed: in one second a resumption before a suspension, a request before its grant."""
    told: list[tuple[datetime, int, str, int | None]] = [(life.started_at, 4, "dispatched", None)]
    for pause in (pause for pause in life.pauses if pause.begins_at < pause.ends_at):
        told += [(pause.begins_at, 2, "suspended", None), (pause.ends_at, 1, "resumed", None)]
    for extension in life.extensions:
        told += [(extension.requested_at, 5, "extension_requested", None)]
        told += [(extension.requested_at, 6, "extension_approved", extension.days)]
    told.sort(key=lambda event: event[:2])
    return [
        (1, number, kind, moment, None, None, None, days, False)
        for number, (moment, _, kind, days) in enumerate(told, start=1)
    ]
