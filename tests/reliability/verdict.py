"""What became of a damaged delivery, judged in plain Python: nothing here comes from the code under test."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

Row = tuple[Any, ...]


@dataclass
class Outcome:
    """What landing left of one delivery: its receipts, the rows of each batch, and how many entries of quarantine."""

    receipts: list[dict[str, Any]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    entries: int = 0

    @property
    def rules(self) -> set[str]:
        return {str(receipt["rule"]) for receipt in self.receipts if receipt["status"] == "refused"}

    def unsound(self) -> str | None:
        """Why this is no answer at all, if so: silence, a crash, or counts that do not add up with what lies there."""
        if not self.receipts:
            return "no receipt"
        if "unexpected" in self.rules:
            return "an error that nobody foresaw"
        count: Counter[str] = Counter()
        for receipt in self.receipts:
            count.update({k: receipt[k] for k in ("received", "landed", "quarantined", "duplicates")})
        if count["received"] != count["landed"] + count["quarantined"] + count["duplicates"]:
            return "received is not landed + quarantined + duplicates"
        if (count["landed"], count["quarantined"]) != (len(self.rows), self.entries):
            return "the receipt counts other rows than lie there"
        return None


def judge(truth: list[Row], parts: int, found: Outcome) -> str:
    """`identical`, `quarantined`, `refused`, or `changed`: a row landed that was not sent, or was lost without a word.

    Every run of neighbours that is missing must have an entry of its own, for one broken record can swallow the next;
    a file of a zip that was refused accounts for its rows. `parts` is how many files the delivery has.
    """
    if Counter(found.rows) - Counter(truth):
        return "changed"
    landed = set(found.rows)
    size = len(truth) // parts
    refused = [receipt for receipt in found.receipts if receipt["status"] == "refused"]
    is_whole = any("!" not in receipt["file_name"] for receipt in refused)
    spoken_for = parts if is_whole else len(refused)
    gaps = 0
    for begin in range(0, len(truth), size):
        missing = [row not in landed for row in truth[begin : begin + size]]
        if all(missing) and spoken_for:
            spoken_for -= 1
        else:
            gaps += sum(now and not before for before, now in zip([False, *missing], missing, strict=False))
    if gaps > found.entries:
        return "changed"
    if refused and not landed:
        return "refused"
    return "quarantined" if len(landed) < len(truth) or found.entries else "identical"
