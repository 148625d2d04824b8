"""Deletion certificates: what went, why, and what stays; counts and hashes, never a value. They are never removed.

A certificate is written before anything goes (`.pending`) and gets its final name when all of it has gone: a run that
was killed between the two is finished by the next one of its kind, and the scan knows what may be missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from ingestion import durable
from ingestion.errors import IntegrityError
from ingestion.settings import Settings

PENDING = ".pending"


@dataclass
class Certificate:
    """One deletion. `kind` is retention, forgetting, retokenising or key; `why` names policy or request.

    `rows` are landed rows that went, by delivery; `changed` those of which personal values went, by feed. `files` are
    what went, by name in the home, with the sha256 they had; `instead` what took the place of some.
    """

    certificate_id: str
    kind: str
    why: dict[str, Any]
    began_at: str
    finished_at: str = ""
    rows: list[dict[str, Any]] = field(default_factory=list)
    changed: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    instead: dict[str, str] = field(default_factory=dict)
    stays: list[str] = field(default_factory=list)

    @property
    def stem(self) -> str:
        return f"{self.began_at[:10]}-{self.certificate_id}"

    @property
    def says_something(self) -> bool:
        return bool(self.rows or self.changed or self.files)

    def note_rows(self, feed: str, gone: dict[tuple[int, str], int]) -> None:
        """Note landed rows of deliveries; noting the same ones twice, after a kill, counts them once."""
        known = {row["batch_id"] for row in self.rows if row["feed"] == feed}
        self.rows += [
            {"feed": feed, "batch_seq": seq, "batch_id": batch, "rows": number}
            for (seq, batch), number in gone.items()
            if batch not in known
        ]


def begin(settings: Settings, kind: str, why: dict[str, Any], now: datetime) -> Certificate:
    """The certificate of a deletion that begins, or the one that a killed run of this kind and reason left."""
    for certificate in _read_all(settings, PENDING):
        if (certificate.kind, certificate.why.get("request")) == (kind, why.get("request")):
            return certificate
    return Certificate(uuid4().hex[:12], kind, why, f"{now:%Y-%m-%d %H:%M:%S}")


def announce(settings: Settings, certificate: Certificate) -> None:
    """Write down what is about to go."""
    durable.make_folder(settings.certificates, durable.INTERNAL)
    durable.write_file(
        settings.certificates / f"{certificate.stem}{PENDING}", _bytes(certificate), "privacy.intent", 0o640
    )


def finish(settings: Settings, certificate: Certificate, now: datetime) -> Path:
    """Make it final. Returns its file."""
    certificate.finished_at = f"{now:%Y-%m-%d %H:%M:%S}"
    announce(settings, certificate)
    final = settings.certificates / f"{certificate.stem}.json"
    durable.publish_file(settings.certificates / f"{certificate.stem}{PENDING}", final, "privacy.certificate")
    return final


def unfinished(settings: Settings) -> list[Certificate]:
    """Those whose run was killed before all had gone."""
    return _read_all(settings, PENDING)


def lawfully_gone(settings: Settings) -> dict[str, set[int]]:
    """How many landed rows of a delivery may be missing, by its id: what is certified, and with what is under way."""
    certain: dict[str, int] = {}
    for batch, rows in _rows(_read_all(settings, ".json")):
        certain[batch] = certain.get(batch, 0) + rows
    allowed = {batch: {rows} for batch, rows in certain.items()}
    for batch, rows in _rows(unfinished(settings)):
        allowed.setdefault(batch, {0}).update({certain.get(batch, 0) + rows})
    return allowed


def files_gone(settings: Settings) -> set[str]:
    """Names in the home of all files that were certified as gone: no copy of them may be kept either."""
    return {name for certificate in _read_all(settings, ".json") for name in certificate.files}


def releases(settings: Settings) -> set[str]:
    """The releases in service when landed rows were let go by age: they hold what can no longer be counted."""
    named = (c.why.get("release") for c in _read_all(settings, ".json") if c.kind == "retention" and c.rows)
    return {str(release) for release in named if release}


def _rows(found: Iterable[Certificate]) -> Iterator[tuple[str, int]]:
    return ((row["batch_id"], row["rows"]) for certificate in found for row in certificate.rows)


def _read_all(settings: Settings, ending: str) -> list[Certificate]:
    return [_read(path) for path in sorted(settings.certificates.glob(f"????-??-??-*{ending}"))]


def _read(path: Path) -> Certificate:
    try:
        return Certificate(**json.loads(path.read_bytes()))
    except (ValueError, TypeError) as error:
        raise IntegrityError(f"Certificate {path.name} is damaged.", next_step="restore it from the backup.") from error


def _bytes(certificate: Certificate) -> bytes:
    return (json.dumps(asdict(certificate), ensure_ascii=False, indent=1) + "\n").encode()
