"""Airflow's own tables: runs, task instances and events older than ninety days go."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta

from citypulse.airflow_settings import airflow_home, environment
from ingestion.errors import CitypulseError, NothingToDo
from ingestion.settings import Settings

KEPT = timedelta(days=90)
PATIENCE_SECONDS = 1800


def clean_airflow(settings: Settings, now: datetime) -> dict[str, int]:
    """Let Airflow clean its embedded database; returns its size in KiB before and after.

    Raises NothingToDo where this home has none: another database is cleaned by its own timer (docs/operations.md).
    The file does not shrink, and need not: what comes next fills the freed pages.
    """
    database = airflow_home(settings) / "airflow.db"
    if not database.is_file():
        raise NothingToDo("This home has no embedded Airflow database.")
    before = database.stat().st_size
    command = ["airflow", "db", "clean", "--clean-before-timestamp", f"{now - KEPT:%Y-%m-%d %H:%M:%S}+08:00"]
    quietly = ["--skip-archive", "--yes", "--batch-size", "5000", "--error-on-cleanup-failure"]
    done = subprocess.run(
        [*command, *quietly],
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    if done.returncode:
        raise CitypulseError(
            f"`airflow db clean` ended with {done.returncode}.",
            next_step="run it by hand in Airflow's environment and read what it says.",
        )
    return {"kib_before": before >> 10, "kib_after": database.stat().st_size >> 10}
