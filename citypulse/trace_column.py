"""The thread of one column: from the header of a delivery through every model, as the SQL says that dbt ran."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from ingestion.contract import Contract
from ingestion.errors import ContractError
from ingestion.settings import Settings
from warehouse.columns import ROWS, Columns, Input, columns_of_home
from warehouse.thread import LAYERS, read_graph, relation_of

FOUND_IN = ("marts", "meta", "intermediate", "staging")  # schemas, where a table is named without one

Way = list[tuple[Input, tuple[Input, ...]]]


def trace_column(settings: Settings, contracts: Mapping[str, Contract], name: str) -> dict[str, object] | None:
    """Follow `schema.table.column` or `table.column` up to what was delivered; None where no such model was built.

    Raises ContractError where the model has no such column.
    """
    table, _, column = name.rpartition(".")
    graph = read_graph(settings) if table else {}
    nodes = graph["nodes"].values() if graph else ()
    built = {relation_of(node): node for node in nodes if node["resource_type"] == "model"}
    relation = next((r for r in (table, *(f"{schema}.{table}" for schema in FOUND_IN)) if r in built), None)
    if relation is None:
        return None
    columns = Columns(columns_of_home(settings, graph)[0])
    if column not in columns.models[relation].columns:
        raise ContractError(f"{relation} has no column {column!r}.", next_step=_choice(column, columns, relation))
    place = (relation, column)
    way = list(columns.way(place))
    thread = {"delivered": sorted(_delivered(columns, contracts, way))} | _layers(columns, way)
    return {
        "title": f"{'.'.join(place)}  {built[relation]['columns'].get(column, {}).get('description', '')}",
        "thread": thread,
    }


def _choice(column: str, columns: Columns, relation: str) -> str:
    """What somebody may have meant who asked for a column that a model does not have."""
    known = list(columns.models[relation].columns)
    return f"choose among {', '.join(get_close_matches(column, known, n=5) or known)}."


def _delivered(columns: Columns, contracts: Mapping[str, Contract], way: Way) -> Iterator[str]:
    """What no model makes: a header of a feed with the class of its data, a column of a seed, rows."""
    for (relation, column), _ in way:
        if relation in columns.models:
            continue
        schema, _, table = relation.partition(".")
        contract = contracts.get(table) if schema == "landing" else None
        found = next((c for c in contract.columns if c.name == column), None) if contract else None
        header = f" from {', '.join(found.header)}" if found and found.header else ""
        personal = f", {found.data_class} data ({found.personal})" if found and found.data_class != "general" else ""
        yield f"{relation}.{column if column != ROWS else 'rows'}{header}{personal}"


def _layers(columns: Columns, way: Way) -> dict[str, list[str]]:
    """Each step in the order in which data pass it: the layer, the column, what is done and to what."""
    layers: dict[str, list[str]] = {}
    for (relation, column), inputs in reversed(way):
        model = columns.models.get(relation)
        if model is None or column == ROWS:
            continue
        done = model.columns[column].done(column)
        made_of = ", ".join(f"{place}.{'rows' if name == ROWS else name}" for place, name in inputs)
        unread = f" (not read: {model.unread})" if model.unread else ""
        layers.setdefault(model.layer, []).append(f"{relation}.{column}: {done} {made_of}".rstrip() + unread)
    return {layer: layers[layer] for layer in (*LAYERS, *layers) if layer in layers}
