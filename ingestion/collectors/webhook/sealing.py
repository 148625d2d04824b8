"""A whole upload becomes a sealed file of the inbox; of a feed of messages, each line becomes a line of a segment."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from ingestion import durable
from ingestion.collectors.mqtt.message import Arrived, as_line
from ingestion.collectors.webhook.refusal import Refusal
from ingestion.collectors.webhook.upload import PRIVATE
from ingestion.contract import Messages
from ingestion.manifest import beside

LONGEST_LINE = 1 << 20  # no contract lets a message be longer


@dataclass
class Sealable:
    """A file that may be sealed: where it lies, its digest and, where someone counted, its rows."""

    part: Path
    sha256: str
    rows: int | None = None
    flaws: Counter[str] = field(default_factory=Counter)


def as_segment(part: Path, messages: Messages) -> Sealable:
    """The lines of an upload as the MQTT collector writes messages, in a file beside it: now is when they came.

    Raises Refusal (`line`, `empty`).
    """
    made = Sealable(part.with_suffix(".lines"), "", 0)
    digest, now, rows = hashlib.sha256(), time.time(), 0
    with (
        part.open("rb") as source,
        os.fdopen(os.open(made.part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as sink,
    ):
        while payload := source.readline(LONGEST_LINE + 1):
            if len(payload) > LONGEST_LINE:
                raise Refusal("line")
            if not payload.strip():
                continue
            line = as_line(Arrived("", payload.rstrip(b"\r\n")), messages, now)
            sink.write(line.data)
            digest.update(line.data)
            rows += 1
            made.flaws.update([line.flaw] if line.flaw else [])
    if not rows:
        raise Refusal("empty")
    made.sha256, made.rows = digest.hexdigest(), rows
    return made


def clear(part: Path) -> None:
    """Remove what is left of an upload beside the inbox; nothing where it went well."""
    for path in part.parent.glob(f"*{part.stem}*"):
        durable.discard(path)


def seal(ready: Sealable, final: Path) -> None:
    """Move it into the inbox. What vouches for it comes first, so landing never meets it alone; the rename seals.

    With a count that is a manifest, else an empty `.ok`. After an OSError nothing of it is seen.
    """
    counted = ready.rows is not None
    vouching = beside(final) if counted else final.with_name(f"{final.name}.ok")
    written = ready.part.with_suffix(".vouching")
    try:
        durable.make_folder(final.parent)
        manifest = json.dumps({"rows": ready.rows, "sha256": ready.sha256}).encode() if counted else b""
        durable.write_file(written, manifest, "push.manifest", PRIVATE)
        durable.publish_file(written, vouching, "push.vouching")
        durable.publish_file(ready.part, final, "push.seal")
        durable.fsync_file(ready.part.parent, "push.left")
    except OSError:
        if not final.exists():
            durable.discard(vouching)
        raise
