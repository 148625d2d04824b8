"""How much one pull may take in: pages that never end would otherwise fill the memory, each of them small."""

from __future__ import annotations

from ingestion.collectors.patience import Patience
from ingestion.errors import SourceRefused


class Allowance:
    """What is left of one pull's bytes and rows; pages that are read again count again, for they are held again."""

    def __init__(self, feed: str, patience: Patience) -> None:
        self.feed = feed
        self.patience = patience
        self._bytes = 0
        self._rows = 0

    def take_bytes(self, count: int) -> None:
        self._bytes += count
        if self._bytes > self.patience.largest_pull:
            raise self._spent(f"{self.patience.largest_pull} bytes", "largest_pull")

    def take_rows(self, count: int) -> None:
        self._rows += count
        if self._rows > self.patience.most_rows:
            raise self._spent(f"{self.patience.most_rows} rows", "most_rows")

    def _spent(self, limit: str, name: str) -> SourceRefused:
        return SourceRefused(
            "pull_too_large",
            f"{self.feed}: one pull gives more than {limit}, pages that were read again included.",
            next_step=f"narrow the window with --since; where all of it is needed, raise `{name}` in "
            "ingestion/collectors/patience.py.",
        )
