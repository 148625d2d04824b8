"""How much is taken, how fast it must come, and how often; what an installation may set comes from its settings."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ingestion.collectors.webhook.refusal import Refusal

MINUTE = 60.0


@dataclass(frozen=True)
class Limits:
    """Bytes, seconds and counts. A body has `least` seconds and those that its length takes at `slowest` bytes each."""

    largest: int = 64 << 20
    window: int = 300
    per_minute: int = 60
    at_once: int = 8
    at_once_per_key: int = 2
    idle: float = 15.0
    least: float = 30.0
    slowest: int = 32 << 10
    headers: float = 10.0
    connections: int = 128
    drain: int = 60

    @property
    def remembered(self) -> int:
        """A signature may be as old as the window, or as much ahead: it is good for twice as long at most."""
        return 2 * self.window + 60

    def seconds_for(self, length: int) -> float:
        return self.least + length / self.slowest


class Turns:
    """Who may send now: a bucket of deliveries for each key that fills again over a minute, and places for uploads."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._left: dict[str, tuple[float, float]] = {}
        self._uploads: Counter[str] = Counter()
        self._under_way: set[tuple[str, str]] = set()

    def take(self, key_id: str) -> None:
        """Raises Refusal (`rate`) with the seconds until the next one."""
        now, each = time.monotonic(), self.limits.per_minute / MINUTE
        left, seen = self._left.get(key_id, (float(self.limits.per_minute), now))
        left = min(float(self.limits.per_minute), left + (now - seen) * each)
        if left < 1:
            self._left[key_id] = left, now
            raise Refusal("rate", wait=math.ceil((1 - left) / each))
        self._left[key_id] = left - 1, now

    @contextmanager
    def upload(self, key_id: str, sha256: str) -> Iterator[None]:
        """A place for one upload. Raises Refusal (`under_way`, `at_once`, `busy`)."""
        this = (key_id, sha256)
        if this in self._under_way:
            raise Refusal("under_way", wait=2)
        if self._uploads[key_id] >= self.limits.at_once_per_key:
            raise Refusal("at_once", wait=2)
        if self._uploads.total() >= self.limits.at_once:
            raise Refusal("busy", wait=5)
        self._under_way.add(this)
        self._uploads[key_id] += 1
        try:
            yield
        finally:
            self._under_way.discard(this)
            self._uploads[key_id] -= 1
