"""What the gate keeps in the schema `dq`: results with their history, and the last release to compare with."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

import duckdb
from duckdb import DuckDBPyConnection

from expectations.runner import Outcome
from ingestion.settings import Settings
from warehouse.release_tables import describe, sql_text
from warehouse.serving import current_release

log = logging.getLogger(__name__)

MEANING = "发布前检查的结果，每项检查一行 / Results of the gate, one row per check"
COLUMNS = {
    "run_id": ("VARCHAR", "运行编号（即发布编号） / id of the run, that of its release"),
    "suite": ("VARCHAR", "检查组 / suite"),
    "check_id": ("VARCHAR", "检查编号 / id of the check within its suite"),
    "subject": ("VARCHAR", "被检查的表 / table that was checked"),
    "severity": ("VARCHAR", "级别：critical 阻断发布，warning 仅提示 / critical blocks the release, warning does not"),
    "success": ("BOOLEAN", "是否通过 / whether it passed"),
    "observed": ("VARCHAR", "观察到的合计（不含任何取值） / what was observed, counts only"),
    "unexpected_count": ("BIGINT", "不符合的行数 / rows that fail"),
    "element_count": ("BIGINT", "被检查的行数 / rows that were checked"),
    "meaning_zh": ("VARCHAR", "检查含义 / what must hold, in Chinese"),
    "meaning_en": ("VARCHAR", "英文检查含义 / what must hold, in English"),
    "owner_zh": ("VARCHAR", "责任单位 / who answers for it, in Chinese"),
    "owner_en": ("VARCHAR", "责任单位英文名 / who answers for it, in English"),
    "checked_at": ("TIMESTAMP", "检查时间（北京时间） / when it was checked (Beijing time)"),
}
PREVIOUS = {
    "kpi_code": "VARCHAR",
    "area_level": "VARCHAR",
    "area_code": "VARCHAR",
    "period_start": "DATE",
    "period_end": "DATE",
    "as_of": "TIMESTAMP",
    "numerator": "DECIMAL(18, 4)",
    "received_count": "BIGINT",
    "method_version": "VARCHAR",
}


@dataclass(frozen=True)
class Run:
    """One audit in the history."""

    run_id: str
    checked_at: datetime
    passed: int
    total: int
    failed_critical: int


def remember_last_release(connection: DuckDBPyConnection, settings: Settings) -> None:
    """Put the months of the release in service beside the build, so that checks can compare them in plain SQL."""
    columns = ", ".join(f"{name} {kind}" for name, kind in PREVIOUS.items())
    connection.execute("CREATE SCHEMA IF NOT EXISTS dq")
    connection.execute(f"CREATE OR REPLACE TABLE dq.previous_kpi_value ({columns})")
    release_id = current_release(settings)
    if release_id is None:
        return
    path = settings.releases / f"{release_id}.duckdb"
    try:
        connection.execute(f"ATTACH {sql_text(str(path))} AS last_release (READ_ONLY)")
        connection.execute(
            f"INSERT INTO dq.previous_kpi_value SELECT {', '.join(PREVIOUS)} FROM last_release.marts.fct_kpi_value "
            "WHERE period_grain = 'month'"
        )
        connection.execute("DETACH last_release")
    except duckdb.Error as error:  # a damaged old release must not stop a sound new one, but it must be known
        kind = type(error).__name__
        log.warning('release=%s not_compared=%s next_step="run citypulse doctor"', release_id, kind)


def store(connection: DuckDBPyConnection, run_id: str, checked_at: datetime, outcomes: list[Outcome]) -> None:
    """Write the results of this run in place of earlier ones of the same build; other runs stay as history."""
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in COLUMNS.items())
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS dq; CREATE TABLE IF NOT EXISTS dq.check_result ({columns})")
    meanings = {name: meaning for name, (_, meaning) in COLUMNS.items()}
    describe(connection, "dq.check_result", MEANING, meanings)
    rows = [_row(run_id, checked_at, outcome) for outcome in outcomes]
    connection.execute("BEGIN")
    connection.execute("DELETE FROM dq.check_result WHERE run_id = ?", [run_id])
    connection.executemany(f"INSERT INTO dq.check_result VALUES ({', '.join('?' * len(COLUMNS))})", rows)
    connection.execute("COMMIT")


def history(connection: DuckDBPyConnection, runs: int = 20) -> list[Run]:
    """The latest runs, oldest first."""
    rows = connection.execute(
        "SELECT run_id, max(checked_at) AS checked_at, count(*) FILTER (success), count(*), "
        "count(*) FILTER (severity = 'critical' AND NOT success) "
        f"FROM dq.check_result GROUP BY run_id ORDER BY checked_at DESC, run_id DESC LIMIT {runs}"
    ).fetchall()
    return [Run(*row) for row in reversed(rows)]


def _row(run_id: str, checked_at: datetime, outcome: Outcome) -> list[object]:
    suite, check = outcome.suite, outcome.check
    return [
        *(run_id, suite.suite, check.id, outcome.table, check.severity, outcome.success, outcome.observed),
        *(outcome.unexpected_count, outcome.element_count, check.meaning_zh, check.meaning_en),
        *(suite.owner_zh, suite.owner_en, checked_at),
    ]
