"""The columns of a build as a file, for other tools and so that the same SQL is read once."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ingestion.settings import Settings
from warehouse.columns.models import Model, Step, read_columns
from warehouse.columns.origin import Input, Kind
from warehouse.thread import Graph

KEPT_IN = "lineage.json"  # in the site


def columns_of_home(settings: Settings, graph: Graph) -> tuple[dict[str, Model], bytes]:
    """`kept_columns` with what the site keeps."""
    path = settings.site / KEPT_IN
    return kept_columns(settings, graph, path.read_bytes() if path.exists() else b"")


def kept_columns(settings: Settings, graph: Graph, kept: bytes) -> tuple[dict[str, Model], bytes]:
    """The models of dbt's picture: from `kept` where it was read from the same SQL, else read now.

    Returns the models and the content to keep for the next time, which is `kept` itself where nothing is new and
    where dbt's picture lacks the SQL, as after a mere parse.
    """
    mark = mark_of(settings, graph)
    if found := _from_json(kept, mark):
        return found, kept
    models = read_columns(settings, graph)
    return models, (_to_json(models, mark) if _is_compiled(graph) else kept)


def mark_of(settings: Settings, graph: Graph) -> str:
    """A name for what is read: the models, macros, landing columns and seed headers, and the code that reads them."""
    project = graph["metadata"].get("project_name")
    nodes = {name: _of_node(node) for name, node in graph["nodes"].items() if node["resource_type"] == "model"}
    macros = [m["macro_sql"] for m in graph.get("macros", {}).values() if m["package_name"] == project]
    sources = {name: list(source["columns"]) for name, source in graph["sources"].items()}
    seeds = [path.open("rb").readline().hex() for folder in settings.seed_dirs for path in sorted(folder.glob("*.csv"))]
    told = json.dumps([nodes, sorted(macros), sources, seeds, _reader()], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _of_node(node: dict[str, Any]) -> list[Any]:
    return [node["schema"], node["alias"], node["raw_code"], list(node["columns"]), sorted(node["depends_on"]["nodes"])]


@cache
def _reader() -> str:
    digest = hashlib.sha256(version("sqlglot").encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _is_compiled(graph: Graph) -> bool:
    models = [node for node in graph["nodes"].values() if node["resource_type"] == "model"]
    return all(node.get("compiled_code") or node.get("language") == "python" for node in models)


def _to_json(models: dict[str, Model], mark: str) -> bytes:
    told = {
        relation: {
            "layer": model.layer,
            "columns": {
                name: {"step": step.kind.name.lower(), "from": [_joined(place) for place in step.inputs]}
                for name, step in model.columns.items()
            },
            "rows": list(model.rows),
            "conditions": [_joined(place) for place in model.conditions],
            "unread": model.unread,
        }
        for relation, model in models.items()
    }
    return json.dumps({"mark": mark, "models": told}, ensure_ascii=False, indent=0).encode("utf-8") + b"\n"


def _from_json(kept: bytes, mark: str) -> dict[str, Model]:
    """What was kept under this mark; nothing where another was kept, or half of a file."""
    try:
        content = json.loads(kept) if kept else {}
    except ValueError:
        return {}
    if content.get("mark") != mark:
        return {}
    return {relation: _model(relation, told) for relation, told in content["models"].items()}


def _model(relation: str, told: dict[str, Any]) -> Model:
    columns = {
        name: Step(Kind[step["step"].upper()], tuple(map(_parted, step["from"])))
        for name, step in told["columns"].items()
    }
    conditions = tuple(map(_parted, told["conditions"]))
    return Model(relation, told["layer"], columns, conditions, tuple(told["rows"]), told["unread"])


def _joined(place: Input) -> str:
    return ".".join(place)


def _parted(place: str) -> Input:
    relation, _, column = place.rpartition(".")
    return relation, column
