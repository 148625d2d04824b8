"""What a column of a query is made of, and what a query gives: the small values that reading SQL works with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

ROWS = "*"  # stands for the rows of a relation where something counts them
Input = tuple[str, str]  # relation as `schema.name`, column


class Kind(IntEnum):
    """What happened to a column, from nothing to most: of several ways to it the greatest is told."""

    CONSTANT = 0
    PASSED = 1
    COMPUTED = 2
    AGGREGATED = 3
    PROGRAM = 4  # by a model in Python: which of its inputs' columns it names


class NotRead(ValueError):
    """SQL that cannot be followed; says which name or construct, never a value."""


@dataclass(frozen=True)
class Origin:
    """The columns of other relations that a column reads, and what is done to them."""

    kind: Kind = Kind.CONSTANT
    inputs: frozenset[Input] = frozenset()


def mixed(origins: Iterable[Origin], at_least: Kind = Kind.CONSTANT) -> Origin:
    """Several origins as one."""
    kind, inputs = at_least, set[Input]()
    for origin in origins:
        kind = max(kind, origin.kind)
        inputs |= origin.inputs
    return Origin(kind, frozenset(inputs))


@dataclass(frozen=True)
class Relation:
    """What a FROM or a query gives: its columns in order, and the relations of the warehouse whose rows it shows.

    `any_column` is what a name stands for that is not listed: fields of a list of records that is unfolded.
    """

    columns: Mapping[str, Origin] = field(default_factory=dict)
    rows: frozenset[str] = frozenset()
    any_column: Origin | None = None

    def column(self, name: str) -> Origin | None:
        return self.columns.get(name, self.any_column)

    def renamed(self, names: list[str]) -> Relation:
        """With the names of a table alias, `t (a, b)`, which may name the first columns only."""
        if self.any_column is not None:
            return Relation(dict.fromkeys(names, self.any_column), self.rows, self.any_column)
        given = [*names, *list(self.columns)[len(names) :]]
        return Relation(dict(zip(given, self.columns.values(), strict=False)), self.rows)


def stored(relation: str, columns: Iterable[str]) -> Relation:
    """A relation of the warehouse as others read it."""
    origins = {name: Origin(Kind.PASSED, frozenset({(relation, name)})) for name in columns}
    return Relation(origins, frozenset({relation}))
