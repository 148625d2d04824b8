"""The restore drill: is the backup enough to make the city's figures again, and how long does it take?

The backup is restored into an empty folder, and there the release that was in service is replayed: built anew from the
restored landing zone, judged, and compared with what was published. Neither the home nor the backup is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from citypulse.house.restore import restore
from citypulse.house.restore_report import RestoreReport
from citypulse.replay import ReplayReport, replay, scratch_folder
from ingestion.errors import IntegrityError, NothingToDo
from ingestion.receipts import all_receipts
from ingestion.run_log import logged
from ingestion.settings import Settings
from warehouse.serving import read_manifest

Watch = Callable[[str], None]


@dataclass(frozen=True)
class DrillReport:
    """What a drill found. `stages` are seconds by stage; `not_in_backup` counts deliveries acknowledged since it.

    `unlike_served` names tables whose content the home publishes otherwise under the same release.
    """

    restored: RestoreReport
    replayed: ReplayReport
    stages: dict[str, float]
    not_in_backup: int
    unlike_served: list[str]

    @property
    def rto_seconds(self) -> float:
        """From an empty folder to a warehouse that was built and judged, compared too: what a real case need not do."""
        return round(sum(self.stages.values()), 1)

    def data(self) -> dict[str, Any]:
        return {
            "restored": self.restored.data(),
            "replayed": self.replayed.data(),
            "stages": self.stages,
            "rto_seconds": self.rto_seconds,
            "recovery_point": self.restored.last_acknowledged,
            "not_in_backup": self.not_in_backup,
            "unlike_served": self.unlike_served,
        }

    def text(self) -> str:
        stages = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in self.stages.items())
        keys = {"right": "the token key fits", "unknown": "the backup knows no token key"}
        key = keys.get(self.restored.key, f"TOKEN KEY {self.restored.key.upper()}")
        return "\n".join(
            [
                f"{self.restored.files} files ({self.restored.mib} MiB), {self.restored.deliveries} deliveries, "
                f"{self.restored.rows} rows; {key}.",
                f"Recovery point: {self.restored.last_acknowledged}; {self.not_in_backup} deliveries of this home came "
                "later and would have to be delivered again.",
                f"Recovery time: {self.rto_seconds:.0f} s ({stages}).",
                self.replayed.line(),
            ]
        )

    def check(self) -> None:
        """Raises IntegrityError where the key does not fit or the release does not come out of the backup."""
        if self.restored.key not in ("right", "unknown"):
            step = "find the key now: without it new tokens would no longer match the old ones."
            raise IntegrityError(f"The token key of the backed-up rows: {self.restored.key}.", next_step=step)
        self.replayed.check()
        if self.unlike_served:
            step = "run `citypulse doctor`, then `citypulse release`."
            raise IntegrityError(f"The home serves otherwise: {', '.join(self.unlike_served)}.", next_step=step)


def drill(settings: Settings, watch: Watch = lambda step: None) -> DrillReport:
    """Restore the backup into a scratch folder, replay its release there, and leave nothing behind.

    Raises NothingToDo without a backup or a release in it, WarehouseBusy while another drill is at work, and as
    `restore` and `replay` do.
    """
    if settings.backup is None:
        raise NothingToDo("No CITYPULSE_BACKUP is set.", next_step="set it, and run `citypulse backup` first.")
    times = _Times(watch)
    with logged(settings, "drill") as run, scratch_folder(settings, "drill") as scratch:
        city = scratch / "city" if (settings.backup / "city").is_dir() else settings.city
        home = replace(settings, home=scratch / "home", city=city)
        restored = restore(home, settings.backup, what_is_whole=True, watch=times.begin)
        restored.check()
        if not restored.release_id:
            raise NothingToDo("No release is in the backup.", next_step="run `citypulse run`, then `citypulse backup`.")
        run.release_id = restored.release_id
        replayed = replay(home, release_id=restored.release_id, watch=times.begin)
        times.end()
        report = DrillReport(
            restored=restored,
            replayed=replayed,
            stages=times.seconds,
            not_in_backup=len(_names(settings) - _names(home)),
            unlike_served=_unlike(settings, home, restored.release_id),
        )
        run.count(tables=len(replayed.tables), differing=len(replayed.differing), rows=replayed.rows)
    return report


class _Times:
    """How long each stage took; a stage begins where the one before it ends."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.seconds: dict[str, float] = {}
        self._stage, self._since = "", monotonic()

    def begin(self, stage: str) -> None:
        self.end()
        self._stage = stage
        self.watch(stage)

    def end(self) -> None:
        now = monotonic()
        if self._stage:
            self.seconds[self._stage] = round(now - self._since, 1)
        self._stage, self._since = "", now


def _names(settings: Settings) -> set[tuple[str, int]]:
    return {(receipt.feed, receipt.batch_seq) for receipt in all_receipts(settings)}


def _unlike(settings: Settings, home: Settings, release_id: str) -> list[str]:
    """Tables whose rows or fingerprint the home's own release of that name states otherwise; none where it has none."""
    served, kept = read_manifest(settings, release_id), read_manifest(home, release_id)
    if served is None or kept is None:
        return []
    names = sorted({*served.tables, *kept.tables})
    return [name for name in names if served.tables.get(name) != kept.tables.get(name)]
