"""What the DAGs share: assets, clock, pool, retries, and how our errors become Airflow's decisions.

An asset event is a doorbell, never the letter: Airflow 3.3 may merge events, so each run drains all that is pending.
That is enough, because Airflow keeps a bell that rings during a run and starts the next run after it.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import (
    Asset,
    AssetAny,
    AssetOrTimeSchedule,
    AssetWatcher,
    CronPartitionTimetable,
    CronTriggerTimetable,
    ExceptionRetryPolicy,
    RetryAction,
    RetryRule,
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
MORNING_BUILD = "30 6 * * *"
MORNING_BRIEF = "0 8 * * *"
BY_BUSINESS_DAY = CronPartitionTimetable("0 0 * * *", timezone=TIMEZONE, key_format="%Y-%m-%d")
NEVER_BY_CLOCK = datetime(2000, 1, 1, tzinfo=UTC)  # as `end_date`: the days of the timetable are for backfills alone
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
    "retry_delay": timedelta(seconds=20),
    "retry_policy": RETRIES,
    "execution_timeout": timedelta(hours=3),
}
DAG_DEFAULTS: dict[str, Any] = {"catchup": False, "max_active_runs": 1}

RELEASE = Asset("release")


def landing(feed: str) -> Asset:
    """Announced when rows of a feed have landed."""
    return Asset(f"landing/{feed}")


def business_day(feed: str) -> Asset:
    """Announced with the business days of which rows of a feed have landed, each a partition YYYY-MM-DD of this asset.

    For the Airflow UI and for partitioned DAGs of a city's own; ours need none of it (docs/decisions/0012).
    """
    return Asset(f"business_day/{feed}")


def announce(event: Any, days: list[str]) -> None:
    """Give an asset event its days as partitions. Raises NothingToDo when nothing landed: then there is no event."""
    if not days:
        raise NothingToDo("No row landed, so no business day is announced.")
    event.add_partitions(days)


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
def task_edge() -> Iterator[None]:
    """Skip when there is nothing to do; let no foreign error message into the logs, for it may quote a row."""
    try:
        yield
    except NothingToDo as idle:
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
