"""What the DAGs share: assets, clock, pool, retries, and how our errors become Airflow's decisions.

An asset event is a doorbell, never the letter: Airflow 3.3 may merge events, so each run drains all that is pending.
That is enough, because Airflow keeps a bell that rings during a run and starts the next run after it.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import (
    Asset,
    AssetAny,
    AssetOrTimeSchedule,
    AssetWatcher,
    CronTriggerTimetable,
    ExceptionRetryPolicy,
    RetryAction,
    RetryRule,
    get_current_context,
)
from airflow.sdk.exceptions import AirflowSkipException

from ingestion.errors import (
    BuildFailed,
    CitypulseError,
    ContractError,
    GateBlocked,
    IntegrityError,
    NothingToDo,
    WarehouseBusy,
)
from ingestion.inbox_trigger import InboxTrigger

TIMEZONE = "Asia/Shanghai"
SWEEP = "*/10 * * * *"  # fetches what no bell announced
BUILD_SWEEP = "30 * * * *"  # builds what no bell announced, such as what landed while the build was paused
MORNING_BRIEF = "0 8 * * *"
WAREHOUSE_POOL = "warehouse"  # one slot: writers queue here politely; the kernel lock is the truth

HOPELESS = (BuildFailed, ContractError, GateBlocked, IntegrityError)
RETRIES = ExceptionRetryPolicy(
    rules=[
        RetryRule([*HOPELESS], RetryAction.FAIL, reason="the same input fails again"),
        RetryRule([WarehouseBusy, OSError], RetryAction.RETRY, timedelta(minutes=1), reason="passes by itself"),
    ]
)
TASK_DEFAULTS: dict[str, Any] = {
    "retries": 3,
    "retry_delay": timedelta(seconds=5),  # a killed task is taken up at once
    "retry_policy": RETRIES,
    "execution_timeout": timedelta(hours=3),
}
DAG_DEFAULTS: dict[str, Any] = {"catchup": False, "max_active_runs": 1}

RELEASE = Asset("release")


def landing(feed: str) -> Asset:
    """Announced when rows of a feed have landed."""
    return Asset(f"landing/{feed}")


def inbox(feed: str) -> Asset:
    """Announced by the doorbell when sealed files of a feed wait."""
    return Asset(f"inbox/{feed}", watchers=[AssetWatcher(f"inbox_{feed}", InboxTrigger(feed))])


def on_any(*assets: Asset, or_at: str) -> AssetOrTimeSchedule:
    """Wake up on any of the assets, and by the clock of the city."""
    return AssetOrTimeSchedule(
        timetable=CronTriggerTimetable(or_at, timezone=TIMEZONE),
        assets=AssetAny(*assets),
    )


@contextmanager
def task_edge(*, tells: bool = False) -> Iterator[None]:
    """Skip when there is nothing to do; let no foreign error message into the logs, for it may quote a row.

    Where others wait for what a task `tells` by its outlets, a retry with nothing to do has done it: the attempt before
    was killed between its work and its word, and a skip would leave the others waiting for the next delivery.
    """
    try:
        yield
    except NothingToDo as idle:
        if tells and get_current_context()["ti"].try_number > 1:
            return
        raise AirflowSkipException(idle.message) from None
    except (CitypulseError, OSError) as error:
        raise error from None
    except Exception as error:  # noqa: BLE001 - the edge: nothing leaves a task unchecked
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise CitypulseError(
            f"{type(error).__name__} in {place.name} ({Path(place.filename).name}, line {place.lineno}); "
            "its message is withheld because it may quote data.",
            next_step="run the same step with the `citypulse` command on the server.",
        ) from None
