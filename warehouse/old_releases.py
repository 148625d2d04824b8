"""Which releases are kept and why, and how the others go."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingestion.durable import fsync_file, make_folder, publish_file, remove_file, remove_folder
from ingestion.settings import Settings
from warehouse.serving import Manifest, current_release, manifest_path, manifests

KEEP, GRACE = 7, timedelta(hours=24)


@dataclass(frozen=True)
class Standing:
    """A release and why it stays; without a reason it goes.

    Reasons are `in_service`, `newest`, `readers` (some may still hold it, until `readers_until`), `month_end` and
    `named` by the caller.
    """

    manifest: Manifest
    reasons: tuple[str, ...]
    readers_until: datetime | None


def standings(
    settings: Settings,
    *,
    now: datetime,
    keep: int = KEEP,
    grace: timedelta = GRACE,
    kept: Collection[str] = (),
) -> list[Standing]:
    """Every release, newest first.

    A release stays while it is among the newest `keep`, for `grace` after its successor came, for readers that still
    hold it, for a year where it is the last one of its month, and always while in service or among those `kept` for
    another reason. `now` is local time, as everywhere.
    """
    newest, served = manifests(settings), current_release(settings)
    month_ends = {m.published_at[:7]: m.release_id for m in reversed(newest) if _is_within_a_year(m, now)}.values()
    found = []
    for place, manifest in enumerate(newest):
        until = datetime.fromisoformat(newest[place - 1].published_at) + grace if place else None
        reasons = {
            "in_service": manifest.release_id == served,
            "newest": place < keep,
            "readers": until is not None and now < until,
            "month_end": manifest.release_id in month_ends,
            "named": manifest.release_id in kept,
        }
        found.append(Standing(manifest, tuple(name for name, holds in reasons.items() if holds), until))
    return found


def to_go(
    settings: Settings,
    *,
    now: datetime,
    keep: int = KEEP,
    grace: timedelta = GRACE,
    kept: Collection[str] = (),
) -> list[str]:
    """The ids that `prune` would remove: releases that nothing keeps, and files that never became a release."""
    known = standings(settings, now=now, keep=keep, grace=grace, kept=kept)
    stored = [path.stem for ending in ("duckdb", "parquet") for path in settings.releases.glob(f"r*.{ending}")]
    unfinished = {name for name in stored if not manifest_path(settings, name).exists()}
    old = {standing.manifest.release_id for standing in known if not standing.reasons}
    return sorted(old | unfinished - {current_release(settings), *kept})


def prune(
    settings: Settings,
    *,
    now: datetime,
    keep: int = KEEP,
    grace: timedelta = GRACE,
    kept: Collection[str] = (),
) -> list[str]:
    """Remove what nothing keeps (`standings` says what does); call under the writer lock. Returns the ids that went.

    The manifest stays in `releases/archive`: a printed brief names a release, and the manifest tells what that was made
    of.
    """
    gone = to_go(settings, now=now, keep=keep, grace=grace, kept=kept)
    for release_id in gone:
        _archive_manifest(settings, release_id)
        remove_file(settings.releases / f"{release_id}.duckdb", "prune.database")
        remove_folder(settings.releases / f"{release_id}.parquet", "prune.parquet")
    return gone


def _is_within_a_year(manifest: Manifest, now: datetime) -> bool:
    return now - datetime.fromisoformat(manifest.published_at) < timedelta(days=366)


def _archive_manifest(settings: Settings, release_id: str) -> None:
    path = manifest_path(settings, release_id)
    if path.exists():
        make_folder(settings.releases / "archive")
        publish_file(path, settings.releases / "archive" / path.name, "prune.manifest")
        fsync_file(settings.releases, "prune.left")
