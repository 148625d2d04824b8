"""The table of nonces: which requests have been taken, by their signature, for as long as a signature is good.

A replayed request finds itself here, gets the same answer, and does nothing. It is written after the file is in the
inbox and before the sender hears of it; a kill between the two costs a repetition, which landing knows as a duplicate.
A retry signed anew is another request: it is taken, for only landing knows whether those bytes landed or were refused.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ingestion import durable

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """One acknowledged delivery. `receipt` is the SHA-256 of the file in the inbox: the `batch_id` of its landing."""

    receipt: str
    feed: str
    file: str
    bytes: int
    rows: int | None = None
    flaws: dict[str, int] = field(default_factory=dict)


class Accepted:
    """The requests taken in the last `seconds`, which must be longer than a signature is good for."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self.folder = folder
        self.seconds = seconds

    def find(self, key_id: str, signature: str) -> Taken | None:
        path = self._path(key_id, signature)
        try:
            return Taken(**json.loads(path.read_bytes()))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            log.warning('key=%s receipt=damaged note="it is taken again; landing knows it"', key_id)
            return None

    def add(self, key_id: str, signature: str, taken: Taken) -> None:
        """Make it durable. Raises OSError where the disk does not let it."""
        durable.make_folder(self.folder / key_id, durable.INTERNAL)
        path = self._path(key_id, signature)
        try:
            durable.write_file(path, json.dumps(asdict(taken), ensure_ascii=False).encode(), "push.accepted", 0o640)
        except OSError:
            durable.discard(path.with_name(f".{path.name}.tmp"))
            raise

    def sweep(self) -> int:
        """Forget what is older, and what a kill left half-written. Returns how many."""
        before, gone = time.time() - self.seconds, 0
        for path in self.folder.glob("*/*"):
            if path.name.endswith(".tmp") or path.stat().st_mtime < before:
                durable.discard(path)
                gone += 1
        return gone

    def _path(self, key_id: str, signature: str) -> Path:
        return self.folder / key_id / f"{signature}.json"
