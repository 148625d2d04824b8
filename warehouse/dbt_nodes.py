"""What dbt did, node by node: a line each in the log, and a piece of work each in the lineage; never dbt's message."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ingestion import lineage
from ingestion.lineage import Dataset, Job
from ingestion.run_log import LiveRun
from ingestion.settings import Settings
from warehouse.engine import connect
from warehouse.release_tables import sql_name, sql_text

log = logging.getLogger("warehouse.build")  # to the reader of a task's log this is the build speaking
BROKEN = ("error", "fail")
Tables = dict[tuple[str, str], int]


def note_nodes(settings: Settings, run: LiveRun, outcome: Any) -> None:
    """Tell log and lineage of each node that a `dbt build` ran; `outcome` is what dbt gives back."""
    results = getattr(outcome.result, "results", None) or []
    rows = _row_counts(settings, {(r.node.schema, r.node.alias) for r in results if r.status == "success"})
    for result in results:
        _log_node(result, rows)
    if lineage.is_wanted(settings) and results:
        _tell_nodes(
            settings, run, [r for r in results if r.node.resource_type != "test" and r.status != "skipped"], rows
        )


def _log_node(result: Any, rows: Tables) -> None:
    """INFO, or ERROR where it failed. `rows`: those of the table it left or, of a test, those that break it."""
    node = result.node
    count = result.failures if node.resource_type == "test" else rows.get((node.schema, node.alias))
    log.log(
        logging.ERROR if result.status in BROKEN else logging.INFO,
        "node=%s kind=%s status=%s seconds=%.2f rows=%s",
        *(node.name, node.resource_type, result.status, result.execution_time, "-" if count is None else count),
    )


def _tell_nodes(settings: Settings, run: LiveRun, ran: list[Any], rows: Tables) -> None:
    manifest = json.loads((settings.warehouse / "dbt_target" / "manifest.json").read_text(encoding="utf-8"))
    known = {**manifest["nodes"], **manifest["sources"]}
    ran = [result for result in ran if result.node.unique_id in known]
    nodes = [known[result.node.unique_id] for result in ran]
    parents = {name for node in nodes for name in manifest["parent_map"].get(node["unique_id"], [])}
    run.inputs = [_dataset(known[name]) for name in sorted(parents) if name in manifest["sources"]]
    run.outputs = [_dataset(node, rows) for node in nodes]
    lineage.tell(settings, *_jobs(run, ran, manifest["parent_map"], known, rows))


def _jobs(
    run: LiveRun, ran: list[Any], parent_map: Mapping[str, list[str]], known: Mapping[str, Any], rows: Tables
) -> Iterator[Job]:
    parent = lineage.job_of(run)
    for result in ran:
        node = known[result.node.unique_id]
        yield Job(
            name=f"{run.step}.{node['name']}",
            kind=node["resource_type"].upper(),
            began=_began(result) or run.began,
            seconds=result.execution_time,
            inputs=[_dataset(known[name]) for name in parent_map.get(node["unique_id"], []) if name in known],
            outputs=[_dataset(node, rows)],
            error="DbtNodeFailed" if result.status in BROKEN else "",
            parent=parent,
        )


def _dataset(node: Mapping[str, Any], rows: Tables | None = None) -> Dataset:
    place = node["schema"], node.get("alias") or node["name"]
    return Dataset(lineage.table_name(".".join(place)), tuple(node["columns"]), rows=(rows or {}).get(place))


def _began(result: Any) -> datetime | None:
    starts = [timing.started_at for timing in result.timing if timing.name == "execute" and timing.started_at]
    return starts[0].replace(tzinfo=UTC) if starts else None


def _row_counts(settings: Settings, tables: set[tuple[str, str]]) -> Tables:
    """Exact rows of those that are tables; DuckDB's own estimate counts deleted rows too."""
    if not tables:
        return {}
    with connect(settings.warehouse_db, settings=settings, read_only=True) as connection:
        found = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
        counts = [
            f"SELECT {sql_text(schema)}, {sql_text(name)}, count(*) FROM {sql_name(schema, name)}"
            for schema, name in sorted(tables & set(found))
        ]
        rows = connection.execute(" UNION ALL ".join(counts)).fetchall() if counts else []
    return {(schema, name): count for schema, name, count in rows}
