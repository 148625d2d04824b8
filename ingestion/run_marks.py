"""What is at work now: a file for each run, under a kernel lock as long as its process lives.

One that lies there without a lock belonged to a process that was killed.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ingestion.durable import INTERNAL, discard, make_folder
from ingestion.run_record import Run, read_line, to_line

A_MOMENT = 60.0  # seconds; between making a mark and naming it lies none


class Mark:
    """The file of one run, from `Mark(...)` to `clear()`."""

    def __init__(self, folder: Path, run: Run) -> None:
        make_folder(folder.parent, INTERNAL)
        make_folder(folder, INTERNAL)
        hidden, self._path = folder / f".{run.run_id}.json", folder / f"{run.run_id}.json"
        self._descriptor = os.open(hidden, os.O_WRONLY | os.O_CREAT, 0o640)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)  # before it has its name: nobody may take it for a killed one
        os.write(self._descriptor, to_line(run))
        hidden.replace(self._path)  # for people alone: needs no fsync

    def clear(self) -> None:
        discard(self._path)
        os.close(self._descriptor)


def at_work(folder: Path) -> list[Run]:
    """The runs whose process lives, oldest first."""
    found = []
    for path in _marks(folder):
        try:
            with path.open("rb") as stream:
                run = read_line(stream.read())
                if run and not _can_lock(stream.fileno(), fcntl.LOCK_SH):
                    found.append(run)
        except FileNotFoundError:
            continue  # it has ended meanwhile
    return sorted(found, key=lambda run: run.started_at)


def bury_the_killed(folder: Path, write: Callable[[Run], None]) -> None:
    """Hand each run whose process is gone to `write`, and forget it; how long it ran nobody knows."""
    for half in folder.glob(".*.json"):  # killed before its mark had a name
        with suppress(FileNotFoundError):
            if time.time() - half.lstat().st_mtime > A_MOMENT:
                discard(half)
    for path in _marks(folder):
        try:
            with path.open("rb") as stream:
                if not _can_lock(stream.fileno(), fcntl.LOCK_EX) or not path.exists():
                    continue  # at work, or buried by another process between our two looks
                if run := read_line(stream.read()):
                    run.outcome = "killed"
                    write(run)
                discard(path)
        except FileNotFoundError:
            continue


def _marks(folder: Path) -> list[Path]:
    return sorted(folder.glob("[!.]*.json"))


def _can_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
