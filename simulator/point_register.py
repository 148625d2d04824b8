"""The register of room points through a season: who is suspended, which gateway sends, what is taken down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np

from simulator.arrays import Flags, Ints, Texts
from simulator.openings import WEEKS, day_of, opening
from simulator.point_homes import homes
from simulator.room_points import points
from simulator.run import Run

CHANGE_SHARE, MOVED_SHARE = 0.006, 0.3
# Most customers who suspend come back after some weeks, or the city would go cold by spring.
BACK_SHARE, BACK_AFTER = 0.75, (10, 35)
FEWEST_FOR_REMOVAL = 20
EXPIRING_SHARE, RENEWED_AFTER = 0.04, timedelta(days=21)
# Days after the opening: in the season, and in the middle of it.
IN_SEASON, MIDWINTER = (20, 150), (52, 95)


@dataclass(frozen=True)
class Change:
    """What becomes of some points on a day; `luck` decides between the ways it can go."""

    day: date
    points: Ints
    what: Literal["suspended or resumed", "moved", "removed", "calibrated"]
    luck: float = 0.0


@dataclass(frozen=True)
class Standing:
    """What of each point changes in a season, as it stands on a day."""

    is_suspended: Flags
    is_removed: Flags
    gateway: Ints
    calibrated_until: Texts


class PointRegister:
    """All points of a run, their homes, and their standing on any day; a day is the same in every window."""

    def __init__(self, run: Run) -> None:
        self.found = points(run)
        self.homes = homes(run, self.found)
        self._run = run
        self._changes: dict[date, list[Change]] = {}

    def on(self, day: date) -> Standing:
        """The standing of all points on a day."""
        *_, (_, _, standing) = self.season(opening(day), day)
        return standing

    def season(self, opened: date, until: date) -> Iterator[tuple[date, Ints, Standing]]:
        """Who changed when: all points at the opening, then each change. The standing is one, and goes on changing."""
        now = self._opened(opened)
        yield opened, np.arange(len(self.found)), now
        if opened not in self._changes:
            self._changes[opened] = sorted(self._drawn(opened, now), key=lambda change: change.day)
        last = np.full(len(self.found), opened)
        for change in self._changes[opened]:
            is_possible = not (now.is_removed | (last == change.day))[change.points].any()
            if change.day <= until and is_possible and self._apply(change, now):
                last[change.points] = change.day
                yield change.day, change.points, now

    def _opened(self, opened: date) -> Standing:
        """Before the season sensors are calibrated for one or two years; a few were forgotten."""
        count, rng = len(self.found), self._run.stream("calibration", opened)
        until = [date(opened.year + years, 9, 30) for years in rng.integers(1, 3, count)]
        for place in np.flatnonzero(rng.random(count) < EXPIRING_SHARE):
            until[place] = opened + timedelta(days=int(rng.integers(*IN_SEASON)))
        removed: Flags = np.zeros(count, dtype=bool)
        dates = np.empty(count, dtype=object)
        dates[:] = until
        return Standing(self.found.is_suspended.copy(), removed, self.homes.gateway.copy(), dates)

    def _drawn(self, opened: date, now: Standing) -> Iterator[Change]:
        """Each week some customers suspend or resume or a point gets another gateway; one point is taken down."""
        count, run = len(self.found), self._run
        for week in WEEKS:
            rng = run.stream("register", opened, week)
            for luck in rng.random(max(1, rng.binomial(count, CHANGE_SHARE))):
                home = np.flatnonzero(self.homes.dwelling == self.homes.dwelling[rng.integers(count)])
                day = day_of(opened, week, rng)
                if luck < MOVED_SHARE:
                    yield Change(day, home, "moved", luck / MOVED_SHARE)
                    continue
                yield Change(day, home, "suspended or resumed")
                if rng.random() < BACK_SHARE:
                    yield Change(day + timedelta(days=int(rng.integers(*BACK_AFTER))), home, "suspended or resumed")
        rng = run.stream("removed", opened)
        if count >= FEWEST_FOR_REMOVAL:
            day = opened + timedelta(days=int(rng.integers(*MIDWINTER)))
            yield Change(day, rng.integers(1, count, size=1), "removed")
        for place in np.flatnonzero(now.calibrated_until < date(opened.year + 1, 9, 30))[::2]:
            yield Change(now.calibrated_until[place] + RENEWED_AFTER, np.array([place]), "calibrated")

    def _apply(self, change: Change, now: Standing) -> bool:
        """Whether the change was possible: a company with one gateway cannot move a point to another."""
        where = change.points
        if change.what == "moved":
            is_same = self.homes.company_of == self.found.enterprise[where[0]]
            others = np.flatnonzero(is_same & (np.arange(len(is_same)) != now.gateway[where[0]]))
            if not len(others):
                return False
            now.gateway[where] = others[int(change.luck * len(others))]
        elif change.what == "suspended or resumed":
            now.is_suspended[where] = ~now.is_suspended[where]
        elif change.what == "removed":
            now.is_removed[where] = True
        else:
            now.calibrated_until[where] = date(change.day.year + 2, 9, 30)
        return True
