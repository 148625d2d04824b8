"""What must be true once everything sent has been taken: plain Python and Decimal, and nothing of the product.

The rules are those of the contracts' prose, written here a second time: which cells are broken, what makes a row the
same as one before, which version of a key counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.reliability.source import CASES, MESSAGES, ROOMS, Sent

Published = dict[tuple[str, str], tuple[int, Decimal]]  # (figure, day) -> how many, their sum


@dataclass
class Truth:
    """The rows that must have landed, in order, and how many of each feed must have been set aside."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    aside: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def take(self, files: Iterable[Sent]) -> Truth:
        """Take files in the order in which they were sent."""
        known: set[bytes] = set()
        for file in files:
            if file.rows is None or (mark := repr(file.rows).encode()) in known:
                continue  # unreadable, or the same bytes once more
            known.add(mark)
            for row in file.rows:
                self._take(file.feed, row)
        return self

    def _take(self, feed: str, row: dict[str, Any]) -> None:
        found = _RULES[feed](row)
        if found is None:
            self.aside[feed] += 1
        elif not self._is_known(feed, found):
            self.rows[feed].append(found)

    def _is_known(self, feed: str, row: dict[str, Any]) -> bool:
        """A reading repeats the newest of its key; a case or message repeats any version that came before."""
        same_key = [known for known in self.rows[feed] if known["key"] == row["key"]]
        return row in (same_key[-1:] if feed == ROOMS else same_key)

    def published(self) -> Published:
        """The figures: per day, rows in force and the sum of what they measure."""
        figures: dict[tuple[str, str], tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
        for feed, rows in self.rows.items():
            newest: dict[Any, dict[str, Any]] = {}
            for row in rows:
                held = newest.get(row["key"])
                if held is None or feed != CASES or row["version"] >= held["version"]:
                    newest[row["key"]] = row
            for row in newest.values():
                count, total = figures[feed, row["day"]]
                figures[feed, row["day"]] = count + 1, total + row["measure"]
        return dict(figures)


def _reading(row: dict[str, Any]) -> dict[str, Any] | None:
    degrees = _decimal(row["temperature"])
    if degrees is None:
        return None
    key = (row["point_id"], row["measured_at"])
    return {"key": key, "day": row["measured_at"][:10], "measure": _signed(degrees)}


def _case(row: dict[str, Any]) -> dict[str, Any] | None:
    try:
        at = datetime.fromisoformat(row["来电时间"])
    except ValueError:
        return None
    found = {"key": row["工单编号"], "version": row["更新时间"], "day": f"{at:%Y-%m-%d}", "state": row["工单状态"]}
    return found | {"measure": Decimal(row["是否解决"] == "是"), "solved": row["是否解决"]}


def _message(row: dict[str, Any]) -> dict[str, Any] | None:
    degrees = _decimal(str(row["t"]))
    if degrees is None:
        return None
    return {"key": (row["point_id"], row["ts"]), "day": row["ts"][:10], "measure": _signed(degrees)}


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10_000 else None


def _signed(degrees: Decimal) -> Decimal:
    """Sixteen bits of a tenth of a degree each, read without their sign."""
    return degrees - Decimal("6553.6") if degrees > Decimal("3276.7") else degrees


_RULES = {ROOMS: _reading, CASES: _case, MESSAGES: _message}
