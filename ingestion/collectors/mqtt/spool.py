"""The spool of a feed: lines appended and fsynced, and once it is full, sealed as a segment in the inbox.

What is written here is what may be acknowledged, so every trouble of the disk ends the collector (exit code 7).
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from ingestion import durable
from ingestion.collectors.mqtt.message import RECEIVED_AT
from ingestion.contract import Seal
from ingestion.errors import IntegrityError
from ingestion.manifest import ENDING, beside
from ingestion.settings import Settings

PREFIX = "mqtt_"
PRIVATE = 0o640  # it holds what devices wrote
CHUNK = 1 << 20


class Spool:
    """The open segment of one feed. It lies beside the inbox, on the same file system, until it is sealed."""

    def __init__(self, settings: Settings, feed: str, seal: Seal) -> None:
        self.feed = feed
        self.path = settings.collect / "mqtt" / f"{feed}.jsonl"
        self.inbox = settings.inbox / feed
        self.limits = seal
        self._descriptor: int | None = None
        self._is_torn = False
        self._opened = 0.0
        self._size = self._rows = 0
        self._digest = hashlib.sha256()

    def append(self, lines: list[bytes]) -> None:
        """Write lines and force them onto the disk. Raises IntegrityError when that fails: none may be acknowledged."""
        with _kept_on_disk(self.feed):
            if self._is_torn:
                raise OSError("an earlier write failed")
            self._is_torn = True  # until this is on disk, its last line may be half a line
            if self._descriptor is None:
                self._open()
            data = b"".join(lines)
            _write_all(self._opened_file, data)
            durable.fsync_open(self._opened_file, "spool.append")
            self._is_torn = False
        self._digest.update(data)
        self._size += len(data)
        self._rows += len(lines)

    @property
    def due_in(self) -> float | None:
        """Seconds until it must be sealed; None while it is empty."""
        if not self._rows:
            return None
        if self._size >= self.limits.bytes or self._rows >= self.limits.messages:
            return 0.0
        return max(0.0, self._opened + self.limits.seconds - time.monotonic())

    def seal(self) -> Path | None:
        """Move what is spooled into the inbox as one segment; None when there is nothing."""
        if self._descriptor is None:
            return None
        os.close(self._descriptor)
        self._descriptor = None
        with _kept_on_disk(self.feed):
            return self._deliver(self._digest.hexdigest(), self._rows)

    def recover(self) -> Path | None:
        """Seal what a killed run left. A line without its end was never acknowledged: it is cut off."""
        with _kept_on_disk(self.feed):
            self._sweep()
            if not self.path.exists():
                return None
            digest, rows = self._cut_and_count()
            if not rows:
                durable.remove_file(self.path, "spool.empty")
                return None
            return self._deliver(digest, rows)

    def _open(self) -> None:
        """A new file, its entry in the folder on disk before anything in it is acknowledged."""
        durable.make_folder(self.path.parent, durable.INTERNAL)
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, PRIVATE)
        durable.fsync_file(self.path.parent, "spool.open")
        self._opened = time.monotonic()
        self._size = self._rows = 0
        self._digest = hashlib.sha256()

    @property
    def _opened_file(self) -> int:
        assert self._descriptor is not None
        return self._descriptor

    def _deliver(self, digest: str, rows: int) -> Path:
        """The manifest comes first, so that landing never meets a segment without it; the rename seals."""
        since, until = _period(self.path)
        final = self.inbox / f"{PREFIX}{datetime.fromisoformat(since):%Y%m%dT%H%M%S}_{digest[:12]}.jsonl"
        manifest = {"rows": rows, "sha256": digest, "period": {"since": since, "until": until}}
        durable.write_file(beside(final), json.dumps(manifest).encode(), "spool.manifest", PRIVATE)
        durable.publish_file(self.path, final, "spool.seal")
        durable.fsync_file(self.path.parent, "spool.left")
        return final

    def _cut_and_count(self) -> tuple[str, int]:
        digest, rows, end = hashlib.sha256(), 0, _end_of_last_line(self.path)
        os.truncate(self.path, end)
        with self.path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                rows += chunk.count(b"\n")
        return digest.hexdigest(), rows

    def _sweep(self) -> None:
        """Clear away half-written manifests, and manifests whose segment never came."""
        for path in self.inbox.glob(f".{PREFIX}*.tmp"):
            durable.remove_file(path, "spool.sweep_half")
        for path in self.inbox.glob(f"{PREFIX}*{ENDING}"):
            if not path.with_name(path.name.removesuffix(ENDING)).exists():
                durable.remove_file(path, "spool.sweep_manifest")


@contextmanager
def _kept_on_disk(feed: str) -> Iterator[None]:
    """After a failed write or fsync nothing is known about the file any more, so nobody tries again: we stop."""
    try:
        yield
    except OSError as error:
        raise IntegrityError(
            f"{feed}: the spool cannot be written ({error.strerror or type(error).__name__}). The collector stops; "
            "what was acknowledged is on disk, and the broker keeps the rest.",
            next_step="free or repair the disk of the home, then start the collector again: it goes on from here.",
        ) from error


def _write_all(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _end_of_last_line(path: Path) -> int:
    """How many bytes whole lines take."""
    with path.open("rb") as stream:
        end = stream.seek(0, os.SEEK_END)
        while end > 0:
            begin = max(0, end - CHUNK)
            stream.seek(begin)
            if (found := stream.read(end - begin).rfind(b"\n")) >= 0:
                return begin + found + 1
            end = begin
    return 0


def _period(path: Path) -> tuple[str, str]:
    """When the first and the last message of a spool were received."""
    end = _end_of_last_line(path)
    with path.open("rb") as stream:
        first = last = stream.readline()
        begin = end - CHUNK * 4  # longer than any line
        stream.seek(max(0, begin))
        for line in stream.read(end - max(0, begin)).splitlines():
            last = line
    return tuple(str(json.loads(line)[RECEIVED_AT]) for line in (first, last))  # type: ignore[return-value]
