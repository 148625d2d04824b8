"""Bring a backup back: every file checked against its sha256 on its way, and no half of it ever taken for a home.

Receipts come last and appear in one rename: without them nothing counts as landed, so a restore that was killed is
no home yet, and the same command goes on with it.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from citypulse.house.backup import BULK, REST
from citypulse.house.backup_manifest import BackupManifest, Entry, read_manifest
from citypulse.house.restore_report import RestoreReport
from citypulse.house.scan import Scan
from ingestion import durable
from ingestion.errors import ContractError, IntegrityError, NothingToDo
from ingestion.key_marks import key_state
from ingestion.receipts import all_receipts
from ingestion.settings import Settings, local_now
from warehouse.serving import current_release, sha256_of

log = logging.getLogger(__name__)
Watch = Callable[[str], None]
Wanted = dict[str, tuple[Path, Path, Entry]]  # by name in the backup: where a file comes from, where it goes to
PRIVATE = 0o700
MODES = {"vault": PRIVATE, "releases": 0o755, "serving": 0o755}  # of the folders; the others are for the staff
AT_ONCE = 4  # files on their way: a disk takes several fsyncs in the time of one
AWAITED = ".receipts.restoring"  # where receipts wait until all else is there
OURS = (*BULK, "landing", "receipts", "warehouse", *(name.partition("/")[0] for name in REST))


def restore(
    settings: Settings, backup: Path, *, what_is_whole: bool = False, watch: Watch = lambda step: None
) -> RestoreReport:
    """Restore a backup into the home of these settings, which holds nothing yet, or a part of this very restore.

    Raises NothingToDo where there is no backup or it is back already, ContractError when the home or its city folder
    is not fit for it, IntegrityError naming damaged and missing files; with `what_is_whole` those are left out and
    told of instead.
    """
    started = monotonic()
    manifest, digest = read_manifest(backup)
    with durable.exclusive(settings.locks / "restore.lock", "A restore"):
        _require_place(settings, digest)
        city = _city_of(settings, manifest)
        watch("restore")
        note = {"backup": digest, "made_at": manifest.made_at, "begun_at": f"{local_now()}", "key": manifest.key}
        wanted = _wanted(settings, backup, manifest, with_city=city.is_taken)
        _require_room(settings, wanted)
        durable.write_file(settings.restored, json.dumps(note).encode(), "restore.note")
        there, damaged = _bring(wanted)
        if damaged and not what_is_whole:
            raise IntegrityError(
                f"{len(damaged)} files of the backup are damaged or missing: {', '.join(damaged[:5])}.",
                next_step="mend them in the backup (its `gone/` may hold some) and run the same command, which goes "
                "on; or take `--what-is-whole`.",
            )
        _complete(settings, [place for _, place, _ in wanted.values()])
    looked = Scan(settings, local_now())
    problems = list(looked.landing())
    receipts = all_receipts(settings)
    landed = [receipt for receipt in receipts if receipt.status == "landed"]
    report = RestoreReport(
        backup=str(backup),
        home=str(settings.home),
        made_at=manifest.made_at,
        files=len(wanted) - len(damaged),
        already_there=there,
        mib=sum(entry.size for _, _, entry in wanted.values()) >> 20,
        deliveries=len(landed),
        rows=looked.rows,
        last_acknowledged=max((receipt.recorded_at for receipt in receipts), default=""),
        release_id=current_release(settings) or "",
        key=key_state(settings, manifest.key),
        feeds=manifest.feeds,
        damaged=damaged,
        problems=problems,
        city=city.step,
        seconds=round(monotonic() - started, 1),
    )
    log.info("restored=%d damaged=%d problems=%d", report.files, len(damaged), len(problems))
    return report


# the place


def _require_place(settings: Settings, digest: str) -> None:
    """Raise ContractError unless the home holds nothing of what a restore brings, or has begun this very one.

    Raises NothingToDo where that one has come to its end.
    """
    try:
        note = json.loads(settings.restored.read_bytes())
    except (FileNotFoundError, ValueError):
        note = {}
    if note.get("backup") == digest:
        if not settings.receipts.exists():
            return
        raise NothingToDo(f"This backup has been restored into {settings.home}.", next_step="`citypulse run`.")
    full = [name for name in OURS if _holds_something(settings.home / name)]
    if full or note:
        what = f"holds {', '.join(full)}" if full else "has begun to be restored from another backup"
        step = "name an empty folder with `--into`; nothing is ever restored over a home."
        raise ContractError(f"The home {settings.home} {what}.", next_step=step)


def _require_room(settings: Settings, wanted: Wanted) -> None:
    """Raise ContractError before anything is copied where the disk is too small for what is not there yet."""
    needed = sum(entry.size for _, place, entry in wanted.values() if not place.exists())
    free = shutil.disk_usage(settings.locks).free
    if needed > free:
        step = "make room, or name a home on another disk with `--into`; a build needs as much again."
        raise ContractError(f"The backup needs {needed >> 20} MiB, {free >> 20} MiB are free.", next_step=step)


def _holds_something(path: Path) -> bool:
    return path.is_file() or (path.is_dir() and any(child.is_file() for child in path.rglob("*")))


@dataclass(frozen=True)
class _City:
    """Whether the city's folder is to be brought back, and what people must know of it."""

    is_taken: bool
    step: str = ""


def _city_of(settings: Settings, manifest: BackupManifest) -> _City:
    """A folder that is there is never written over. Raises ContractError where nobody says where it shall lie."""
    kept = {name.removeprefix("city/"): entry for name, entry in manifest.files.items() if name.startswith("city/")}
    if not kept:
        return _City(is_taken=False)
    if settings.city is None:
        step = "set CITYPULSE_CITY to the folder where contracts and seeds of the city shall lie, then restore."
        raise ContractError("The backup holds a city's folder, and CITYPULSE_CITY is not set.", next_step=step)
    if not _holds_something(settings.city):
        return _City(is_taken=True)
    unlike = [name for name, entry in kept.items() if not _is_there(settings.city / name, entry)]
    said = (
        f"{len(unlike)} files of the city's folder are not those of the backup ({', '.join(sorted(unlike)[:3])}): look;"
    )
    return _City(is_taken=False, step=said if unlike else "")


# the files


def _wanted(settings: Settings, backup: Path, manifest: BackupManifest, *, with_city: bool) -> Wanted:
    """The files that are to be brought, in the order of the manifest."""
    wanted: Wanted = {}
    for name, entry in manifest.files.items():
        zone, _, rest = name.partition("/")
        if zone == "home":
            folder, _, below = rest.partition("/")
            place = settings.home / (f"{AWAITED}/{below}" if folder == "receipts" else rest)
            wanted[name] = (backup / name, place, entry)
        elif with_city and settings.city:
            wanted[name] = (backup / name, settings.city / rest, entry)
    return wanted


def _bring(wanted: Wanted) -> tuple[int, list[str]]:
    """Copy what is not there yet. Returns how many files were, and the names of those that are not whole.

    The pointer comes when the release that it points to is there.
    """
    for place in {place.parent for _, place, _ in wanted.values()}:
        durable.make_folder(place, PRIVATE)
    found: dict[str, str] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for is_pointer in (False, True):
            names = [name for name in wanted if name.startswith("home/serving/") is is_pointer]
            outcomes = pool.map(lambda name: _bring_one(*wanted[name]), names)
            found |= dict(zip(names, outcomes, strict=True))
    return sum(came == "there" for came in found.values()), [name for name, came in found.items() if came == "damaged"]


def _bring_one(source: Path, place: Path, entry: Entry) -> str:
    if _is_there(place, entry):
        return "there"
    temporary = place.with_name(f".{place.name}.tmp")
    try:
        shutil.copyfile(source, temporary)
        shutil.copystat(source, temporary)
    except FileNotFoundError:
        return "damaged"
    if sha256_of(temporary) != entry.sha256:
        durable.discard(temporary)
        return "damaged"
    durable.publish_file(temporary, place, "restore.file")
    return "copied"


def _is_there(place: Path, entry: Entry) -> bool:
    return place.is_file() and place.stat().st_size == entry.size and sha256_of(place) == entry.sha256


def _complete(settings: Settings, places: list[Path]) -> None:
    """Open the folders to whom they are for, and let the receipts appear."""
    for folder in _folders(settings, places):
        top = folder.relative_to(settings.home).parts[0]
        folder.chmod(MODES.get(top, durable.INTERNAL))
    awaited = settings.home / AWAITED
    durable.make_folder(awaited, durable.INTERNAL)  # a backup without a receipt is sound too
    durable.publish_file(awaited, settings.receipts, "restore.receipts")


def _folders(settings: Settings, places: list[Path]) -> Iterator[Path]:
    """Every folder of these files below the home."""
    found = {folder for place in places for folder in place.parents if folder.is_relative_to(settings.home)}
    yield from sorted(found - {settings.home})
