"""What a backup holds, in words of its own: `manifest.json`, written last, so that it never promises too much."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from ingestion import durable
from ingestion.errors import IntegrityError, NothingToDo

NAME = "manifest.json"


class Entry(NamedTuple):
    """A file as it was copied."""

    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True)
class BackupManifest:
    """Every file by its name below the backup; `feeds` says since when each feed has stood in it as it was.

    `key` holds a mark for each version of the token key, which is not in the backup: by it the right one is known
    again. A backup from before these were kept has none.
    """

    made_at: str
    files: dict[str, Entry]
    feeds: dict[str, str] = field(default_factory=dict)
    key: dict[str, str] = field(default_factory=dict)

    def write(self, root: Path) -> None:
        content = json.dumps(asdict(self), ensure_ascii=False).encode()
        durable.write_file(root / NAME, content, "backup.manifest", 0o600)


def read_manifest(root: Path) -> tuple[BackupManifest, str]:
    """The manifest of a backup and its sha256. Raises NothingToDo without one, IntegrityError for a damaged one."""
    try:
        content = (root / NAME).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        step = "name the folder of CITYPULSE_BACKUP, in which `citypulse backup` has come to its end."
        raise NothingToDo(f"There is no backup in {root}.", next_step=step) from None
    try:
        stored = json.loads(content)
        files = {_within(name): Entry(*seen) for name, seen in stored["files"].items()}
        made_at = datetime.fromisoformat(stored["made_at"]).isoformat(sep=" ")
        manifest = BackupManifest(made_at, files, dict(stored.get("feeds", {})), dict(stored.get("key", {})))
    except (ValueError, KeyError, TypeError, AttributeError):
        step = "take an older copy of it from the disk's own backup, or run `citypulse backup` while the home lives."
        raise IntegrityError(f"{NAME} of the backup {root} is damaged.", next_step=step) from None
    return manifest, hashlib.sha256(content).hexdigest()


def _within(name: str) -> str:
    """A name that stays below the folder it is put into."""
    if name.startswith("/") or ".." in name.split("/"):
        raise ValueError
    return name
