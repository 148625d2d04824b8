"""Bugs that a hurried hand could write. The harness is worth something only if it finds each of them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingestion import durable, land, landing_table, receipts, vault
from ingestion.land import Lander
from warehouse import serving


def _receipt_before_commit() -> None:
    """The delivery is acknowledged, and its rows are committed afterwards."""
    intend = receipts.Ledger.intend

    def early(self: receipts.Ledger, receipt: receipts.Receipt) -> Path:
        path = intend(self, receipt)
        shutil.copyfile(path, path.with_suffix(".json"))
        return path

    receipts.Ledger.intend = early  # type: ignore[method-assign]


def _leave_before_receipt() -> None:
    """The file leaves the inbox before the receipt is written."""
    acknowledge = receipts.Ledger.acknowledge

    def late(self: receipts.Ledger, receipt: Any, intent: Path | None = None) -> None:
        for path in (self.folder.parent.parent / "inbox" / receipt.feed).glob(
            f"{receipt.file_name.partition('!')[0]}*"
        ):
            durable.remove_file(path, "land.leave_inbox")
        acknowledge(self, receipt, intent)

    receipts.Ledger.acknowledge = late  # type: ignore[method-assign]


def _intents_are_forgotten() -> None:
    """Recovery takes every intent for one that never became a commit."""
    landing_table.LandingTable.holds = lambda self, batch_id: False  # type: ignore[method-assign]


def _intents_are_believed() -> None:
    """Recovery takes every intent for a commit."""
    landing_table.LandingTable.holds = lambda self, batch_id: True  # type: ignore[method-assign]


def _nothing_is_swept() -> None:
    """What a killed copy left in the vault stays."""
    vault.sweep = lambda settings, feed: 0
    land.vault.sweep = vault.sweep


def _written_in_place() -> None:
    """Small files are written under their final name."""

    def write(path: Path, data: bytes, point: str, mode: int = 0o644) -> None:
        durable.make_folder(path.parent)
        with path.open("wb") as stream:
            stream.write(data[: len(data) // 2])
            stream.flush()
            for step in durable.STEPS["write_file"]:
                durable.crashpoint(f"{point}/{step}")
            stream.write(data[len(data) // 2 :])

    durable.write_file = write
    serving.write_file = write


def _pointer_first() -> None:
    """The pointer is moved before the release it names is whole."""
    write_manifest = serving.write_manifest

    def early(settings: Any, manifest: Any) -> None:
        serving.write_file(settings.serving / "current.json", serving._pointer(settings, manifest), "serving.pointer")
        write_manifest(settings, manifest)

    _everywhere("write_manifest", write_manifest, early)


def _served_file_overwritten() -> None:
    """The served file is copied over the old one instead of being renamed into its place."""

    def swap(settings: Any, release_id: str) -> None:
        served = settings.serving / "governance.duckdb"
        data = (settings.releases / f"{release_id}.duckdb").read_bytes()
        with open(os.open(served, os.O_WRONLY | os.O_CREAT, 0o644), "wb") as stream:
            for part in range(4):
                durable.crashpoint(f"serving.database/{durable.STEPS['publish_file'][part]}")
                stream.write(data[len(data) * part // 4 : len(data) * (part + 1) // 4])
                stream.flush()

    serving._swap_database = swap


def _no_fsync() -> None:
    """Nothing is forced onto the disk."""
    durable._fsync = lambda path: None
    durable.fsync_open = lambda descriptor, point: None


def _row_lost() -> None:
    """The last good row of a delivery does not land, and the receipt agrees that it did not come."""
    batch = land.Batch
    is_good = batch._is_good.fget  # type: ignore[attr-defined]
    batch._is_good = property(lambda self: f"({is_good(self)}) AND rowid <> 5")  # type: ignore[assignment]


def _duplicates_land() -> None:
    """A file that came before lands once more."""
    receipts.Ledger.accepted = lambda self, batch_id: None  # type: ignore[method-assign]
    land.Batch.settle = _settle_within_only  # type: ignore[method-assign]


def _settle_within_only(self: Any, history: list[str]) -> None:
    self._settle_within()
    self.stage.connection.execute(f"CREATE OR REPLACE TEMP TABLE aside AS {self._quarantined()}")


def _everywhere(name: str, old: Any, new: Any) -> None:
    for module in list(sys.modules.values()):
        if getattr(module, name, None) is old:
            setattr(module, name, new)


def _recover_not_at_all() -> None:
    """The next run does not look at what the last one left."""

    def recover(self: Lander) -> None:
        for zone in (self.settings.landing, self.settings.quarantine, self.settings.receipts):
            durable.make_folder(zone, durable.INTERNAL)
        durable.discard(self.work)
        durable.make_folder(self.work, 0o700)

    Lander.recover = recover  # type: ignore[method-assign]


Bug = tuple[Callable[[], None], str]
# Each bug with how the points begin near which it lies: those are tried first.
BUGS: dict[str, Bug] = {
    plant.__name__.strip("_"): (plant, near)
    for plant, near in (
        (_receipt_before_commit, "landing."),
        (_leave_before_receipt, "land.receipt"),
        (_intents_are_forgotten, "land."),
        (_intents_are_believed, "land."),
        (_nothing_is_swept, "vault."),
        (_written_in_place, "serving.pointer"),
        (_pointer_first, "release.manifest"),
        (_served_file_overwritten, "serving.database"),
        (_no_fsync, "land.leave_inbox"),
        (_row_lost, "land."),
        (_duplicates_land, "land."),
        (_recover_not_at_all, "land."),
    )
}
