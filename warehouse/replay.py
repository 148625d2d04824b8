"""Build a past release anew: from the deliveries its build saw, in a warehouse of its own, beside whatever else runs.

Landing, receipts, quarantine and releases are read where they lie and never written; only the scratch folder is.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ingestion.durable import write_file
from ingestion.errors import IntegrityError, NothingToDo
from ingestion.receipts import Receipt, all_receipts
from ingestion.settings import Settings, local_now
from warehouse.audited import read_audit
from warehouse.build import build_from, code_version, input_digest
from warehouse.build_info import BuildInfo
from warehouse.compare import WHOLE
from warehouse.engine import connect
from warehouse.recompute import INPUT, Asked
from warehouse.release import publish_info
from warehouse.release_tables import write_tables
from warehouse.serving import Manifest, manifests, release_before, release_problems

log = logging.getLogger(__name__)
UNIQUE = {"unique": "column_name", "unique_combination": "columns"}  # dbt's tests of a key, and where it stands in them
OWN_KEYS = {"meta.delivery": ["feed", "batch_seq"], "dq.check_result": ["suite", "check_id"]}


@dataclass(frozen=True, kw_only=True)
class ReplayHome(Settings):
    """The same home with another warehouse: what a build writes lies in `scratch`, what it reads stays where it is."""

    scratch: Path

    @property
    def work(self) -> Path:
        return self.scratch / "work"

    @property
    def warehouse(self) -> Path:
        return self.scratch / "warehouse"

    @property
    def locks(self) -> Path:
        return self.scratch / "locks"

    @property
    def logs(self) -> Path:
        return self.scratch / "logs"

    @property
    def site(self) -> Path:
        return self.scratch / "site"

    @property
    def serving(self) -> Path:
        """Its pointer names the release before the one that is replayed, as it did at that moment."""
        return self.scratch / "serving"

    @property
    def database(self) -> Path:
        """Where the tables of the replay lie, as a release holds them."""
        return self.scratch / "replayed.duckdb"


@dataclass(frozen=True)
class Target:
    """A release and what its build saw: deliveries, and the number of the last request to compute days anew.

    `before` is the release before it, `other_code` its code version where that is not today's.
    """

    manifest: Manifest
    published: BuildInfo
    receipts: list[Receipt]
    request: int
    before: str | None
    path: Path
    other_code: str

    @property
    def release_id(self) -> str:
        return self.manifest.release_id


def find(settings: Settings, *, as_of: datetime | None = None, release_id: str | None = None) -> Target:
    """The release of that name, or the one in service at that local moment; the newest when neither is named.

    Raises NothingToDo when there is none, IntegrityError when its files or its receipts are not what they were.
    """
    manifest = _manifest(settings, as_of, release_id)
    if problems := release_problems(settings, manifest.release_id):
        raise IntegrityError(
            f"Release {manifest.release_id} is no longer what was published: {problems[0]}",
            next_step="restore it from the backup; there is nothing to compare a replay with.",
        )
    published = _published(settings, manifest)
    receipts, request = _inputs(settings, manifest, published)
    return Target(
        manifest=manifest,
        published=published,
        receipts=receipts,
        request=request,
        before=release_before(settings, manifest.release_id),
        path=settings.releases / f"{manifest.release_id}.duckdb",
        other_code="" if published.code_version == code_version(settings) else published.code_version,
    )


def rebuild(settings: Settings, target: Target, scratch: Path) -> ReplayHome:
    """Build the target's deliveries into an empty scratch folder. Raises as `build` does."""
    home = ReplayHome(
        home=settings.home,
        key_file=settings.key_file,
        city=settings.city,
        token_digest=settings.token_digest,
        memory=settings.memory,
        threads=settings.threads,
        scratch=scratch,
    )
    if target.before:
        write_file(home.serving / "current.json", json.dumps({"release_id": target.before}).encode(), "replay.pointer")
    build_from(home, target.receipts, Asked(target.request))
    log.info("rebuilt=%s deliveries=%d", target.release_id, len(target.receipts))
    return home


def write_replayed(home: ReplayHome) -> Path:
    """Write the public tables of the rebuilt and audited warehouse as a release holds them."""
    audit = read_audit(home)
    row = publish_info(audit.build, local_now(), audit.passed, audit.total)
    write_tables(home, home.warehouse_db, home.database, audit.build.release_id, row)
    return home.database


def natural_keys(home: ReplayHome) -> dict[str, list[str]]:
    """The columns that name a row of a table: what a test of the build proves, and of our own tables what we know."""
    manifest = json.loads((home.warehouse / "dbt_target" / "manifest.json").read_text(encoding="utf-8"))
    nodes: dict[str, dict[str, Any]] = manifest["nodes"]
    keys = dict(OWN_KEYS)
    for test in nodes.values():
        about = test.get("test_metadata") or {}
        if about.get("name") in UNIQUE and not test["config"].get("where") and test.get("attached_node") in nodes:
            model = nodes[test["attached_node"]]
            said = about["kwargs"].get(UNIQUE[about["name"]])
            keys[f"{model['schema']}.{model['alias']}"] = said if isinstance(said, list) else [said]
    return keys


def cannot_be_equal(target: Target) -> dict[str, list[str]]:
    """What differs between any two builds of the same: their moment, and the name of the code where that is another.

    The log of the runs that led to a release is of its very making; the replay of one has none.
    """
    return {
        "meta.run_log": [WHOLE],
        "meta.publish_info": ["published_at", *(["release_id", "code_version"] if target.other_code else [])],
        "dq.check_result": ["checked_at", *(["run_id"] if target.other_code else [])],
    }


def _manifest(settings: Settings, as_of: datetime | None, release_id: str | None) -> Manifest:
    known = manifests(settings)[::-1]
    if release_id is not None:
        known = [manifest for manifest in known if manifest.release_id == release_id]
    if as_of is not None:
        known = [manifest for manifest in known if datetime.fromisoformat(manifest.published_at) <= as_of]
    if not known:
        wanted = release_id or (f"published by {as_of}" if as_of else "at all")
        raise NothingToDo(f"There is no release {wanted}.", next_step=f"see which are kept in {settings.releases}.")
    return known[-1]


def _published(settings: Settings, manifest: Manifest) -> BuildInfo:
    path = settings.releases / f"{manifest.release_id}.duckdb"
    with connect(path, settings=settings, read_only=True) as connection:
        row = connection.execute("SELECT data_as_of, code_version, is_synthetic FROM meta.publish_info").fetchone()
    assert row is not None
    return BuildInfo(row[0], row[1], "", row[2])


def _inputs(settings: Settings, manifest: Manifest, published: BuildInfo) -> tuple[list[Receipt], int]:
    """The deliveries whose name, together with the code's, is the name of the release; so they are the very ones."""

    def is_named(receipts: list[Receipt], request: int) -> bool:
        digest = input_digest(receipts, request)
        return BuildInfo(published.as_of, published.code_version, digest, False).release_id == manifest.release_id

    receipts = all_receipts(settings)
    if manifest.inputs:
        seen = [receipt for receipt in receipts if receipt.batch_seq <= manifest.inputs.get(receipt.feed, 0)]
        request = manifest.inputs.get(INPUT, 0)
        if is_named(seen, request):
            return seen, request
        raise IntegrityError(
            f"The receipts are not those that release {manifest.release_id} was built from.",
            next_step="restore `receipts/` and `landing/` from the backup, then replay again.",
        )
    in_order = sorted(receipts, key=lambda r: (r.recorded_at, r.feed, r.batch_seq))
    early = [
        r for r in in_order if datetime.fromisoformat(r.recorded_at) <= datetime.fromisoformat(manifest.published_at)
    ]
    for count in range(len(early), 0, -1):  # the deliveries shortly before it was published are tried first
        if is_named(early[:count], 0):
            return early[:count], 0
    raise IntegrityError(
        f"Release {manifest.release_id} cannot be replayed: it is from before releases remembered their deliveries, "
        "and no first part of the receipts gives its name.",
        next_step="replay a later one.",
    )
