"""The releases that are kept, as a person asks for them: which, how big, and why each stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from citypulse.privacy.certificates import releases as held_by_a_certificate
from ingestion.errors import NothingToDo
from ingestion.settings import Settings
from warehouse.old_releases import GRACE, Standing, standings, to_go


@dataclass(frozen=True)
class ReleaseRow:
    """One release. `readers_until` is empty for the newest: nothing has come after it yet."""

    release_id: str
    published_at: str
    data_as_of: str
    size: int
    in_service: bool
    readers_until: str
    kept_because: tuple[str, ...]


def list_releases(settings: Settings, now: datetime, *, grace: timedelta = GRACE) -> list[ReleaseRow]:
    """Every release, newest first, judged as `citypulse keep-house` would. Raises NothingToDo before the first."""
    kept = held_by_a_certificate(settings)
    found = standings(settings, now=now, keep=settings.keep_releases, grace=grace, kept=kept)
    if not found:
        raise NothingToDo("Nothing has been published yet.", next_step="run `citypulse run`.")
    return [_row(settings, standing) for standing in found]


def would_go(settings: Settings, now: datetime, *, keep: int, grace: timedelta) -> list[str]:
    """Ids of what `let_releases_go` would remove now. Raises NothingToDo when that is none."""
    gone = to_go(settings, now=now, keep=keep, grace=grace, kept=held_by_a_certificate(settings))
    if not gone:
        raise NothingToDo("No release is old enough to go.", next_step="`citypulse releases` says why each is kept.")
    return gone


def _row(settings: Settings, standing: Standing) -> ReleaseRow:
    manifest = standing.manifest
    return ReleaseRow(
        release_id=manifest.release_id,
        published_at=manifest.published_at,
        data_as_of=manifest.data_as_of,
        size=sum(_size(settings.releases / name) for name in manifest.files),
        in_service="in_service" in standing.reasons,
        readers_until=standing.readers_until.isoformat() if standing.readers_until else "",
        kept_because=standing.reasons,
    )


def _size(path: Path) -> int:
    """Bytes of a file; none where it is missing, which is the doctor's matter."""
    return path.stat().st_size if path.exists() else 0
