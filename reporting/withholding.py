"""Which areas are withheld so that no count of 1 to 4 can be worked out: primary, then complementary suppression.

An attacker knows every printed number, that an area is the sum of its parts, and that a zero is printed: what is
withheld is at least 1 (that of a zero withheld beside another number of its key, 0). He can move a withheld count only
as far as other withheld counts of the same sums give or take. No zero is withheld as cover: where parts cannot move
far enough, their total is withheld. The guarantee, for every area, level and span given:

* a withheld count of 1 to 4 could, by all that is printed, as well be 5 or more;
* any other withheld count that is not 0 could have another value.

Areas form a tree, so how far a count can move is found exactly by walking it; tests/reporting/auditor.py checks the
same as an attacker, by linear programming over what is printed.

Each number is closed by itself first: so the base of this January withholds at least what the count of the last did,
and two briefs a year apart do not undo each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

ENOUGH = Decimal(5)  # 1 to 4 are small
NOTHING = Decimal(0)
LEAST = Decimal(1)  # what is withheld and no zero
UNBOUNDED = Decimal("Infinity")


class Key(NamedTuple):
    """What is withheld together: one class of counts in one span and area."""

    kind: str
    span: str
    area: str


@dataclass(frozen=True)
class Counts:
    """What is printed of a key: by name, numbers from 0 that add up over areas."""

    key: Key
    numbers: Mapping[str, Decimal]


def withheld(
    counts: Iterable[Counts], parents: Mapping[str, str], also: Collection[Key] = frozenset()
) -> frozenset[Key]:
    """The keys to withhold, each with all its numbers; those of `also` among them."""
    together: dict[tuple[str, str], list[Counts]] = defaultdict(list)
    for item in counts:
        together[item.key[:2]].append(item)
    chosen: set[Key] = set()
    for (kind, span), items in together.items():
        trees = _trees(items, parents)
        hidden = {key.area for key in also if key[:2] == (kind, span)}.union(*(tree.closed() for tree in trees))
        for tree in trees:
            tree.hidden = hidden
        # A choice in one tree can open a gap in another, which shares its areas.
        while sum(tree.close() for tree in trees):
            pass
        chosen |= {Key(kind, span, area) for area in hidden & {item.key.area for item in items}}
    return frozenset(chosen)


def is_small(number: Decimal) -> bool:
    return 0 < number < ENOUGH


def _trees(items: list[Counts], parents: Mapping[str, str]) -> list[Tree]:
    """One tree for each number."""
    values: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for item in items:
        for name, number in item.numbers.items():
            if item.key.area in values[name]:
                raise ValueError(f"two counts of {item.key}: give the levels of one hierarchy only")
            values[name][item.key.area] = max(number, NOTHING)
    return [Tree(found, parents) for _, found in sorted(values.items())]


@dataclass
class Tree:
    """One number over all areas; `hidden` grows until no gap is left."""

    values: dict[str, Decimal]
    parents: Mapping[str, str]
    hidden: set[str] = field(init=False)
    above: dict[str, str] = field(init=False)
    below: dict[str, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        self.hidden = {area for area, number in self.values.items() if is_small(number)}
        children: dict[str, list[str]] = defaultdict(list)
        for area in sorted(self.values):
            if (parent := self.parents.get(area)) in self.values and parent is not None:
                children[parent].append(area)
        # A level that counts nothing is no part of the sum: public security has no figures by street.
        self.below = {parent: found for parent, found in children.items() if any(self.values[a] for a in found)}
        self.above = {area: parent for parent, found in self.below.items() for area in found}

    def closed(self) -> set[str]:
        self.close()
        return self.hidden

    def close(self) -> bool:
        """Withhold more until every withheld number can move; whether anything was added."""
        before = len(self.hidden)
        while (gap := self._gap()) is not None:
            self.hidden.add(gap)
        return len(self.hidden) > before

    def _gap(self) -> str | None:
        """An area to withhold as well, None when every withheld number can move far enough."""
        for area in sorted(self.hidden & self.values.keys()):
            value = self.values[area]
            if not value or self._is_free(area):
                continue
            if found := self._cover(area):
                return found
        return None

    def _is_free(self, area: str) -> bool:
        if is_small(self.values[area]):
            return self.values[area] + self._more(area) >= ENOUGH
        return self._more(area) > 0 or self._less(area) > 0

    def _cover(self, area: str) -> str | None:
        """The smallest area that is shown and no zero: below, beside or above. From 5 on, it gives what 1 wants."""
        if not self._more_below(area) and (found := self._smallest(self._within(area))):
            return found
        if area not in self.above:
            return None
        parent = self.above[area]
        beside = [other for sibling in self.below[parent] if sibling != area for other in self._shown(sibling)]
        if found := self._smallest(beside):
            return found
        return self._cover(parent) if parent in self.hidden else parent

    def _shown(self, area: str) -> list[str]:
        """The area if it is shown, else what is shown within it."""
        if area not in self.hidden:
            return [area]
        return self._within(area)

    def _within(self, area: str) -> list[str]:
        return [other for child in self.below.get(area, ()) for other in self._shown(child)]

    def _smallest(self, areas: list[str]) -> str | None:
        shown = [area for area in areas if area not in self.hidden and self.values[area]]
        return min(shown, key=lambda area: (self.values[area], area), default=None)

    # How far a withheld number can rise or fall: by what lies below it, and by what shares a sum with it.

    def _more(self, area: str) -> Decimal:
        return min(self._more_below(area), self._more_beside(area))

    def _less(self, area: str) -> Decimal:
        return min(self._less_below(area), self._less_beside(area))

    def _more_below(self, area: str) -> Decimal:
        if area not in self.hidden:
            return NOTHING
        return sum(map(self._more_below, self.below[area]), NOTHING) if area in self.below else UNBOUNDED

    def _less_below(self, area: str) -> Decimal:
        if area not in self.hidden:
            return NOTHING
        if area in self.below:
            return sum(map(self._less_below, self.below[area]), NOTHING)
        return max(self.values[area] - LEAST, NOTHING)

    def _more_beside(self, area: str) -> Decimal:
        parent = self.above.get(area)
        if parent is None:
            return UNBOUNDED
        taken = sum((self._less_below(a) for a in self.below[parent] if a != area), NOTHING)
        return taken + (self._more_beside(parent) if parent in self.hidden else NOTHING)

    def _less_beside(self, area: str) -> Decimal:
        parent = self.above.get(area)
        if parent is None:
            return UNBOUNDED
        given = sum((self._more_below(a) for a in self.below[parent] if a != area), NOTHING)
        return given + (self._less_beside(parent) if parent in self.hidden else NOTHING)
