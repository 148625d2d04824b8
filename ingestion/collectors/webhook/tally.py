"""What a run of the receiver did: counters that grow while it runs, and the report at its end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Tally:
    """Counts answers. `repeated`: deliveries that had been taken before; `refused` by rule, `files` by feed."""

    files: Counter[str] = field(default_factory=Counter)
    flaws: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    bytes: int = 0

    def report(self) -> dict[str, Any]:
        """For a machine."""
        counted = {name: dict(getattr(self, name)) for name in ("files", "flaws", "refused")}
        return {**counted, "repeated": self.repeated, "bytes": self.bytes}

    def line(self) -> str:
        """For a log: counts only."""
        found = " ".join(f"{rule}={count}" for rule, count in sorted((self.flaws + self.refused).items()))
        return f"files={self.files.total()} bytes={self.bytes} repeated={self.repeated} {found}".strip()
