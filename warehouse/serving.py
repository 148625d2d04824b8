"""What readers see: manifests of the releases, the pointer to the one in service, and how old ones go."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ingestion.durable import (
    discard,
    link,
    make_folder,
    publish_file,
    remove_file,
    swap_link,
    write_file,
)
from ingestion.settings import Settings
from warehouse.audited import read_audit
from warehouse.release_scan import Fingerprints


@dataclass(frozen=True)
class Manifest:
    """What a release must be: it exists from the moment its manifest does. Digests are by path under `releases`.

    `inputs` tells up to which receipt of each feed its build saw, and under `recompute` up to which request; a release
    from before this was kept has none. `audit` is how many lines the audit log had and the digest of the last: who cuts
    that log must also change what was published.
    """

    release_id: str
    published_at: str
    data_as_of: str
    checks_passed: int
    checks_total: int
    tables: Fingerprints
    files: dict[str, str]
    inputs: dict[str, int] = field(default_factory=dict)
    audit: dict[str, int | str] = field(default_factory=dict)


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def manifest_path(settings: Settings, release_id: str) -> Path:
    """Where the manifest of a release lies while the release is kept."""
    return settings.releases / f"{release_id}.json"


def write_manifest(settings: Settings, manifest: Manifest) -> None:
    write_file(manifest_path(settings, manifest.release_id), _json(asdict(manifest)), "release.manifest")


def read_manifest(settings: Settings, release_id: str) -> Manifest | None:
    """The manifest of a release, or None when there is no such release (or its manifest is damaged)."""
    return _parse(manifest_path(settings, release_id))


def _parse(path: Path) -> Manifest | None:
    try:
        return Manifest(**json.loads(path.read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def manifests(settings: Settings) -> list[Manifest]:
    """The manifests of all releases that are kept, newest first."""
    found = [read_manifest(settings, path.stem) for path in settings.releases.glob("r*.json")]
    return sorted((m for m in found if m is not None), key=lambda m: (m.published_at, m.release_id), reverse=True)


def drop_manifest(settings: Settings, release_id: str) -> None:
    """Declare that a release does not exist; its files may then be rewritten."""
    remove_file(manifest_path(settings, release_id), "release.drop_manifest")


def release_problems(settings: Settings, release_id: str) -> list[str]:
    """Everything in which the files of a release differ from its manifest."""
    manifest = read_manifest(settings, release_id)
    if manifest is None:
        return [f"releases/{release_id}.json is missing or damaged; run `citypulse release`."]
    problems = []
    for name, digest in manifest.files.items():
        path = settings.releases / name
        if not path.is_file():
            problems.append(f"releases/{name} is missing; run `citypulse release`.")
        elif sha256_of(path) != digest:
            problems.append(f"releases/{name} is not what was published; run `citypulse release`.")
    return problems


def current_release(settings: Settings) -> str | None:
    """Id of the release in service."""
    try:
        return str(json.loads((settings.serving / "current.json").read_bytes())["release_id"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def release_before(settings: Settings, release_id: str) -> str | None:
    """Id of the release that was published last before another one."""
    ids = [manifest.release_id for manifest in reversed(manifests(settings))]
    return ids[ids.index(release_id) - 1] if release_id in ids[1:] else None


def audited_counts(settings: Settings) -> tuple[int, int]:
    """Checks passed and checks in all of the present build's audit. Raises GateBlocked when there is none."""
    audit = read_audit(settings)
    return audit.passed, audit.total


def verify_release(settings: Settings) -> list[str]:
    """Problems of the release in service, each with its next step; empty when all is well or nothing was published."""
    pointer, release_id = settings.serving / "current.json", current_release(settings)
    if release_id is None:
        return ["serving/current.json is damaged; run `citypulse release`."] if pointer.exists() else []
    problems = release_problems(settings, release_id)
    manifest = read_manifest(settings, release_id)
    if manifest is not None and pointer.read_bytes() != _pointer(settings, manifest):
        problems.append("serving/current.json does not match its release; run `citypulse release`.")
    original, served = settings.releases / f"{release_id}.duckdb", settings.serving / "governance.duckdb"
    if not served.is_file():
        problems.append("serving/governance.duckdb is missing; run `citypulse release`.")
    elif original.is_file() and not served.samefile(original) and sha256_of(served) != sha256_of(original):
        problems.append("serving/governance.duckdb is not the release in service; run `citypulse release`.")
    if served.with_name("governance.duckdb.wal").exists():
        problems.append(
            "serving/governance.duckdb.wal: a reader opened the file for writing; let it connect read-only."
        )
    if (settings.serving / "parquet").resolve() != (settings.releases / f"{release_id}.parquet").resolve():
        problems.append("serving/parquet does not show the release in service; run `citypulse release`.")
    return problems


def point_to(settings: Settings, manifest: Manifest) -> None:
    """Put a release into service. The pointer comes last: until then readers of `current.json` have the old release."""
    make_folder(settings.serving)
    _swap_database(settings, manifest.release_id)
    parquet = Path("..") / settings.releases.name / f"{manifest.release_id}.parquet"
    swap_link(settings.serving / "parquet", parquet, "serving.parquet")
    write_file(settings.serving / "current.json", _pointer(settings, manifest), "serving.pointer")


def archived_releases(settings: Settings) -> list[str]:
    """Ids of the releases of which only the manifest is left."""
    return sorted(path.stem for path in (settings.releases / "archive").glob("r*.json"))


def audit_anchors(settings: Settings) -> dict[str, dict[str, int | str]]:
    """What every release, also one that has gone, knew of the audit log when it was published, by the release's id."""
    folders = (settings.releases, settings.releases / "archive")
    found = [_parse(path) for folder in folders for path in sorted(folder.glob("r*.json"))]
    return {f"release {manifest.release_id}": manifest.audit for manifest in found if manifest and manifest.audit}


def _swap_database(settings: Settings, release_id: str) -> None:
    original, served = settings.releases / f"{release_id}.duckdb", settings.serving / "governance.duckdb"
    if served.exists() and served.samefile(original):
        return  # rename between two links of one file does nothing and would leave the temporary link behind
    temporary = settings.serving / ".governance.duckdb.tmp"
    discard(temporary)
    try:
        link(original, temporary, "serving.link")
    except OSError:  # a file system without hard links
        shutil.copyfile(original, temporary)
        temporary.chmod(0o444)
    publish_file(temporary, served, "serving.database")


def _pointer(settings: Settings, manifest: Manifest) -> bytes:
    return _json(
        {
            "release_id": manifest.release_id,
            "published_at": manifest.published_at,
            "data_as_of": manifest.data_as_of,
            "database": str(settings.releases / f"{manifest.release_id}.duckdb"),
            "checks_passed": manifest.checks_passed,
            "checks_total": manifest.checks_total,
        }
    )


def _json(content: object) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
