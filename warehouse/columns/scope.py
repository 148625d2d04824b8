"""What a name means at a place in a query: the tables in reach, the columns named before, and what lies around."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from warehouse.columns.origin import Input, NotRead, Origin, Relation, mixed


@dataclass
class Scope:
    """Inside one SELECT. `conditions` gathers what chooses rows, over all SELECTs of one query."""

    stored: Mapping[str, Relation]
    conditions: set[Input]
    named: Mapping[str, Relation] = field(default_factory=dict)
    around: Scope | None = None
    tables: dict[str, Relation] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)  # tables of a semi join: conditions see them, `*` does not
    merged: set[str] = field(default_factory=set)  # columns that USING made one
    aliases: dict[str, Origin] = field(default_factory=dict)
    windows: dict[str, exp.Expr] = field(default_factory=dict)

    def inner(self, named: Mapping[str, Relation] | None = None) -> Scope:
        """For a query inside this one, which may see the tables of this one."""
        return Scope(self.stored, self.conditions, self.named if named is None else named, self)

    def table(self, node: exp.Table) -> Relation:
        """A table by its name: one that WITH named, or one of the warehouse. Raises NotRead where there is none."""
        found = self.named.get(node.name.lower()) if not node.db else None
        found = found or self.stored.get(f"{node.db}.{node.name}".lower())
        if found is None:
            raise NotRead(f"no table {node.db}.{node.name}")
        return found

    def column(self, node: exp.Column) -> Origin:
        """A column by its name, with or without its table; `a.b` may also be the field b of a record a."""
        first, *rest = [part.name.lower() for part in node.parts]
        scope: Scope | None = self
        while scope is not None:
            found = scope._here(first, rest)
            if found is not None:
                return found
            scope = scope.around
        raise NotRead(f"no column {node.sql(dialect='duckdb')}")

    def _here(self, first: str, rest: list[str]) -> Origin | None:
        if rest and first in self.tables:
            return self.tables[first].column(rest[0])
        found = [origin for table in self.tables.values() if (origin := table.column(first)) is not None]
        if found:
            return mixed(found) if first in self.merged else found[0]
        if first in self.aliases:
            return self.aliases[first]
        if first in self.tables:  # the whole row
            return mixed(self.tables[first].columns.values())
        return None
