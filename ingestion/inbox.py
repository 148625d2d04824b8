"""The inbox, the one door: which delivered files are sealed, and therefore may be read.

A file is sealed when its `.ok` sentinel or its manifest is there; without one, when nothing about it has changed for
a moment and its end is complete. The change time of the file answers "unchanged" without any memory of earlier looks
(see docs/decisions/0002-sealing-by-change-time.md).
"""

from __future__ import annotations

import fnmatch
import os
import stat
import struct
import time
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from ingestion.contract import Contract, load_contracts
from ingestion.manifest import ENDING, beside, is_readable, lies_there
from ingestion.readers.sniff import is_whole_workbook
from ingestion.settings import Settings
from ingestion.sighting import Mark, mark, mark_of, printable

SETTLE_SECONDS = 1.0
SAME_MOMENT = 5_000_000_000  # nanoseconds: our collectors rename a segment after its manifest, and a disk may be slow
GROWING = "its manifest changed a moment ago"
COMPANIONS = (".ok", ENDING)


@dataclass(frozen=True)
class Member:
    """Which file of which delivered zip. `bundle` names that very delivery: the same zip sent again has another."""

    bundle: str
    zip_name: str
    name: str


@dataclass(frozen=True)
class Delivery:
    """One file of a feed as it lies in the inbox, or in a zip there, and why it may or may not be read yet."""

    feed: str
    path: Path
    is_sealed: bool
    reason: str = ""
    is_complete: bool = True
    member: Member | None = None
    mark: Mark | None = None
    marks: dict[Path, Mark] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name people know it by, made printable."""
        return printable(f"{self.member.zip_name}!{self.member.name}" if self.member else self.path.name)

    @property
    def has_changed(self) -> bool:
        """Whether its name has gone, or stands for another file now, since it was looked at."""
        return self.mark is not None and mark_of(self.path) != self.mark

    def marked(self) -> Delivery:
        """The same with the marks of itself and its companions, by which landing knows later what it may remove."""
        found = {path: mark_of(path) for path in [self.path, *self.companions]}
        return replace(self, marks={path: seen for path, seen in found.items() if seen})

    def is_named(self, pattern: str) -> bool:
        """Whether its own name, without any folder or zip, fits."""
        name = PurePosixPath(self.member.name).name if self.member else self.path.name
        return fnmatch.fnmatch(name.lower(), pattern)

    def is_bundle(self, pattern: str) -> bool:
        """Whether it is a zip that holds files of the feed; an xlsx is a zip too, so the name decides."""
        return self.path.name.lower().endswith(".zip") and not self.is_named(pattern)

    @property
    def companions(self) -> list[Path]:
        beside_it = [self.path.with_name(self.path.name + ending) for ending in COMPANIONS]
        return [path for path in beside_it if lies_there(path)]

    @property
    def is_vouched_for(self) -> bool:
        """Whether a companion tells that it is whole; one much older than the file was left by another of that name."""
        written = [status.st_ctime_ns for path in self.companions if (status := _status(path))]
        return self.mark is not None and bool(written) and max(written) >= self.mark[-1] - SAME_MOMENT

    @property
    def manifest_grows(self) -> bool:
        """Whether a manifest is there but still being written; half of one must not cost its file."""
        manifest = beside(self.path)
        return bool(
            manifest in self.companions
            and (status := _status(manifest))
            and time.time() - status.st_ctime < SETTLE_SECONDS
            and not is_readable(self.path)
        )


def deliveries(settings: Settings, contract: Contract) -> list[Delivery]:
    """All files of a feed that lie in the inbox, oldest first."""
    folder = settings.inbox / contract.feed
    if not folder.is_dir():
        return []
    paths = [p for p in folder.iterdir() if not p.name.startswith(".") and not p.name.endswith(COMPANIONS)]
    found = [(status, path) for path in paths if (status := _status(path)) and not stat.S_ISDIR(status.st_mode)]
    found.sort(key=lambda pair: (pair[0].st_mtime_ns, pair[1].name))
    return [look(path, status, contract) for status, path in found]


def _status(path: Path) -> os.stat_result | None:
    """None for a file that left between the listing and the look, or may not be looked at."""
    try:
        return os.lstat(path)
    except OSError:
        return None


def pending(settings: Settings, contract: Contract) -> list[Delivery]:
    """The sealed deliveries of a feed, oldest first."""
    return [delivery for delivery in deliveries(settings, contract) if delivery.is_sealed]


def scan(settings: Settings) -> dict[str, int]:
    """How many sealed deliveries wait, by feed; feeds with none are left out."""
    counts = {feed: len(pending(settings, contract)) for feed, contract in load_contracts(settings).items()}
    return {feed: count for feed, count in counts.items() if count}


def look(path: Path, status: os.stat_result, contract: Contract) -> Delivery:
    """One sighting of one file."""
    delivery = Delivery(contract.feed, path, is_sealed=True, mark=mark(status))
    is_bundle = delivery.is_bundle(contract.arrives.pattern)
    if not stat.S_ISREG(status.st_mode) or not (is_bundle or delivery.is_named(contract.arrives.pattern)):
        return delivery  # landing refuses it by name and sets it aside
    complete, reason = _end_of(path, contract, is_bundle)
    delivery = replace(delivery, is_complete=complete)
    if delivery.is_vouched_for:
        return replace(delivery, is_sealed=False, reason=GROWING) if delivery.manifest_grows else delivery
    quiet = time.time() - status.st_ctime
    if quiet < SETTLE_SECONDS:
        return replace(delivery, is_sealed=False, reason="changed a moment ago")
    if not complete and quiet < contract.arrives.truncated_after_minutes * 60:
        return replace(delivery, is_sealed=False, reason=reason)
    return delivery


def _end_of(path: Path, contract: Contract, is_bundle: bool) -> tuple[bool, str]:
    """Whether its end is there, and why it may have to wait when not; one odd file must not blind us for the others."""
    try:
        whole = zipfile.is_zipfile(path) if is_bundle else is_complete(path, contract.format.kind)
    except (OSError, ValueError, struct.error):
        return False, "it cannot be read"
    return whole, "its end is incomplete: still being written, or cut off"


def is_complete(path: Path, kind: str) -> bool:
    """Whether the end of a file is there, as far as its form tells."""
    if kind == "xlsx":
        return is_whole_workbook(path)
    with path.open("rb") as stream:
        if not os.fstat(stream.fileno()).st_size:
            return True  # nothing is missing from an empty file; landing refuses it
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) in (b"\n", b"\r")


def left_companions(settings: Settings, contract: Contract) -> list[Path]:
    """Sentinels and manifests without their file, for as long as half a file is waited for: it landed before they came.

    They must go, or they would speak for the next file of that name.
    """
    patience = contract.arrives.truncated_after_minutes * 60
    found = [(path, ending) for ending in COMPANIONS for path in (settings.inbox / contract.feed).glob(f"*{ending}")]
    alone = [path for path, ending in found if not path.with_name(path.name.removesuffix(ending)).exists()]
    return [path for path in alone if (status := _status(path)) and time.time() - status.st_ctime > patience]


def wait_until_settled(settings: Settings) -> None:
    """Wait the moment that freshly written files need to count as sealed; files still growing are left for later."""
    contracts = load_contracts(settings).values()
    fresh = [
        d.path for contract in contracts for d in deliveries(settings, contract) if not d.is_sealed and d.is_complete
    ]
    changed = [status.st_ctime for path in fresh if (status := _status(path))]
    if changed:
        time.sleep(max(0.0, min(SETTLE_SECONDS, max(changed) + SETTLE_SECONDS - time.time())) + 0.02)
