"""The page of the models: dbt's own documentation in one file, from what the last whole build left.

`dbt docs generate --static` would take the warehouse and twenty seconds of start-up for the same page: dbt's page, its
manifest, and a catalogue of columns. Here the catalogue is that of the served release, which needs no lock.
"""

from __future__ import annotations

import hashlib
import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion.durable import write_file
from ingestion.settings import Settings
from warehouse.serving import current_release, read_manifest

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NAME = "models.html"
# The page's own scripts compile templates as they run; with nothing else allowed it can ask nothing from anywhere.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; base-uri 'none'"
)
PLACE = "position:fixed;left:16px;bottom:16px;z-index:99;display:flex;gap:8px;font-size:14px"
LOOK = "padding:4px 12px;border-radius:99px;background:#fffefb;border:1px solid #bbb;color:#1f4e79"
HOME = f'<a href="index.html" style="{LOOK}">← 首页 · Home</a>'
LINEAGE = f'<a href="lineage.html" style="{LOOK}">字段来路 · Lineage of columns</a>'
# An icon that is in no file, and addresses that a browser tries before they are filled in.
DEAD_ICON = """<link rel="shortcut icon" href="${require('./assets/favicons/favicon.ico')}"/>"""
UNREADY = 'xlink:href="{{'
# What differs from build to build and says nothing of a model, or names a place on this machine.
DROPPED = {"compiled_code", "compiled_path", "build_path", "created_at", "root_path", "checksum", "unrendered_config"}
MOMENTS = {"generated_at", "invocation_id", "invocation_started_at", "run_started_at", "user_id", "env"}
# In place of dbt's own greeting, which leads outside.
OVERVIEW = """### 数据模型 · Data models

标准层 staging → 中间层 intermediate → 事实层 marts → 指标层 kpi。
左侧按层列出模型，每个模型有说明、字段、上下游与 SQL；右下角为数据流图。

Rooms in the order in which data pass them: staging, intermediate, marts, kpi. Each model has a description, columns,
what it stands on and what stands on it, and its SQL; the graph is at the lower right.
"""
COLUMNS = """
SELECT schema_name, table_name, column_name, data_type, column_index, coalesce(comment, '')
FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"""


def write_models_page(settings: Settings, con: DuckDBPyConnection, *, has_lineage: bool = False) -> Path | None:
    """Write `site/models.html` where the models or the released columns changed; None where nothing was built here."""
    manifest, frame = settings.warehouse / "dbt_target" / "manifest.json", _frame()
    if frame is None or not manifest.exists():
        return None
    columns = con.execute(COLUMNS).fetchall()
    rows = _rows(settings)
    ways = f'<div style="{PLACE}">{HOME}{LINEAGE if has_lineage else ""}</div>'
    page, seen = frame.read_bytes(), manifest.read_bytes()
    parts = (page, seen, repr((columns, sorted(rows.items()))).encode(), (POLICY + ways + OVERVIEW).encode())
    mark = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
    path = settings.site / NAME
    if _mark_of(path) != mark:
        try:
            graph = _lean(json.loads(seen))
        except ValueError:  # a kill can leave half of dbt's own file
            return path if path.exists() else None
        content = _page(page.decode("utf-8"), graph, _catalogue(graph, columns, rows), ways, mark)
        write_file(path, content, "site.models")
    return path


def _frame() -> Path | None:
    """The page that dbt brings; found without importing dbt, which takes seconds."""
    spec = find_spec("dbt")
    folders = list(spec.submodule_search_locations or []) if spec else []
    found = [path for folder in folders if (path := Path(folder) / "task" / "docs" / "index.html").exists()]
    return found[0] if found else None


def _rows(settings: Settings) -> dict[str, int]:
    manifest = read_manifest(settings, current_release(settings) or "")
    return {name: int(counted[0]) for name, counted in manifest.tables.items()} if manifest else {}


def _mark_of(path: Path) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as stream:
        head = stream.read(200).decode("utf-8", "replace")
    return head.partition("<!-- ")[2].partition(" -->")[0]


def _page(page: str, graph: dict[str, Any], catalogue: dict[str, Any], ways: str, mark: str) -> bytes:
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    page = page.replace("<!doctype html>", f"<!doctype html><!-- {mark} -->", 1)
    page = page.replace('<meta charset="utf-8">', f'<meta charset="utf-8">{policy}', 1)
    page = page.replace("</body>", f"{ways}</body>", 1)
    page = page.replace(DEAD_ICON, "").replace(UNREADY, f"ng-attr-{UNREADY}")
    page = page.replace('"MANIFEST.JSON INLINE DATA"', _script(graph), 1)
    return page.replace('"CATALOG.JSON INLINE DATA"', _script(catalogue), 1).encode("utf-8")


def _script(content: dict[str, Any]) -> str:
    """JSON that no text in it can end the script of."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).replace("<", "\\u003c")


def _lean(graph: dict[str, Any]) -> dict[str, Any]:
    """The manifest without moments, machine paths and the macros of dbt itself."""
    project = graph["metadata"]["project_name"]
    graph["metadata"] = {name: value for name, value in graph["metadata"].items() if name not in MOMENTS}
    graph["metadata"]["send_anonymous_usage_stats"] = False
    graph["macros"] = {name: macro for name, macro in graph["macros"].items() if macro["package_name"] == project}
    for block in graph["docs"].values():
        block["block_contents"] = OVERVIEW if block["name"] == "__overview__" else block["block_contents"]
    for kind in ("nodes", "sources", "macros", "docs", "unit_tests", "exposures", "metrics", "semantic_models"):
        for name, node in graph.get(kind, {}).items():
            graph[kind][name] = {key: value for key, value in node.items() if key not in DROPPED}
    return graph


def _catalogue(graph: dict[str, Any], columns: list[tuple[Any, ...]], rows: dict[str, int]) -> dict[str, Any]:
    """What dbt would read from the database: the columns of each table with their types."""
    tables: dict[tuple[str, str], dict[str, Any]] = {}
    for schema, table, name, kind, index, comment in columns:
        entry = tables.setdefault((schema, table), _table(schema, table, rows.get(f"{schema}.{table}")))
        entry["columns"][name] = {"name": name, "type": kind, "index": index, "comment": comment}
    nodes = {
        name: {**tables[place], "unique_id": name}
        for name, node in graph["nodes"].items()
        if (place := (node["schema"], node.get("alias") or node["name"])) in tables
        and node["resource_type"] in ("model", "seed")
    }
    return {"metadata": {}, "nodes": nodes, "sources": {}, "errors": None}


def _table(schema: str, name: str, rows: int | None) -> dict[str, Any]:
    counted = {"id": "num_rows", "label": "# Rows", "value": rows, "include": True, "description": "rows released"}
    stats = {} if rows is None else {"num_rows": counted}
    has = {"id": "has_stats", "label": "Has Stats?", "value": bool(stats), "include": False, "description": ""}
    metadata = {"type": "BASE TABLE", "schema": schema, "name": name, "database": "", "comment": None, "owner": None}
    return {"metadata": metadata, "columns": {}, "stats": {**stats, "has_stats": has}}
