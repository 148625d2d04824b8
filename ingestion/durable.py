"""Files that survive a power cut: written beside, fsynced, renamed, and the folder fsynced."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingestion.errors import WarehouseBusy


def fsync_file(path: Path) -> None:
    """Force a file's bytes, or a folder's entries, onto the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


INTERNAL = 0o750  # landing, quarantine, receipts and warehouse are for the staff; only releases are for everyone


def make_folder(path: Path, mode: int = 0o755) -> None:
    """Create a folder and its parents; each new entry is made durable."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(mode=mode, exist_ok=True)
    fsync_file(path.parent)


def publish_file(temporary: Path, final: Path) -> None:
    """Give a finished temporary file its name: whole under `final`, or not there at all."""
    fsync_file(temporary)
    os.replace(temporary, final)
    fsync_file(final.parent)


def write_file(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write `data` to `path` atomically and durably."""
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
    publish_file(temporary, path)


def remove_file(path: Path) -> None:
    """Delete a file and make the deletion durable; a file already gone is fine."""
    path.unlink(missing_ok=True)
    if path.parent.is_dir():
        fsync_file(path.parent)


@contextmanager
def exclusive(lock: Path, what: str) -> Iterator[None]:
    """Hold a kernel lock for the block; it is released by the kernel even after a kill.

    Raises WarehouseBusy naming the process that holds it.
    """
    make_folder(lock.parent)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            raise WarehouseBusy(
                f"{what} is being written by process {holder}.", next_step="wait until it ends, then run again."
            ) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        os.close(descriptor)
