"""What may go by age: old releases, logs, what dead runs left in the work folder. Not the vault:
how long personal data is kept says `citypulse.privacy.retention`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from citypulse.privacy.certificates import releases
from ingestion.durable import discard, remove_file
from ingestion.errors import NothingToDo
from ingestion.settings import LOCAL_TIME, Settings
from warehouse.engine import writer_lock
from warehouse.old_releases import GRACE, prune
from warehouse.serving import archived_releases

LOGS = timedelta(days=200)  # GB/T 22239 wants six months
RUNS = timedelta(days=730)  # a line for each run: small, and what operations are judged by
WORK = timedelta(days=7)
KEPT = (".pdf", ".json")  # of an old brief: the page itself, and the state by which the site finds it


def prune_releases(settings: Settings, now: datetime) -> dict[str, int]:
    """`let_releases_go` as the step of a night: its counts alone."""
    gone, briefs = let_releases_go(settings, now, keep=settings.keep_releases)
    return {"releases": len(gone), "brief_files": briefs}


def let_releases_go(settings: Settings, now: datetime, *, keep: int, grace: timedelta = GRACE) -> tuple[list[str], int]:
    """Remove old releases, and of their briefs all but the PDF. Returns their ids, and how many files of briefs went.

    The release in service when landed rows were let go by age stays: its old months can no longer be counted.
    Manifests go to `releases/archive`: with the deliveries they name, `citypulse replay` can make the release again.
    Raises NothingToDo when none is old enough, WarehouseBusy while another writer is at work.
    """
    with writer_lock(settings):
        gone = prune(settings, now=now, keep=keep, grace=grace, kept=releases(settings))
    briefs = 0
    for release_id in archived_releases(settings):
        for path in (settings.briefs / release_id).rglob("*"):  # districts have folders of their own
            if path.is_file() and path.suffix not in KEPT:
                remove_file(path, "house.brief")
                briefs += 1
    if not gone and not briefs:
        raise NothingToDo("No release is old enough to go.", next_step="`citypulse releases` says why each is kept.")
    return gone, briefs


def clear_old_files(settings: Settings, now: datetime) -> dict[str, int]:
    """Remove old logs and what dead runs left in `work`. Raises NothingToDo when there is none."""
    runs = settings.logs / "runs"
    logs = [
        path
        for folder in (settings.logs, settings.home / "airflow" / "logs")
        for path in _files(folder)
        if _age(path, now) > (RUNS if runs in path.parents else LOGS)
    ]
    for path in logs:
        remove_file(path, "house.log")
    _drop_empty(settings.home / "airflow" / "logs", now)
    leftovers = [path for path in settings.work.glob("*") if _is_forgotten(path, now)]
    for path in leftovers:
        discard(path)
    if not logs and not leftovers:
        raise NothingToDo("No log and no scratch folder is old enough to go.")
    return {"logs": len(logs), "leftovers": len(leftovers)}


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _age(path: Path, now: datetime) -> timedelta:
    return timedelta(seconds=now.replace(tzinfo=LOCAL_TIME).timestamp() - path.lstat().st_mtime)


def _is_forgotten(path: Path, now: datetime) -> bool:
    """Whether nothing in it was touched for so long that no run can be using it."""
    return all(_age(part, now) > WORK for part in [path, *path.rglob("*")])


def _drop_empty(folder: Path, now: datetime) -> None:
    """Remove folders that have held nothing for a while, deepest first."""
    for path in sorted((p for p in folder.rglob("*") if p.is_dir()), key=lambda p: len(p.parts), reverse=True):
        if _age(path, now) > WORK and not any(path.iterdir()):
            path.rmdir()
