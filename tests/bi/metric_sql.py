"""MetricFlow without its command: the semantic manifest that a build left, compiled to DuckDB's SQL in this process."""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import Path
from typing import Any

from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup


class Renderer:
    """What MetricFlow asks of a database when it only writes SQL: which one it is."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()


class Metrics:
    """The metrics of one build, by name and KPI, and their SQL."""

    def __init__(self, semantic_manifest: Path) -> None:
        manifest = parse_manifest_from_dbt_generated_manifest(semantic_manifest.read_text(encoding="utf-8"))
        said = {metric.name: (metric.config.meta if metric.config else {}) for metric in manifest.metrics}
        self.by_kpi = {meta["kpi_code"]: name for name, meta in said.items() if "kpi_code" in meta}
        self._engine = MetricFlowEngine(SemanticManifestLookup(manifest), Renderer())

    def sql(self, metric: str, *group_by: str) -> str:
        return self._compiled(metric_names=[metric], group_by_names=group_by)

    def sql_of(self, command: str) -> str:
        """The SQL of a line `mf query --metrics ...` as a person types it."""
        _, _, *options = shlex.split(command)
        said = dict(zip(options[::2], options[1::2], strict=True))
        start, end = (said.get(f"--{which}-time") for which in ("start", "end"))
        return self._compiled(
            metric_names=said["--metrics"].split(","),
            group_by_names=said["--group-by"].split(","),
            where_constraints=[said["--where"]] if "--where" in said else None,
            order_by_names=said["--order"].split(",") if "--order" in said else None,
            limit=int(said["--limit"]) if "--limit" in said else None,
            time_constraint_start=datetime.fromisoformat(start) if start else None,
            time_constraint_end=datetime.fromisoformat(end) if end else None,
        )

    def _compiled(self, **asked: Any) -> str:
        request = MetricFlowQueryRequest.create(**asked)
        return self._engine.explain(request).sql_statement.sql
