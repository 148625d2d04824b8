"""A copy of what cannot be rebuilt, in a folder that needs nothing but `cp` to be restored.

`<backup>/home` is laid out as the home: vault, quarantine, landing, receipts, releases, cursors, audit log;
`<backup>/city` holds the city's contracts and seeds. The token key is never copied: who has both can link people.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from citypulse.house.backup_folder import BackupFolder
from citypulse.house.scan import damaged_files
from citypulse.privacy.certificates import files_gone
from ingestion import durable
from ingestion.contract import Contract, load_contracts
from ingestion.errors import ContractError, IntegrityError, NothingToDo, WarehouseBusy
from ingestion.key_marks import key_marks
from ingestion.landing_table import LandingTable
from ingestion.receipts import Ledger
from ingestion.settings import Settings
from ingestion.vault import REDACTED
from warehouse.engine import connect

BULK = ("vault", "quarantine", "releases")
# Of no feed. The pointer tells the first build of a restored home against which release it restates.
REST = ("audit", "recompute", "certificates", "releases", "serving/current.json", "collect", "SYNTHETIC")
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
    contracts = load_contracts(settings)
    retired = {path.name for path in settings.receipts.glob("*") if path.is_dir()} - set(contracts)
    feeds: dict[str, Contract | None] = {**contracts, **dict.fromkeys(sorted(retired))}
    for zone in BULK:  # while the feeds go on landing; what they add meanwhile follows under their locks
        folder.take(settings.home / zone, f"home/{zone}")
    left = _without_reason({feed: _take_rows(settings, folder, feed, contract) for feed, contract in feeds.items()})
    taken = {
        feed: _take_feed(settings, folder, feed, contract, patience)
        for feed, contract in feeds.items()
        if feed not in left
    }
    left |= _without_reason(taken)
    for name in REST:
        folder.take(settings.home / name, f"home/{name}")
    if settings.city:
        folder.take(settings.city, "city")
    key, complaint = _key_marks(settings, folder)
    counts = folder.finish(
        now,
        untouched=[f"home/{zone}/{feed}/" for feed in left for zone in ("landing", "receipts")],
        feeds=folder.last.feeds | {feed: now.isoformat(sep=" ") for feed in feeds if feed not in left},
        key=key,
        gone_for_good=_gone_for_good(settings),
    )
    _answer_for(left, folder.refused)
    if complaint:
        raise complaint
    return counts


def _gone_for_good(settings: Settings) -> set[str]:
    """What was let go by law, and originals that somebody was cut out of: no copy may stay for five weeks."""
    redacted = [path.relative_to(settings.home) for path in settings.vault.glob(f"*/*{REDACTED}*")]
    whole = [path.with_name(f"{path.name.partition(REDACTED)[0]}{path.suffix}") for path in redacted]
    return {f"home/{name}" for name in (*files_gone(settings), *whole)}


def _without_reason(taken: dict[str, str]) -> dict[str, str]:
    """The feeds that were left, with the reason why."""
    return {feed: why for feed, why in taken.items() if why}


def _key_marks(settings: Settings, folder: BackupFolder) -> tuple[dict[str, str], ContractError | None]:
    """Marks of the token key, and what is wrong with it: that is told of in the end, for the data must not wait."""
    try:
        return key_marks(settings) or folder.last.key, None
    except ContractError as error:
        return folder.last.key, error


def _proper(settings: Settings, target: Path) -> Path:
    """The folder must be there: one below the disk's mount point is missing exactly when the disk is."""
    if not target.is_dir():
        step = "mount the disk, or make the folder on it once by hand."
        raise ContractError(f"There is no folder {target} to back up into.", next_step=step)
    if target.is_relative_to(settings.home) or settings.home.is_relative_to(target):
        step = "set CITYPULSE_BACKUP to a folder outside the home, on another disk."
        raise ContractError(f"The backup {target} and the home lie within each other.", next_step=step)
    return target


def _take_rows(settings: Settings, folder: BackupFolder, feed: str, contract: Contract | None) -> str:
    """Copy the files of a landing table that are new, read to their end before; returns why not, or nothing."""
    try:
        if contract and _is_damaged(settings, folder, LandingTable(settings, contract)):
            return "damaged"
    except IntegrityError:  # a receipt
        return "damaged"
    folder.take(settings.landing / feed, f"home/landing/{feed}", skip=LOG)
    return ""


def _is_damaged(settings: Settings, folder: BackupFolder, table: LandingTable) -> bool:
    """Whether receipts lack their rows, or a file that the backup does not hold yet cannot be read."""
    if table.without_rows(Ledger(settings, table.contract.feed).receipts):
        return True
    where = f"home/landing/{table.contract.feed}"
    promised = {
        file: rows
        for file, rows in table.rows_by_file().items()
        if not folder.has(Path(file), f"{where}/{Path(file).relative_to(table.path)}")
    }
    if not promised:
        return False
    with connect(":memory:", settings=settings) as connection:
        return bool(damaged_files(connection, promised))


def _take_feed(settings: Settings, folder: BackupFolder, feed: str, contract: Contract | None, patience: float) -> str:
    """Copy one feed as of one moment, also one that has no contract any more; returns why it was not, or nothing.

    Rows come before the log that names them and the log before the receipts: a backup that is killed half-way can
    hold rows without a receipt, which no build sees and which can land again, but no receipt without its rows.
    """
    table, receipts = settings.landing / feed, settings.receipts / feed
    try:
        with durable.exclusive(settings.locks / f"land_{feed}.lock", f"Landing of {feed}", patience):
            if why := _take_rows(settings, folder, feed, contract):
                return why
            folder.take(settings.vault / feed, f"home/vault/{feed}")
            folder.take(settings.quarantine / feed, f"home/quarantine/{feed}")
            folder.take(table / LOG, f"home/landing/{feed}/{LOG}")
            folder.take(receipts, f"home/receipts/{feed}")
    except WarehouseBusy:
        return "busy"
    return ""


def _answer_for(left: dict[str, str], refused: list[str]) -> None:
    damaged = [feed for feed, why in left.items() if why == "damaged"]
    said = []
    if damaged:
        said.append(f"Not backed up, for receipts lack their rows or files cannot be read: {', '.join(damaged)}.")
    if refused:
        said.append(f"{len(refused)} files of the vault are not what was delivered: {', '.join(refused[:5])}.")
    if said:
        step = "run `citypulse keep-house --only scan`; the backup still holds their last sound state."
        raise IntegrityError(" ".join(said), next_step=step)
    if left:
        raise WarehouseBusy(f"Not backed up, for landing never paused: {', '.join(left)}.", next_step="run it later.")
