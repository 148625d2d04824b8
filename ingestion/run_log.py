"""What each run did: a line of JSON for every step that had something to do; names, counts and seconds, never a value.

The lines of a month lie in `logs/runs/<month>.jsonl` of the home. A step that finds nothing to do leaves none, so a
sweep every ten minutes does not bury what happened.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from ingestion.durable import INTERNAL, make_folder
from ingestion.errors import CitypulseError, NothingToDo
from ingestion.settings import Settings

LOCAL_TIME = ZoneInfo("Asia/Shanghai")


@dataclass
class Run:
    """One run of one step. `outcome` is `done` or `failed`; `error` names a class and, where there is one, a rule.

    `started_at` is local time, `counts` whatever the step counts: rows, batches, models, checks.
    """

    run_id: str
    step: str
    feed: str
    started_at: str
    seconds: float = 0.0
    outcome: str = "done"
    error: str = ""
    release_id: str = ""
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, **counts: int) -> None:
        """Note what the step has counted so far."""
        self.counts.update(counts)


@contextmanager
def logged(settings: Settings, step: str, feed: str = "") -> Iterator[Run]:
    """Log the block as one run, also when it fails; NothingToDo leaves no line."""
    started = time.monotonic()
    now = datetime.now(LOCAL_TIME).replace(tzinfo=None, microsecond=0)
    run = Run(uuid4().hex[:12], step, feed, now.isoformat(sep=" "))
    try:
        yield run
    except NothingToDo:
        raise
    except BaseException as error:
        run.outcome, run.error = "failed", _name(error)
        _write(settings, run, started)
        raise
    _write(settings, run, started)


def _name(error: BaseException) -> str:
    """Its class and rule; its message may quote a row, unless it is one of ours."""
    rule = getattr(error, "rule", "") if isinstance(error, CitypulseError) else ""
    return f"{type(error).__name__} {rule}".strip()


def _write(settings: Settings, run: Run, started: float) -> None:
    run.seconds = round(time.monotonic() - started, 3)
    folder = settings.logs / "runs"
    make_folder(folder, INTERNAL)
    line = json.dumps(asdict(run), ensure_ascii=False) + "\n"
    descriptor = os.open(folder / f"{run.started_at[:7]}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        os.write(descriptor, line.encode())  # one write, so that processes do not mix their lines
    finally:
        os.close(descriptor)
