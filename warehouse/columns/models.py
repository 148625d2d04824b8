"""Every model of a build, column by column: what dbt compiled is read once, in the order in which the models run."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from ingestion.settings import Settings
from warehouse.columns.origin import Input, Kind, NotRead, Origin, Relation, mixed, stored
from warehouse.thread import Graph, relation_of


@dataclass(frozen=True)
class Step:
    """How one column is made from columns of other relations; in order."""

    kind: Kind
    inputs: tuple[Input, ...]

    def done(self, name: str) -> str:
        """What is done in one word, for the column of this name: to pass under another name is to rename."""
        is_renamed = self.kind == Kind.PASSED and any(column != name for _, column in self.inputs)
        return "renamed" if is_renamed else self.kind.name.lower()


@dataclass(frozen=True)
class Model:
    """One model. `unread` says why its SQL could not be followed; its columns then stand on all that goes in."""

    relation: str
    layer: str
    columns: Mapping[str, Step]
    conditions: tuple[Input, ...] = ()
    rows: tuple[str, ...] = ()
    unread: str = ""


def read_columns(settings: Settings, graph: Graph) -> dict[str, Model]:
    """The models of dbt's picture by relation (`schema.name`), each after those it reads. Never raises for a model."""
    known = dict(_leaves(settings, graph))
    models: dict[str, Model] = {}
    for node in _in_order(graph):
        relation = relation_of(node)
        inputs = {place: known[place] for place in _inputs(graph, node) if place in known}
        itself = {relation: stored(relation, node["columns"])}  # a model that grows may look at what it has
        model = _model(settings, node, relation, {**itself, **inputs})
        models[relation] = model
        known[relation] = stored(relation, model.columns)
    return models


def _leaves(settings: Settings, graph: Graph) -> Iterator[tuple[str, Relation]]:
    """What no model makes: landing tables, and seeds with the header of their file."""
    for source in graph["sources"].values():
        yield relation_of(source), stored(relation_of(source), source["columns"])
    for node in graph["nodes"].values():
        if node["resource_type"] == "seed":
            found = [path for folder in settings.seed_dirs if (path := folder / f"{node['name']}.csv").exists()]
            yield relation_of(node), stored(relation_of(node), _header(found[0]) if found else node["columns"])


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [name.strip().lower() for name in next(csv.reader(stream), [])]


def _in_order(graph: Graph) -> Iterable[dict[str, Any]]:
    nodes = {name: node for name, node in graph["nodes"].items() if node["resource_type"] == "model"}
    before = {name: [up for up in sorted(node["depends_on"]["nodes"]) if up in nodes] for name, node in nodes.items()}
    return [nodes[name] for name in TopologicalSorter(before).static_order()]


def _inputs(graph: Graph, node: Mapping[str, Any]) -> list[str]:
    everything = {**graph["nodes"], **graph["sources"]}
    return [relation_of(everything[name]) for name in node["depends_on"]["nodes"] if name in everything]


def _model(settings: Settings, node: Mapping[str, Any], relation: str, known: Mapping[str, Relation]) -> Model:
    layer = node["fqn"][1]
    if node.get("language") == "python":
        return Model(relation, layer, _all_of(node, relation, known, node["raw_code"]))
    try:
        from warehouse.columns.query import read_query  # sqlglot, half a second that most uses do without

        found, conditions = read_query(_compiled(settings, node), known)
    except NotRead as error:
        return Model(relation, layer, _all_of(node, relation, known), unread=str(error))
    columns = {name: _step(origin, relation) for name, origin in found.columns.items()}
    return Model(relation, layer, columns, _others(conditions, relation), tuple(sorted(found.rows - {relation})))


def _compiled(settings: Settings, node: Mapping[str, Any]) -> str:
    """What dbt made of the model; a mere parse leaves it out of the picture, but not away from its folder."""
    if code := node.get("compiled_code"):
        return str(code)
    compiled = settings.warehouse / "dbt_target" / "compiled"
    path = compiled / str(node["package_name"]) / str(node["original_file_path"])
    if not path.is_file():
        raise NotRead("was not built here")
    return path.read_text(encoding="utf-8")


def _all_of(node: Mapping[str, Any], relation: str, known: Mapping[str, Relation], named: str = "") -> dict[str, Step]:
    """Each declared column made of all that goes in; where a program is given, of those columns that it names."""
    words = set(re.findall(r"\w+", named))
    columns = (
        origin
        for place, given in known.items()
        if place != relation
        for name, origin in given.columns.items()
        if not words or name in words
    )
    return dict.fromkeys(node["columns"], _step(mixed(columns, at_least=Kind.PROGRAM), relation))


def _step(origin: Origin, relation: str) -> Step:
    return Step(origin.kind, _others(origin.inputs, relation))


def _others(inputs: Iterable[Input], relation: str) -> tuple[Input, ...]:
    return tuple(sorted(place for place in inputs if place[0] != relation))
