"""The vault keeps each delivered file as it came, under its hash, readable by its owner alone."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import BinaryIO

from ingestion import durable
from ingestion.errors import DeliveryRefused
from ingestion.settings import Settings

CHUNK = 1 << 20
PRIVATE = 0o700


def store(settings: Settings, feed: str, source: Path) -> tuple[str, Path]:
    """Copy a delivered file into the vault. Returns (sha256 in hex, path there).

    A link or a device is never followed: DeliveryRefused (`irregular`).
    """
    folder = settings.vault / feed
    durable.make_folder(folder, PRIVATE)
    arriving = folder / f".arriving.{os.getpid()}"
    digest = hashlib.sha256()
    with (
        _open_regular(source) as stream,
        open(os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out,
    ):
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            out.write(chunk)
    final = folder / f"{digest.hexdigest()}{source.suffix.lower()}"
    durable.publish_file(arriving, final)
    return digest.hexdigest(), final


def set_aside(settings: Settings, feed: str, source: Path) -> str:
    """Move something that is no regular file out of the inbox, unopened. Returns an id made from its name."""
    folder = settings.vault / feed / "irregular"
    durable.make_folder(folder, PRIVATE)
    name_id = hashlib.sha256(f"irregular:{source.name}:{os.lstat(source).st_ctime_ns}".encode()).hexdigest()
    os.rename(source, folder / name_id[:24])
    durable.fsync_file(folder)
    return name_id


def _open_regular(source: Path) -> BinaryIO:
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise _irregular() from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _irregular()
    return open(descriptor, "rb")


def _irregular() -> DeliveryRefused:
    return DeliveryRefused(
        "irregular", "is a link, a device or not readable, not a regular file.", next_step="deliver the file itself."
    )
