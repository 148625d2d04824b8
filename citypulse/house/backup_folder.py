"""The folder of a backup, with its manifest: incremental, durable, and slow to forget.

A file is taken for the same while name, size and modification time are: what is copied here never changes under its
name, but for logs and packs, which get new times. `manifest.json` names every file with its sha256; it comes last.
What has left the source is moved to `gone/<day>` and stays five weeks: a slip must not reach its own backup at once.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from citypulse.house.backup_manifest import BackupManifest, Entry, read_manifest
from citypulse.house.digests import digests, due
from ingestion import durable
from ingestion.errors import IntegrityError, NothingToDo

GONE = timedelta(days=35)
CHUNK = 1 << 20
PRIVATE = 0o700
VAULTED = re.compile(r"home/vault/[^/]+/[0-9a-f]{64}[^/]*")


class BackupFolder:
    """One run of the backup into `root`."""

    def __init__(self, root: Path, without: Path) -> None:
        self.root = root
        self.without = without
        self.last = _last(root)
        self.before = self.last.files
        self.now: dict[str, Entry] = {}
        self.copied = self.bytes = 0
        self.refused: list[str] = []

    def take(self, source: Path, name: str, skip: str = "") -> None:
        """Copy a file or a folder to `name` where it is not there yet, in order of names."""
        for path in _files(source, skip):
            if path != self.without:
                within = f"/{path.relative_to(source)}" if path != source else ""
                self._take(path, f"{name}{within}")

    def _take(self, path: Path, name: str) -> None:
        try:
            found = path.stat()
            mark, known = (found.st_size, found.st_mtime_ns), self.now.get(name) or self.before.get(name)
            if known is None or known[:2] != mark or not (self.root / name).is_file():
                digest = self._copy(path, name)
                known = Entry(*mark, digest) if digest else known
        except FileNotFoundError:
            return  # it has just gone its way: a delivery that was arriving in the vault has got its name
        if known:
            self.now[name] = known

    def _copy(self, path: Path, name: str) -> str:
        """Returns the sha256 of what was copied; none where the source is damaged: the good copy stays."""
        final = self.root / name
        durable.make_folder(final.parent, PRIVATE)
        temporary, digest = final.with_name(f".{final.name}.tmp"), hashlib.sha256()
        with path.open("rb") as stream:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as out:
                while chunk := stream.read(CHUNK):
                    digest.update(chunk)
                    out.write(chunk)
                    self.bytes += len(chunk)
            shutil.copystat(path, temporary)
        if not _is_what_its_name_says(name, digest.hexdigest()):
            durable.discard(temporary)
            self.refused.append(name)
            return ""
        durable.publish_file(temporary, final, "backup.file")
        self.copied += 1
        return digest.hexdigest()

    def has(self, path: Path, name: str) -> bool:
        """Whether this very file has been copied, as far as size and time tell."""
        known = self.now.get(name) or self.before.get(name)
        try:
            found = path.stat()
        except FileNotFoundError:
            return False
        return known is not None and known[:2] == (found.st_size, found.st_mtime_ns)

    def finish(
        self,
        now: datetime,
        untouched: list[str],
        feeds: dict[str, str],
        key: dict[str, str],
        gone_for_good: Collection[str] = frozenset(),
    ) -> dict[str, int]:
        """Write the manifest, put aside what the source no longer has, and read back what is due.

        Names that begin as one of `untouched` stay as the last backup left them; `feeds` and `key` are as in the
        manifest; what is `gone_for_good` is not put aside but removed, and so is what earlier backups put aside of it.
        Raises IntegrityError naming the files of the backup that are not what was copied.
        """
        stays = {name: seen for name, seen in self.before.items() if name.startswith(tuple(untouched))}
        files = {**stays, **self.now}
        gone = [name for name in self.before if name not in files]
        BackupManifest(now.isoformat(sep=" "), files, feeds, key).write(self.root)
        for name in gone:
            self._put_aside(name, self.root / "gone" / f"{now:%Y-%m-%d}" / name)
        purged = self._purge({name for name in gone_for_good if name not in files})
        for day in (self.root / "gone").glob("????-??-??"):
            if now - datetime.fromisoformat(day.name) > GONE:
                durable.remove_folder(day, "backup.forgotten")
        self._read_back(files, now)
        counts = {"files": len(files), "copied": self.copied, "mib_copied": self.bytes >> 20, "put_aside": len(gone)}
        return counts | ({"purged": purged} if gone_for_good else {})

    def _purge(self, names: Collection[str]) -> int:
        """Remove these files wherever the backup holds them. Returns how many it held."""
        places = [self.root, *(self.root / "gone").glob("????-??-??")]
        held = [place / name for name in names for place in places if (place / name).is_file()]
        for path in held:
            durable.remove_file(path, "privacy.backup_copy")
        return len(held)

    def _put_aside(self, name: str, place: Path) -> None:
        if (self.root / name).exists():
            durable.make_folder(place.parent, PRIVATE)
            durable.move(self.root / name, place, "backup.put_aside")

    def _read_back(self, files: dict[str, Entry], now: datetime) -> None:
        read = digests(due((self.root / name for name in files), now))
        bad = [path for path, digest in read if digest != files[str(path.relative_to(self.root))].sha256]
        if bad:
            names = ", ".join(str(path.relative_to(self.root)) for path in bad[:5])
            step = "check that disk; delete these files there, and they are copied again."
            raise IntegrityError(f"{len(bad)} files of the backup are not what was copied: {names}.", next_step=step)


def _last(root: Path) -> BackupManifest:
    """What the last backup copied; nothing where there was none or its manifest is damaged: all is copied again."""
    try:
        return read_manifest(root)[0]
    except (NothingToDo, IntegrityError):
        return BackupManifest("", {})


def _is_what_its_name_says(name: str, digest: str) -> bool:
    """The name of a file of the vault holds the sum of its bytes; no other name says anything of them."""
    return not VAULTED.fullmatch(name) or digest in name


def _files(source: Path, skip: str) -> Iterator[Path]:
    """Regular files below, in order of names; names with a dot are unfinished. Links are nobody's data here."""
    if source.is_file() and not source.is_symlink():
        yield source
    elif source.is_dir():
        for path in sorted(source.iterdir()):
            if path.name != skip and not path.name.startswith(".") and not path.is_symlink():
                yield from _files(path, skip)
