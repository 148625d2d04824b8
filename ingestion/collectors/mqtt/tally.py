"""What a run of the collector did: counters that grow while it runs, and the report at its end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Tally:
    """Counts messages that are on disk. `sessions_lost`: the broker had forgotten us, and what it held meanwhile."""

    messages: Counter[str] = field(default_factory=Counter)
    flaws: Counter[str] = field(default_factory=Counter)
    segments: list[str] = field(default_factory=list)
    recovered: list[str] = field(default_factory=list)
    sent_again: int = 0
    retained: int = 0
    not_ours: int = 0
    connections: int = 0
    sessions_lost: int = 0
    groups: int = 0

    def report(self) -> dict[str, Any]:
        """For a machine."""
        counted = {"messages": dict(self.messages), "flaws": dict(self.flaws)}
        return {**self.__dict__, **counted}

    def line(self) -> str:
        """For a log: counts only."""
        found = " ".join(f"{rule}={count}" for rule, count in sorted(self.flaws.items()))
        return (
            f"messages={self.messages.total()} segments={len(self.segments)} groups={self.groups} "
            f"sent_again={self.sent_again} retained={self.retained} not_ours={self.not_ours} "
            f"connections={self.connections} {found}"
        ).strip()
