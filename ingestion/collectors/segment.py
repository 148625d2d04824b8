"""Records become lines with their source keys untouched, and lines become one sealed segment in the inbox."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from ingestion import durable
from ingestion.collectors.passes import Record
from ingestion.contract import Contract
from ingestion.manifest import ENDING, beside
from ingestion.settings import Settings

PREFIX = "http_"
PRIVATE = 0o640  # it holds what the source wrote, names and phones included


def as_record(contract: Contract, found: Any) -> Record:
    """One record as a line. Without a whole key its content is its key: it is never taken for another one."""
    line = _line(found)
    values = [_key_value(found, contract.column(name).header) for name in contract.key]
    return Record(line if None in values else json.dumps(values), line)


def _line(found: Any) -> str:
    line = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair is legal in JSON but is no UTF-8
        line = json.dumps(found, separators=(",", ":"))
    return line


def _key_value(found: Any, headers: list[str]) -> str | None:
    if not headers:
        return ""  # a constant: the same in every row
    here = [found[name] for name in headers if name in found] if isinstance(found, dict) else []
    return next((str(value) for value in here if value is not None), None)


def as_bytes(records: list[Record]) -> bytes:
    """The segment of these records; in the order of their keys, so that the same records are the same bytes."""
    return "".join(f"{record.line}\n" for record in sorted(records)).encode("utf-8")


def sweep(settings: Settings, feed: str) -> None:
    """Clear away what a killed pull left half-written: temporary files, and a manifest whose segment never came."""
    folder = settings.inbox / feed
    for path in folder.glob(f".{PREFIX}*.tmp"):
        durable.remove_file(path, "segment.sweep_half")
    for path in folder.glob(f"{PREFIX}*{ENDING}"):
        if not path.with_name(path.name.removesuffix(ENDING)).exists():
            durable.remove_file(path, "segment.sweep_manifest")


def seal(settings: Settings, feed: str, data: bytes, since: datetime | None, until: datetime) -> Path:
    """Write a segment into the inbox. The manifest comes first, so that landing never meets a segment without it."""
    digest = hashlib.sha256(data).hexdigest()
    path = settings.inbox / feed / f"{PREFIX}{until:%Y%m%dT%H%M%S}_{digest[:12]}.jsonl"
    manifest = {"rows": data.count(b"\n"), "sha256": digest, "period": {"since": since, "until": until}}
    durable.write_file(beside(path), json.dumps(manifest, default=str).encode(), "segment.manifest", PRIVATE)
    durable.write_file(path, data, "segment.data", PRIVATE)
    return path
