"""What the callers of a day want, as arrays in the order they call."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from simulator.arrays import Flags, Ints, Moments

TYPES = ("咨询", "求助", "投诉", "举报", "建议", "表扬感谢")
CONSULT, HELP, COMPLAINT, PRAISE = 0, 1, 2, 5
HEATING = 0
ANONYMOUS_SHARE = 0.12
NOBODY = -1


@dataclass(frozen=True)
class Asked:
    """`kind`, `category`, `subcategory` and `wording` are positions in the lists of words.

    `outage` numbers the day's outages. `earlier` is the position of the call of the same day, about the same matter,
    that this one repeats or joins.
    """

    received: Moments
    kind: Ints
    category: Ints
    subcategory: Ints
    wording: Ints
    person: Ints
    is_anonymous: Flags
    is_again: Flags
    outage: Ints
    earlier: Ints

    def __len__(self) -> int:
        return len(self.received)

    @property
    def is_heating(self) -> Flags:
        heating: Flags = self.category == HEATING
        return heating

    def at(self, rows: Ints) -> Asked:
        return Asked(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def together(parts: list[Asked]) -> Asked:
    """The calls of all parts in the order they come; only before `earlier` is known, for positions change."""
    joined = {field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Asked)}
    return Asked(**joined).at(np.argsort(joined["received"], kind="stable"))
