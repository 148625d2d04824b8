"""Up to where a feed has been pulled; written after its segment is sealed, so a kill repeats and never leaves out."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from ingestion import durable
from ingestion.errors import IntegrityError
from ingestion.settings import Settings


@dataclass(frozen=True)
class Cursor:
    """`until` is the end of the last window, `sha256` that of its segment: the same again is nothing new."""

    until: datetime | None = None
    sha256: str = ""


def read_cursor(settings: Settings, feed: str) -> Cursor:
    """The feed's cursor; an empty one before the first pull."""
    path = _path(settings, feed)
    if not path.exists():
        return Cursor()
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return Cursor(datetime.fromisoformat(stored["until"]), str(stored["sha256"]))
    except (ValueError, TypeError, KeyError) as error:
        raise IntegrityError(
            f"{feed}: the cursor collect/{path.name} is damaged.",
            next_step="delete it: the feed is pulled from its start, and what has landed counts as duplicate.",
        ) from error


def write_cursor(settings: Settings, feed: str, cursor: Cursor) -> None:
    """Make a cursor durable."""
    durable.make_folder(settings.collect, durable.INTERNAL)
    durable.write_file(_path(settings, feed), json.dumps(asdict(cursor), default=str).encode(), "collect.cursor")


def _path(settings: Settings, feed: str) -> Path:
    return settings.collect / f"{feed}.json"
