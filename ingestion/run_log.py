"""What each run did: a line of JSON for every step that had something to do; names, counts and seconds, never a value.

The lines of a month lie in `logs/runs/<month>.jsonl` of the home. A step that finds nothing to do leaves none, so a
sweep every ten minutes does not bury what happened. What is at work shows in `logs/runs/now/`; a run that was killed
is written down by the next one that starts.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from ingestion import lineage
from ingestion.durable import INTERNAL, make_folder
from ingestion.errors import CitypulseError, NothingToDo
from ingestion.run_marks import Mark, at_work, bury_the_killed
from ingestion.run_record import Run, read_line, to_line
from ingestion.settings import LOCAL_TIME, Settings, started_by

log = logging.getLogger(__name__)


class LiveRun(Run):
    """A run at work. What it reads and writes does not stand in the log: it is for the lineage."""

    def __init__(self, step: str, feed: str) -> None:
        self.uuid = uuid4()
        self.began = datetime.now(LOCAL_TIME)
        started_at = self.began.replace(tzinfo=None, microsecond=0).isoformat(sep=" ")
        super().__init__(self.uuid.hex[:12], step, feed, started_at, started_by=started_by())
        self.inputs: list[lineage.Dataset] = []
        self.outputs: list[lineage.Dataset] = []


@dataclass(frozen=True)
class History:
    """Runs, newest first, and how many lines of the files that were read are torn or not ours."""

    runs: list[Run]
    unreadable: int


@contextmanager
def logged(settings: Settings, step: str, feed: str = "") -> Iterator[LiveRun]:
    """Log the block as one run, also when it fails; NothingToDo leaves no line.

    Raises ContractError when lineage is wanted and cannot be written. A log that cannot be written is told of, and
    costs no work.
    """
    lineage.check(settings)
    run, started = LiveRun(step, feed), time.monotonic()
    mark = _begin(settings, run)
    try:
        yield run
    except NothingToDo:
        raise
    except BaseException as error:
        run.outcome, run.error = "failed", _name(error)
        run.count(**getattr(error, "counts", {}))
        _end(settings, run, started)
        raise
    else:
        _end(settings, run, started)
    finally:
        if mark:
            mark.clear()


def recent(settings: Settings, limit: int = 20) -> list[Run]:
    """The last runs, newest first."""
    return history(settings, limit=limit).runs


def history(settings: Settings, since: datetime | None = None, limit: int | None = None) -> History:
    """The runs since a moment of local time, or the last ones, or all."""
    begin = since.isoformat(sep=" ") if since else ""
    runs: list[Run] = []
    unreadable = 0
    for path in sorted(_folder(settings).glob("*.jsonl"), reverse=True):
        if path.stem < begin[:7] or (limit is not None and len(runs) >= limit):
            break
        found = [read_line(line) for line in path.read_bytes().splitlines()]
        unreadable += found.count(None)
        wanted = [run for run in reversed(found) if run and run.started_at >= begin]
        runs += sorted(wanted, key=lambda run: run.started_at, reverse=True)
    return History(runs[:limit], unreadable)


def running(settings: Settings) -> list[Run]:
    """The runs at work at this moment, oldest first."""
    return at_work(_folder(settings) / "now")


def _folder(settings: Settings) -> Path:
    return settings.logs / "runs"


def _name(error: BaseException) -> str:
    """Its class and rule; its message may quote a row, unless it is one of ours."""
    rule = getattr(error, "rule", "") if isinstance(error, CitypulseError) else ""
    return f"{type(error).__name__} {rule}".strip()


def _begin(settings: Settings, run: Run) -> Mark | None:
    folder = _folder(settings) / "now"
    try:
        bury_the_killed(folder, lambda killed: _write(settings, killed))
        return Mark(folder, run)
    except OSError as error:
        _regret(run, error)
        return None


def _end(settings: Settings, run: LiveRun, started: float) -> None:
    run.seconds = round(time.monotonic() - started, 3)
    try:
        _write(settings, run)
    except OSError as error:
        _regret(run, error)
    lineage.tell(settings, lineage.job_of(run))


def _regret(run: Run, error: OSError) -> None:
    log.warning("step=%s feed=%s run=%s not_logged=%s", run.step, run.feed, run.run_id, type(error).__name__)


def _write(settings: Settings, run: Run) -> None:
    make_folder(_folder(settings), INTERNAL)
    path = _folder(settings) / f"{run.started_at[:7]}.jsonl"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        size = os.fstat(descriptor).st_size
        is_torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"  # a full disk or a power cut ended a line
        os.write(descriptor, b"\n" * is_torn + to_line(run))  # one write, so that processes do not mix their lines
    finally:
        os.close(descriptor)
