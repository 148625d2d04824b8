"""Follows columns across models: up to where the data came from, and down to what is published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from warehouse.columns.models import Model
from warehouse.columns.origin import ROWS, Input, Kind


class Columns:
    """The models of a build with their columns."""

    def __init__(self, models: Mapping[str, Model]) -> None:
        self.models = models
        self._roots: dict[Input, frozenset[Input]] = {}
        self._choosers: dict[str, frozenset[Input]] = {}

    @property
    def unread(self) -> list[Model]:
        return [model for model in self.models.values() if model.unread]

    def inputs(self, place: Input) -> tuple[Input, ...]:
        """What a column is made of directly; nothing for one that no model makes."""
        relation, column = place
        model = self.models.get(relation)
        if model is None:
            return ()
        if column == ROWS:
            return tuple((rows, ROWS) for rows in model.rows)
        step = model.columns.get(column)
        return step.inputs if step else ()

    def roots(self, place: Input) -> frozenset[Input]:
        """The columns of landing tables and seeds that a column goes back to; itself where no model makes it."""
        if place[0] not in self.models:
            return frozenset({place})
        if place not in self._roots:
            inputs = self.inputs(place)
            found = frozenset[Input]().union(*map(self.roots, inputs))
            if not found and place[1] != ROWS and self.models[place[0]].columns[place[1]].kind == Kind.AGGREGATED:
                # A sum of ones that another model wrote counts the rows of that model.
                found = found.union(*(self.roots((relation, ROWS)) for relation, _ in inputs))
            self._roots[place] = found
        return self._roots[place]

    def choosers(self, relation: str) -> frozenset[Input]:
        """What chooses, joins or groups the rows on the way to a table, in it and in every model it stands on."""
        model = self.models.get(relation)
        if model is None:
            return frozenset()
        if relation not in self._choosers:
            here = frozenset[Input]().union(*map(self.roots, model.conditions))
            below = {place for step in model.columns.values() for place, _ in step.inputs}
            below |= {*model.rows, *(place for place, _ in model.conditions)}
            self._choosers[relation] = here.union(*map(self.choosers, sorted(below)))
        return self._choosers[relation]

    def way(self, place: Input) -> Iterator[tuple[Input, tuple[Input, ...]]]:
        """A column and all that it goes back to, each once with what it is made of, nearest first."""
        todo, seen = [place], {place}
        while todo:
            here = todo.pop(0)
            inputs = self.inputs(here)
            yield here, inputs
            new = [found for found in inputs if found not in seen]
            seen |= set(new)
            todo += new

    def reached(self, places: Iterable[Input]) -> dict[Input, list[Input]]:
        """By landing or seed column: which of these columns go back to it."""
        found: dict[Input, list[Input]] = {}
        for place in places:
            for root in self.roots(place):
                found.setdefault(root, []).append(place)
        return found
