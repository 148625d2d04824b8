"""Publish a build: a new immutable file, read back and scanned, then the pointer; a kill anywhere harms no reader."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ingestion import audit_log
from ingestion.durable import discard, discard_halves, fsync_file, make_folder, publish_file, remove_folder
from ingestion.errors import GateBlocked, NothingToDo
from ingestion.lineage import Dataset
from ingestion.receipts import Receipt
from ingestion.settings import Settings, local_now
from warehouse.audited import read_audit
from warehouse.build_info import BuildInfo, read_build_inputs
from warehouse.engine import connect, writer_lock
from warehouse.recompute import last_request
from warehouse.release_scan import Fingerprints, readable, release_tables, scan
from warehouse.release_tables import sql_name, sql_text, write_tables
from warehouse.release_zh import write_chinese
from warehouse.runs import load_runs, observed
from warehouse.serving import (
    Manifest,
    current_release,
    drop_manifest,
    point_to,
    read_manifest,
    release_problems,
    sha256_of,
    verify_release,
    write_manifest,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Release:
    """A release in service."""

    release_id: str
    path: Path
    data_as_of: datetime
    published_at: datetime


def publish(settings: Settings, *, checks_passed: int, checks_total: int) -> Release:
    """Publish the build in the warehouse; repeating it after a kill finishes what was left.

    Raises NothingToDo when that release is already in service and sound, GateBlocked when the build was not audited,
    IntegrityError when the warehouse cannot be read back: what is in service then stays.
    """
    with observed(settings, "release") as run, writer_lock(settings), readable(settings, settings.warehouse_db):
        audit = read_audit(settings)
        info, release_id = audit.build, audit.build.release_id
        if audit.failed_critical:
            failed = f"Build {release_id} failed {audit.failed_critical} critical checks."
            raise GateBlocked(failed, next_step=f"open {settings.site / 'quality.html'}.")
        if current_release(settings) == release_id and not verify_release(settings):
            raise NothingToDo(f"Release {release_id} is already in service.", next_step="land new data, then build.")
        if release_problems(settings, release_id):
            write_manifest(settings, _write_release(settings, info, checks_passed, checks_total))
        manifest = read_manifest(settings, release_id)
        assert manifest is not None
        point_to(settings, manifest)
        run.release_id = release_id
        run.count(tables=len(manifest.tables), files=len(manifest.files))
        run.inputs = [Dataset(name) for name in manifest.tables]
        tables = [Dataset(f"release/{name}", rows=rows) for name, (rows, _) in manifest.tables.items()]
        run.outputs = [Dataset("release", files=len(manifest.files)), *tables]
    log.info("release=%s tables=%d as_of=%s", release_id, len(manifest.tables), manifest.data_as_of)
    return Release(
        release_id=release_id,
        path=settings.releases / f"{release_id}.duckdb",
        data_as_of=datetime.fromisoformat(manifest.data_as_of),
        published_at=datetime.fromisoformat(manifest.published_at),
    )


def due_release_id(settings: Settings, receipts: list[Receipt], request: int | None = None) -> str | None:
    """The id that a build of these deliveries with today's code would get, were it of the served one's moment.

    `request` is the last one the build takes; by default, the last there is. Equal to the served id exactly when
    nothing is due; None before the first release.
    """
    from warehouse.build import code_version, input_digest

    served = read_manifest(settings, current_release(settings) or "")
    if served is None:
        return None
    as_of = datetime.fromisoformat(served.data_as_of)
    digest = input_digest(receipts, last_request(settings) if request is None else request)
    return BuildInfo(as_of, code_version(settings), digest, is_synthetic=False).release_id


def _write_release(settings: Settings, info: BuildInfo, checks_passed: int, checks_total: int) -> Manifest:
    release_id = info.release_id
    published_at = local_now()
    make_folder(settings.releases)
    drop_manifest(settings, release_id)
    discard_halves(settings.releases)
    load_runs(settings, published_at)
    with _scratch(settings) as scratch:
        database, parquet = scratch / "release.duckdb", scratch / "parquet"
        row = publish_info(info, published_at, checks_passed, checks_total)
        write_tables(settings, settings.warehouse_db, database, release_id, row, with_runs=True)
        write_chinese(settings, database)
        tables = scan(settings, database)
        _write_parquet(settings, database, parquet, tables)
        database.chmod(0o444)
        publish_file(database, settings.releases / f"{release_id}.duckdb", "release.database")
        remove_folder(settings.releases / f"{release_id}.parquet", "release.old_parquet")
        publish_file(parquet, settings.releases / f"{release_id}.parquet", "release.parquet")
    files = [f"{release_id}.duckdb"]
    files += sorted(
        f"{release_id}.parquet/{path.name}" for path in (settings.releases / f"{release_id}.parquet").iterdir()
    )
    return Manifest(
        release_id=release_id,
        published_at=published_at.isoformat(),
        data_as_of=info.as_of.isoformat(),
        checks_passed=checks_passed,
        checks_total=checks_total,
        tables=tables,
        files={name: sha256_of(settings.releases / name) for name in files},
        inputs=_inputs(settings),
        audit=audit_log.anchor(settings),
    )


def _inputs(settings: Settings) -> dict[str, int]:
    with connect(settings.warehouse_db, settings=settings, read_only=True) as connection:
        return read_build_inputs(connection)


@contextmanager
def _scratch(settings: Settings) -> Iterator[Path]:
    """An empty folder beside the releases; what a kill left in it goes first."""
    scratch = settings.releases / ".tmp"
    discard(scratch)
    scratch.mkdir()
    try:
        yield scratch
    finally:
        discard(scratch)


def publish_info(info: BuildInfo, published_at: datetime, checks_passed: int, checks_total: int) -> str:
    """The SELECT of the one row of `meta.publish_info`."""
    return (
        f"SELECT {sql_text(info.release_id)} AS release_id, TIMESTAMP '{published_at}' AS published_at, "
        f"TIMESTAMP '{info.as_of}' AS data_as_of, {sql_text(info.code_version)} AS code_version, "
        f"{checks_passed}::BIGINT AS checks_passed, {checks_total}::BIGINT AS checks_total, "
        f"{info.is_synthetic} AS is_synthetic"
    )


def _write_parquet(settings: Settings, database: Path, folder: Path, tables: Fingerprints) -> None:
    """One Parquet file per table for readers without DuckDB, none per copy in `zh`: all files share a folder of names.

    COPY neither renames nor fsyncs, so we do.
    """
    folder.mkdir()
    with connect(database, settings=settings, read_only=True) as connection:
        for schema, name in release_tables(connection):
            path = folder / f"{name}.parquet"
            connection.execute(
                f"COPY {sql_name(schema, name)} TO {sql_text(str(path))} (FORMAT parquet, COMPRESSION zstd)"
            )
            path.chmod(0o444)
            fsync_file(path, "release.parquet_file")
