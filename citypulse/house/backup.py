"""A copy of what cannot be rebuilt, in a folder that needs nothing but `cp` to be restored.

`<backup>/home` is laid out as the home: vault, quarantine, landing, receipts, releases, cursors; `<backup>/city` holds
the city's contracts and seeds. The token key is never copied: who has both can link people.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from citypulse.house.backup_folder import BackupFolder
from ingestion import durable
from ingestion.contract import Contract, load_contracts
from ingestion.errors import ContractError, IntegrityError, NothingToDo, WarehouseBusy
from ingestion.landing_table import LandingTable
from ingestion.receipts import Ledger
from ingestion.settings import Settings

BULK = ("vault", "quarantine", "landing", "releases")
# Of no feed. The pointer tells the first build of a restored home against which release it restates.
REST = ("recompute", "releases", "serving/current.json", "collect", "SYNTHETIC")
LOG = "_delta_log"
PATIENCE_SECONDS = 60.0


def back_up(settings: Settings, now: datetime, patience: float = PATIENCE_SECONDS) -> dict[str, int]:
    """Bring the backup up to date and read back what is due of it.

    Raises NothingToDo where no CITYPULSE_BACKUP is set, ContractError where it cannot be one, WarehouseBusy when a
    feed never stopped landing, IntegrityError naming the feeds that lack rows: their good copy is left as it is.
    """
    if settings.backup is None:
        raise NothingToDo("No CITYPULSE_BACKUP is set.", next_step="set it to a folder on another disk.")
    folder = BackupFolder(_proper(settings, settings.backup), without=settings.key_file)
    for zone in BULK:  # while the feeds go on landing; what they add meanwhile follows under their locks
        folder.take(settings.home / zone, f"home/{zone}", skip=LOG)
    contracts = load_contracts(settings)
    retired = {path.name for path in settings.receipts.glob("*") if path.is_dir()} - set(contracts)
    taken = {feed: _take_feed(settings, folder, feed, contracts.get(feed), patience) for feed in {*contracts, *retired}}
    left = {feed: why for feed, why in taken.items() if why}
    for name in REST:
        folder.take(settings.home / name, f"home/{name}")
    if settings.city:
        folder.take(settings.city, "city")
    counts = folder.finish(now, untouched=[f"home/{zone}/{feed}/" for feed in left for zone in ("landing", "receipts")])
    _answer_for(left)
    return counts


def _proper(settings: Settings, target: Path) -> Path:
    """The folder must be there: one below the disk's mount point is missing exactly when the disk is."""
    if not target.is_dir():
        step = "mount the disk, or make the folder on it once by hand."
        raise ContractError(f"There is no folder {target} to back up into.", next_step=step)
    if target.is_relative_to(settings.home) or settings.home.is_relative_to(target):
        step = "set CITYPULSE_BACKUP to a folder outside the home, on another disk."
        raise ContractError(f"The backup {target} and the home lie within each other.", next_step=step)
    return target


def _take_feed(settings: Settings, folder: BackupFolder, feed: str, contract: Contract | None, patience: float) -> str:
    """Copy one feed as of one moment, also one that has no contract any more; returns why it was not, or nothing.

    Rows come before the log that names them and the log before the receipts: a backup that is killed half-way can
    hold rows without a receipt, which no build sees and which can land again, but no receipt without its rows.
    """
    table, receipts = settings.landing / feed, settings.receipts / feed
    try:
        with _paused(settings, feed, patience):
            if contract and LandingTable(settings, contract).without_rows(Ledger(settings, feed).receipts):
                return "damaged"
            folder.take(settings.vault / feed, f"home/vault/{feed}")
            folder.take(settings.quarantine / feed, f"home/quarantine/{feed}")
            folder.take(table, f"home/landing/{feed}", skip=LOG)
            folder.take(table / LOG, f"home/landing/{feed}/{LOG}")
            folder.take(receipts, f"home/receipts/{feed}")
    except WarehouseBusy:
        return "busy"
    except IntegrityError:
        return "damaged"
    return ""


@contextmanager
def _paused(settings: Settings, feed: str, patience: float) -> Iterator[None]:
    """Hold the landing lock of a feed, waited for: a landing seldom takes more than seconds."""
    deadline = time.monotonic() + patience
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(durable.exclusive(settings.locks / f"land_{feed}.lock", f"Landing of {feed}"))
                break
            except WarehouseBusy:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(0.2)
        yield


def _answer_for(left: dict[str, str]) -> None:
    damaged = [feed for feed, why in left.items() if why == "damaged"]
    if damaged:
        step = "run `citypulse doctor`; the backup still holds their last sound state."
        raise IntegrityError(f"Not backed up, for receipts lack their rows: {', '.join(damaged)}.", next_step=step)
    if left:
        raise WarehouseBusy(f"Not backed up, for landing never paused: {', '.join(left)}.", next_step="run it later.")
