"""Files that survive a power cut: written beside, fsynced, renamed, and the folder fsynced.

Every change of the file system that something later rests on goes through here, and each carries the literal name of
its `point`: the fault harness (tests/reliability) finds the points in the source and kills a run at every one of them.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ingestion.errors import ContractError, WarehouseBusy

INTERNAL = 0o750  # landing, quarantine, receipts and warehouse are for the staff; only releases are for everyone
# Where each change can be interrupted, in this order: a run can die before and after whatever the disk is asked to do.
STEPS = {
    "fsync_file": ("sync", "synced"),
    "fsync_open": ("sync", "synced"),
    "publish_file": ("sync", "rename", "renamed", "durable"),
    "write_file": ("sync", "rename", "renamed", "durable"),
    "move": ("rename", "renamed", "durable"),
    "link": ("link", "linked"),
    "swap_link": ("rename", "renamed", "durable"),
    "remove_file": ("unlink", "unlinked", "durable"),
    "remove_folder": ("remove", "removed"),
    "crashpoint": ("",),
}
_visit: Callable[[str], None] | None = None


def crashpoint(point: str) -> None:
    """A moment at which a run may be killed and nothing may be lost; does nothing unless the fault harness watches."""
    if _visit is not None:
        _visit(point)


def watch(visit: Callable[[str], None] | None) -> None:
    """Let `visit` hear of every point this process comes by. No setting does this: only a test can."""
    global _visit
    _visit = visit


def fsync_file(path: Path, point: str) -> None:
    """Force a file's bytes, or a folder's entries, onto the disk."""
    crashpoint(f"{point}/sync")
    _fsync(path)
    crashpoint(f"{point}/synced")


def fsync_open(descriptor: int, point: str) -> None:
    """Force what was written to an open file onto the disk."""
    crashpoint(f"{point}/sync")
    os.fsync(descriptor)
    crashpoint(f"{point}/synced")


def make_folder(path: Path, mode: int = 0o755) -> None:
    """Create a folder and its parents; each new entry is made durable. Nothing rests on an empty folder."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(mode=mode, exist_ok=True)
    _fsync(path.parent)


def publish_file(temporary: Path, final: Path, point: str) -> None:
    """Give a finished temporary file its name: whole under `final`, or not there at all."""
    crashpoint(f"{point}/sync")
    _fsync(temporary)
    move(temporary, final, point)


def write_file(path: Path, data: bytes, point: str, mode: int = 0o644) -> None:
    """Write `data` to `path` atomically and durably."""
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
    publish_file(temporary, path, point)


def own_temporary(final: Path) -> Path:
    """A name beside `final` for this process alone; what processes that are gone left under theirs is removed first."""
    for left in final.parent.glob(f".{final.name}.*.tmp"):
        if not _lives(left.name.split(".")[-2]):
            discard(left)
    return final.with_name(f".{final.name}.{os.getpid()}.tmp")


def move(source: Path, target: Path, point: str) -> None:
    """Rename what needs no fsync of its own, and make its new place durable; replaces what has that name."""
    crashpoint(f"{point}/rename")
    os.replace(source, target)
    crashpoint(f"{point}/renamed")
    _fsync(target.parent)
    crashpoint(f"{point}/durable")


def link(source: Path, target: Path, point: str) -> None:
    """A second name for a file; unlike a rename it never replaces. Raises FileExistsError. The caller fsyncs."""
    crashpoint(f"{point}/link")
    os.link(source, target)
    crashpoint(f"{point}/linked")


def swap_link(name: Path, aim: Path, point: str) -> None:
    """Let the symbolic link `name` point to `aim`: at any moment it points to the old or to the new."""
    temporary = name.with_name(f".{name.name}.tmp")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(aim)
    move(temporary, name, point)


def remove_file(path: Path, point: str) -> None:
    """Delete a file and make the deletion durable; a file already gone is fine."""
    crashpoint(f"{point}/unlink")
    path.unlink(missing_ok=True)
    crashpoint(f"{point}/unlinked")
    if path.parent.is_dir():
        _fsync(path.parent)
    crashpoint(f"{point}/durable")


def remove_folder(path: Path, point: str) -> None:
    """Delete a folder that was in service; one already gone is fine. What a kill leaves of it, the next run removes."""
    crashpoint(f"{point}/remove")
    shutil.rmtree(path, ignore_errors=True)
    crashpoint(f"{point}/removed")


def discard(path: Path) -> None:
    """Delete scratch, a file or a folder, on which nothing rests; what cannot be deleted stays for the next run."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def discard_halves(folder: Path) -> None:
    """Delete what kills left half-written in a folder; call under the lock of who writes there."""
    for half in folder.glob(".*.tmp"):
        discard(half)


@contextmanager
def exclusive(lock: Path, what: str, patience: float = 0.0) -> Iterator[None]:
    """Hold a kernel lock for the block, waited for up to `patience` seconds; the kernel releases it even after a kill.

    Raises WarehouseBusy naming the process that holds it.
    """
    make_folder(lock.parent)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    deadline = time.monotonic() + patience
    try:
        while not _is_locked(descriptor):
            if time.monotonic() >= deadline:
                holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
                raise WarehouseBusy(
                    f"{what} is being written by process {holder}.", next_step="wait until it ends, then run again."
                )
            time.sleep(0.05)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int) -> bool:
    """Whether the lock is ours now."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lives(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True  # another account's
    return True


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_output(path: Path, home: Path, what: str) -> None:
    """Raises ContractError for a file that is asked for inside the home, or in a folder that is not there.

    `what` begins the sentence: "Rows of single cases are".
    """
    if path.resolve().is_relative_to(home.resolve()):
        raise ContractError(
            f"{what} not written into the home, where others read.",
            next_step="name a file in a folder of your own.",
        )
    if not path.parent.is_dir():
        raise ContractError(f"There is no folder {path.parent}.", next_step="make it first, or mend its name.")
