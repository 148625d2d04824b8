"""Processes as the kernel sees them: who holds a lock, who works on a task, who belongs to a session."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def lock_holder(lock: Path) -> int | None:
    """The process that holds a kernel lock now. Asks the kernel, for trying the lock would get into its way."""
    if not lock.exists():
        return None
    inode = lock.stat().st_ino
    for line in Path("/proc/locks").read_text().splitlines():
        _, kind, _, _, pid, place, *_ = line.replace("-> ", "").split()
        if kind == "FLOCK" and "->" not in line and int(place.rpartition(":")[2]) == inode:
            return int(pid)
    return None


def titles() -> dict[int, str]:
    """The command lines of all processes; Airflow writes into its own what each works on."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found[int(path.parent.name)] = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    return found


def about(home: Path) -> list[str]:
    """Command lines of processes that work in this home."""
    return [title for title in titles().values() if str(home) in title]


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def session_members(leaders: Iterable[int]) -> set[int]:
    """All living processes of these sessions."""
    wanted, found = set(leaders), set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, session, *_ = path.read_text().rpartition(")")[2].split()
            if int(session) in wanted and state != "Z":
                found.add(int(path.parent.name))
    return found


def send(pids: Iterable[int], what: signal.Signals) -> None:
    """One signal to each; who has ended meanwhile is passed over."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, what)
