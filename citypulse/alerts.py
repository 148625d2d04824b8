"""What Airflow calls when something went wrong for good, or takes too long: each tells the webhook."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from citypulse import notices
from citypulse.notices import notice_of
from citypulse.notify import notify
from reporting.period import Kind

log = logging.getLogger(__name__)


def task_failed(context: Mapping[str, Any]) -> None:
    """Tell of a task that will not be tried again; Airflow calls this after the last attempt only."""
    task = context["ti"]
    notify(notice_of(context.get("exception"), f"{task.dag_id}.{task.task_id}"))


def run_failed(context: Mapping[str, Any]) -> None:
    """Tell of a run that ended badly without a task that failed, for of such a task `task_failed` has told."""
    if context.get("reason") != "task_failure":
        notify(notices.run_failed(context["dag"].dag_id, str(context.get("reason"))))


def brief_is_late(kind: Kind, minutes: int, context: Any = None) -> None:
    """What a missed deadline calls, in a process of the executor."""
    log.warning("brief=late kind=%s minutes=%d", kind, minutes)
    notify(notices.brief_late(kind, minutes))
