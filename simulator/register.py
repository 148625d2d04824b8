"""Records that change: cells that stay, and the moments at which something happened to each record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from simulator.arrays import NEVER, Flags, Ints, Moments, Texts


@dataclass(frozen=True)
class Register:
    """Records of one feed. `steps` names the moments that make a new version of a record, in no order."""

    cells: dict[str, Texts]
    moments: dict[str, Moments]
    steps: tuple[str, ...]

    def __len__(self) -> int:
        return len(next(iter(self.cells.values())))

    def changed_on(self, day: date) -> Ints:
        """Positions of the records to which something happened on that day."""
        start, end = np.datetime64(day, "s"), np.datetime64(day + timedelta(days=1), "s")
        touched: Flags = np.zeros(len(self), dtype=bool)
        for step in self.steps:
            touched |= (self.moments[step] >= start) & (self.moments[step] < end)
        return np.flatnonzero(touched)

    def received_on(self, day: date, step: str) -> Ints:
        """Positions of the records whose `step` fell on that day."""
        return np.flatnonzero(self.moments[step].astype("datetime64[D]") == np.datetime64(day, "D"))

    def seen(self, name: str, rows: Ints, as_of: Moments | np.datetime64) -> Moments:
        """A moment as it was known: NaT when it had not come yet."""
        moments = self.moments[name][rows]
        return np.where(moments < as_of, moments, NEVER)

    def last_step(self, rows: Ints, as_of: np.datetime64) -> Moments:
        """When each record last changed before `as_of`."""
        last: Moments = np.fmax.reduce([self.seen(step, rows, as_of) for step in self.steps])
        return last

    def column(self, name: str, rows: Ints) -> list[str]:
        found: list[str] = self.cells[name][rows].tolist()
        return found


def join(parts: list[Register]) -> Register:
    """One register of several of the same kind."""
    first = parts[0]
    return Register(
        cells={name: np.concatenate([part.cells[name] for part in parts]) for name in first.cells},
        moments={name: np.concatenate([part.moments[name] for part in parts]) for name in first.moments},
        steps=first.steps,
    )
