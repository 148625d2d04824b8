"""What the DAGs share: assets, clock, pool, retries, and how our errors become Airflow's decisions.

An asset event is a doorbell, never the letter: Airflow 3.3 may merge events, so each run drains all that is pending.
That is enough, because Airflow keeps a bell that rings during a run and starts the next run after it.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import (
    Asset,
    AssetAny,
    AssetOrTimeSchedule,
    AssetWatcher,
    CronPartitionTimetable,
    CronTriggerTimetable,
    ExceptionRetryPolicy,
    MultipleCronTriggerTimetable,
    RetryAction,
    RetryRule,
    get_current_context,
)
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference
from airflow.sdk.exceptions import AirflowSkipException

from citypulse.alerts import brief_is_late, run_failed, task_failed
from citypulse.brief_page import SIGN_OFF_HOURS
from ingestion.errors import CitypulseError, NothingToDo
from ingestion.inbox_trigger import InboxTrigger
from ingestion.settings import LOCAL_TIME
from reporting.period import Kind

TIMEZONE = LOCAL_TIME.key
NIGHT = "30 2 * * *"
BUILD_SWEEP = "30 * * * *"  # builds what no bell announced, such as what landed while the build was paused
AFTER_RELEASES = "45 * * * *"  # briefs of a release whose bell was lost
BRIEFS: dict[Kind, str] = {
    "daily": "0 8 * * *",
    "weekly": "10 8 * * 1",
    "monthly": "20 8 1 * *",
    "quarterly": "30 8 1 1,4,7,10 *",
}
SEASON_BRIEF = (8, 40)  # hour and minute of the morning after a heating season
BY_BUSINESS_DAY = CronPartitionTimetable("0 0 * * *", timezone=TIMEZONE, key_format="%Y-%m-%d")
NEVER_BY_CLOCK = datetime(2000, 1, 1, tzinfo=UTC)  # as `end_date`: the days of the timetable are for backfills alone
WAREHOUSE_POOL = "warehouse"  # one slot: writers queue here politely; the kernel lock is the truth


def _kinds(of: type[CitypulseError], *, transient: bool) -> list[type[CitypulseError]]:
    """Our errors that pass by themselves, or do not, as each says of itself. The base is neither: it hides others."""
    below = [kind for child in of.__subclasses__() for kind in [child, *_kinds(child, transient=transient)]]
    return [kind for kind in below if kind.transient == transient]


RETRIES = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            [*_kinds(CitypulseError, transient=True)],
            RetryAction.RETRY,
            timedelta(minutes=1),
            reason="passes by itself",
            match_subclasses=False,
        ),
        RetryRule(
            [*_kinds(CitypulseError, transient=False)],
            RetryAction.FAIL,
            reason="the same input fails again",
            match_subclasses=False,
        ),
        RetryRule(OSError, RetryAction.RETRY, timedelta(minutes=1), reason="passes by itself"),
    ]
)


TASK_DEFAULTS: dict[str, Any] = {
    "retries": 3,
    "retry_delay": timedelta(seconds=5),  # a killed task is taken up at once
    "retry_policy": RETRIES,
    "execution_timeout": timedelta(hours=3),
    "on_failure_callback": task_failed,
}
BRIEF_DEFAULTS: dict[str, Any] = {
    **TASK_DEFAULTS,
    "owner": "data office",
    "priority_weight": 100,  # at a full hour all feeds are swept, and leaders do not queue behind them
    "weight_rule": "absolute",
}
DAG_DEFAULTS: dict[str, Any] = {"catchup": False, "max_active_runs": 1, "on_failure_callback": run_failed}

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


def sweep(feed: str) -> str:
    """Every ten minutes, to fetch what no bell announced; not all feeds at once, or they would hold up real files."""
    return f"{crc32(feed.encode()) % 10}-59/10 * * * *"


def at(cron: str) -> CronTriggerTimetable:
    """By the clock of the city alone."""
    return CronTriggerTimetable(cron, timezone=TIMEZONE)


def morning_after(days: Iterable[date]) -> MultipleCronTriggerTimetable:
    """On the morning after each of the days, whatever the year; the task sees whether it is this year's.

    An EventsTimetable would say it better, but what Airflow 3.3.2 writes of one it cannot read again.
    """
    mornings = sorted({(day + timedelta(days=1)).timetuple()[1:3] for day in days})
    hour, minute = SEASON_BRIEF
    lines = [f"{minute} {hour} {day} {month} *" for month, day in mornings]
    return MultipleCronTriggerTimetable(*lines, timezone=TIMEZONE)


def local_day(dag_run: Any) -> date:
    """The day of the city on which a run is due."""
    moment: datetime = dag_run.run_after
    return moment.astimezone(LOCAL_TIME).date()


def late_alert(kind: Kind, minutes: int) -> DeadlineAlert:
    """Tell when a run is not over so many minutes after it was queued; experimental in Airflow 3.3, so only here.

    Not after its logical date: a run by hand may have none, and Airflow then refuses to make it.
    """
    callback = SyncCallback(brief_is_late, kwargs={"kind": kind, "minutes": minutes})
    return DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, timedelta(minutes=minutes), callback)


def sign_off(task_id: str) -> ApprovalOperator:
    """Wait until someone approves the draft that a task has told of; without an answer it is turned down."""
    told = f"ti.xcom_pull(task_ids='{task_id}')"
    return ApprovalOperator(
        task_id="sign_off",
        subject=f"{{{{ {told}['subject'] }}}}",
        body=f"{{{{ {told}['body'] }}}}",
        response_timeout=timedelta(hours=SIGN_OFF_HOURS),
        defaults=ApprovalOperator.REJECT,
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
