"""The vault keeps each delivered file as it came, under its hash, readable by its owner alone."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ingestion import durable
from ingestion.errors import DeliveryRefused
from ingestion.settings import Settings
from ingestion.sighting import plain_suffix

CHUNK = 1 << 20
PRIVATE = 0o700
if TYPE_CHECKING:
    from hashlib import _Hash as Digest

    from ingestion.receipts import Receipt

ARRIVING = ".arriving."
REDACTED = ".redacted-"  # <sha256 as delivered>.redacted-<sha256 as it is>: somebody was cut out of it


def store(
    settings: Settings, feed: str, source: Path, watch: Callable[[bytes], None] = lambda chunk: None
) -> tuple[str, Path]:
    """Copy a delivered file into the vault. Returns (sha256 in hex, path there). `watch` sees every chunk go by.

    A link or a device is never followed: DeliveryRefused (`irregular`). What may not be read: `unreadable_file`.
    """
    folder = settings.vault / feed
    durable.make_folder(folder, PRIVATE)
    arriving = folder / f"{ARRIVING}{os.getpid()}"
    digest = hashlib.sha256()
    with (
        _open_regular(source) as stream,
        open(os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out,
        ThreadPoolExecutor(1) as beside,
    ):
        kept: Future[None] | None = None
        while chunk := _read(stream):
            watch(chunk)
            if kept:
                kept.result()
            kept = beside.submit(_keep, chunk, digest, out)  # on another core, while this one reads the next
        if kept:
            kept.result()
    final = folder / f"{digest.hexdigest()}{plain_suffix(source.name)}"
    durable.publish_file(arriving, final, "vault.original")
    return digest.hexdigest(), final


def _keep(chunk: bytes, digest: Digest, out: BinaryIO) -> None:
    digest.update(chunk)
    out.write(chunk)


def sweep(settings: Settings, feed: str) -> int:
    """Remove what killed runs had begun to copy; who holds the feed's lock is its only run. Returns how many."""
    dead = list((settings.vault / feed).glob(f"{ARRIVING}*"))
    for path in dead:
        durable.remove_file(path, "vault.sweep")
    return len(dead)


def keep_redacted(settings: Settings, feed: str, original: Path) -> None:
    """Of bytes that came again, keep what stands in their place since somebody was cut out of them."""
    name = original.name.partition(".")[0]
    if any((settings.vault / feed).glob(f"{name}{REDACTED}*")):
        durable.remove_file(original, "privacy.original_again")


def is_zip_clean(settings: Settings, feed: str, receipts: Iterable[Receipt]) -> bool:
    """Whether each file that landed of a zip is still whole: nobody can be cut out of a zip, so it must go if not."""
    landed = {receipt.batch_id for receipt in receipts if receipt.status in ("landed", "duplicate")}
    names = [path.name for batch in landed for path in (settings.vault / feed).glob(f"{batch}*")]
    return len(names) >= len(landed) and not any(REDACTED in name for name in names)


def irregular_id(source: Path) -> str:
    """An id for what is no regular file, or cannot be read: of its name and its time of change."""
    seen = os.fsencode(f"irregular:{source.name}:{os.lstat(source).st_ctime_ns}")
    return hashlib.sha256(seen).hexdigest()


def set_aside(settings: Settings, feed: str, source: Path, name_id: str) -> None:
    """Move what is no regular file, or cannot be read, out of the inbox, unopened."""
    folder = settings.vault / feed / "irregular"
    durable.make_folder(folder, PRIVATE)
    durable.move(source, folder / name_id[:24], "vault.irregular")


def _open_regular(source: Path) -> BinaryIO:
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise _irregular() if error.errno in (errno.ELOOP, errno.ENXIO) else _unreadable() from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _irregular()
    return open(descriptor, "rb")


def _read(stream: BinaryIO) -> bytes:
    try:
        return stream.read(CHUNK)
    except OSError as error:
        raise _unreadable() from error


def _irregular() -> DeliveryRefused:
    return DeliveryRefused(
        "irregular", "is a link or a device, not a regular file.", next_step="deliver the file itself."
    )


def _unreadable() -> DeliveryRefused:
    step = "let the sender give citypulse the right to read it, or look at the disk; deliver it again."
    return DeliveryRefused("unreadable_file", "may not or cannot be read.", next_step=step)
