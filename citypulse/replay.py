"""Replay a past release: build it anew from landing, judge it, and compare it cell by cell with what was published."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from ingestion.durable import discard, exclusive, make_folder
from ingestion.errors import ContractError, GateBlocked, IntegrityError
from ingestion.run_log import logged
from ingestion.settings import LOCAL_TIME, Settings
from warehouse.compare import TableDifference

log = logging.getLogger(__name__)
Watch = Callable[[str], None]


@dataclass(frozen=True)
class ReplayReport:
    """What a replay found. `left_out` names columns that cannot be equal, `other_code` the code where it is another.

    `before` is the release before it, with which a build compares itself; empty where none is kept.
    """

    release_id: str
    published_at: str
    data_as_of: str
    deliveries: int
    rows: int
    seconds: float
    tables: list[TableDifference]
    left_out: list[str]
    other_code: str
    before: str

    @property
    def differing(self) -> list[TableDifference]:
        return [table for table in self.tables if table.differs]

    def data(self) -> dict[str, Any]:
        """The report for machines; of the tables only those that differ."""
        return {**asdict(self), "tables": len(self.tables), "differing": [asdict(table) for table in self.differing]}

    def line(self) -> str:
        """The verdict in one sentence."""
        size = f"{len(self.tables)} tables with {self.rows} rows, from {self.deliveries} receipts"
        code = f" The code is not that of the release ({self.other_code}): differences may come from it."
        lone = " No release before it is kept: what compares with that one, restatements and checks, may differ."
        verdict = f"{len(self.differing)} tables differ" if self.differing else "equal in every cell"
        return (
            f"{self.release_id}, published {self.published_at}: {verdict} ({size}, {self.seconds:.0f} s). "
            f"Not compared: {', '.join(self.left_out)}.{code if self.other_code else ''}"
            f"{'' if self.before or not self.differing else lone}"
        )

    def check(self) -> None:
        """Raises IntegrityError naming every table that differs."""
        if self.differing:
            named = ", ".join(table.table for table in self.differing)
            code = "the models have changed since; if that does not explain it, " if self.other_code else ""
            raise IntegrityError(
                f"Release {self.release_id} does not come out again: {named}.",
                next_step=f"{code}`citypulse replay --release {self.release_id} --keep FOLDER` leaves "
                "replayed.duckdb there for a look beside the release.",
            )


def replay(
    settings: Settings,
    as_of: str | None = None,
    release_id: str | None = None,
    watch: Watch = lambda step: None,
    keep: Path | None = None,
) -> ReplayReport:
    """Replay the release in service at a moment (ISO; local where it names no zone), or the one named, or the newest.

    Takes no lock of the live warehouse, so live runs go on. Raises NothingToDo when there is no such release,
    ContractError for a moment that is none, WarehouseBusy when another replay is at work.
    """
    from expectations.gate import audit
    from warehouse.compare import compare
    from warehouse.replay import cannot_be_equal, find, natural_keys, rebuild, write_replayed

    started = monotonic()
    target = find(settings, as_of=_moment(as_of) if as_of else None, release_id=release_id)
    with logged(settings, "replay") as run, scratch_folder(settings, "replay", keep) as scratch:
        run.release_id = target.release_id
        watch("build")
        home = rebuild(settings, target, scratch)
        watch("gate")
        with suppress(GateBlocked):  # whatever it finds stands in dq.check_result, and is compared
            audit(home)
        watch("compare")
        replayed = write_replayed(home)
        left_out = cannot_be_equal(target)
        tables = compare(home, target.path, replayed, natural_keys(home), left_out)
        report = ReplayReport(
            release_id=target.release_id,
            published_at=target.manifest.published_at,
            data_as_of=target.manifest.data_as_of,
            deliveries=len(target.receipts),
            rows=sum(table.published_rows for table in tables),
            seconds=round(monotonic() - started, 1),
            tables=tables,
            left_out=[f"{table}.{column}" for table, columns in left_out.items() for column in columns],
            other_code=target.other_code,
            before=target.before or "",
        )
        for table in report.differing:
            log.warning("table=%s %s", table.table, {k: v for k, v in asdict(table).items() if k != "table" and v})
        log.info("%s", report.line())
        run.count(tables=len(tables), differing=len(report.differing), rows=report.rows, batches=report.deliveries)
    return report


def _moment(said: str) -> datetime:
    """A moment in local time; one that names its zone is turned into it."""
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise ContractError(
            f"{said!r} is no moment.",
            next_step="write it as 2026-01-31T08:00:00; it is local time unless a zone follows.",
        ) from None
    return moment.astimezone(LOCAL_TIME).replace(tzinfo=None) if moment.tzinfo else moment


@contextmanager
def scratch_folder(settings: Settings, work: str, keep: Path | None = None) -> Iterator[Path]:
    """An empty folder for a `replay` or a `drill`, one at a time; what a killed one left goes first.

    `keep` is a folder that stays, given by who asks. Raises IntegrityError where that is not empty.
    """
    if keep is not None:
        if keep.exists() and any(keep.iterdir()):
            raise IntegrityError(f"The folder to keep the {work} in is not empty.", next_step="name an empty one.")
        make_folder(keep.resolve())
        yield keep.resolve()
        return
    folder = settings.work / work
    with exclusive(settings.locks / f"{work}.lock", f"A {work}"):
        discard(folder)
        make_folder(folder, 0o700)
        try:
            yield folder
        finally:
            discard(folder)
