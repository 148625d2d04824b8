"""The way from a feed to a KPI through the models between, as dbt's own picture of the last whole build shows it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ingestion.settings import Settings

LAYERS = ("staging", "intermediate", "marts", "kpi")
BOOKKEEPING = {"dim_feed", "fct_feed_month"}  # they speak about every feed, so every KPI reads them
Graph = dict[str, Any]


def read_graph(settings: Settings) -> Graph:
    """dbt's manifest; empty where nothing was built, or where a kill left half of it."""
    path = settings.warehouse / "dbt_target" / "manifest.json"
    try:
        return dict(json.loads(path.read_bytes()))
    except (FileNotFoundError, ValueError):
        return {}


def relation_of(node: Mapping[str, Any]) -> str:
    """Where a model, seed or source stands, as `schema.name`."""
    return f"{node['schema']}.{node.get('identifier') or node.get('alias') or node['name']}".lower()


def models_of_feed(graph: Graph, feed: str) -> list[str]:
    """Models that are reached from a feed, nearest first."""
    return _reached(graph["child_map"], [f"source.citypulse.landing.{feed}"])


def models_of_kpi(graph: Graph, kpi: Mapping[str, str], feeds: Iterable[str]) -> list[str]:
    """Models between the feeds of a KPI and the table of its figures, in the order of the way down."""
    monthly = kpi["table_name"] == "fct_kpi_value"
    last = model_id(graph, f"kpi_{kpi['family']}" if monthly else kpi["table_name"])
    above = {*_reached(graph["parent_map"], [last]), last}
    below = _reached(graph["child_map"], [f"source.citypulse.landing.{feed}" for feed in feeds])
    figure = ("fct_kpi_cell", "fct_kpi_value") if monthly else ()
    return [node for node in below if node in above or _name(node) in figure]


def model_id(graph: Graph, name: str) -> str:
    """dbt's id of a model, which ends in the version where the model has one: the latest."""
    plain = f"model.citypulse.{name}"
    latest = graph["nodes"].get(plain) or next(
        (n for n in graph["nodes"].values() if n["name"] == name and n["version"] == n["latest_version"]), None
    )
    return str(latest["unique_id"]) if latest else plain


def feeds_of_kpi(known: Iterable[str], feed: str) -> list[str]:
    """The feed of a KPI and those that speak of the same things: its events, its messages, its register."""
    stem, _, _ = feed.rpartition("_")
    kin = [name for name in known if name.startswith(f"{feed}_") or ("_" in stem and name.startswith(stem))]
    return [feed, *(name for name in kin if name != feed)]


def by_layer(graph: Graph, nodes: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Name and description of each model, under its layer, in the order in which data pass them."""
    layers: dict[str, list[tuple[str, str]]] = {}
    for node_id in nodes:
        node = graph["nodes"][node_id]
        layers.setdefault(node["fqn"][1], []).append((node["name"], node["description"]))
    return {layer: layers[layer] for layer in LAYERS if layer in layers}


def metrics_of_kpi(graph: Graph, code: str) -> list[str]:
    """The metric that defines a KPI a second time; none where it cannot be one (dbt_project/metric_source.csv)."""
    return [metric["name"] for metric in graph.get("metrics", {}).values() if metric["meta"].get("kpi_code") == code]


def readers_of(graph: Graph, table: str) -> list[str]:
    """Labels of what reads a table: briefs, site, dashboard, BI."""
    nodes = graph["nodes"]
    return [
        exposure["label"]
        for exposure in graph.get("exposures", {}).values()
        if any(nodes[node]["name"] == table for node in exposure["depends_on"]["nodes"])
    ]


def _reached(edges: Mapping[str, list[str]], start: list[str]) -> list[str]:
    """Models on the way from `start` along `edges`, nearest first."""
    seen: list[str] = []
    todo = list(start)
    while todo:
        for node in edges.get(todo.pop(0), []):
            if node.startswith("model.") and node not in seen and _name(node) not in BOOKKEEPING:
                seen.append(node)
                todo.append(node)
    return seen


def _name(node_id: str) -> str:
    return node_id.split(".")[2]
