"""The lineage: events as the OpenLineage specification asks for them, by names and counts alone."""

from __future__ import annotations

import importlib.util
import json
import logging
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from ingestion.errors import ContractError, GateBlocked, NothingToDo
from ingestion.lineage import Dataset, table_name
from ingestion.run_log import logged, recent
from ingestion.settings import Settings
from tests.warehouse_fixture import make_settings, make_warehouse
from warehouse.dbt_nodes import note_nodes
from warehouse.engine import connect
from warehouse.release import publish

CANARY = "Wang Wu"
ENDS = {"COMPLETE", "FAIL", "ABORT"}
MANIFEST: dict[str, Any] = {
    "nodes": {
        "model.c.stg": {"unique_id": "model.c.stg", "name": "stg", "alias": "stg", "schema": "staging",
                        "resource_type": "model", "columns": {"a": {}, "b": {}}},
        "model.c.fct": {"unique_id": "model.c.fct", "name": "fct", "alias": "fct_count", "schema": "marts",
                        "resource_type": "model", "columns": {"area_code": {}}},
    },
    "sources": {"source.c.landing.x": {"unique_id": "source.c.landing.x", "name": "x", "schema": "landing",
                                       "resource_type": "source", "columns": {"raw": {}}}},
    "parent_map": {"model.c.stg": ["source.c.landing.x"], "model.c.fct": ["model.c.stg"]},
}  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(make_settings(tmp_path / "home"), lineage_file=tmp_path / "lineage.jsonl")


def events(settings: Settings) -> list[dict]:
    """The events of the file, each sound."""
    assert settings.lineage_file
    found = [json.loads(line) for line in settings.lineage_file.read_text("utf-8").splitlines()]
    for event in found:
        refuse_unsound(event)
    kinds: dict[str, list[str]] = {}
    for event in found:
        kinds.setdefault(event["run"]["runId"], []).append(event["eventType"])
    assert all(len(told) == 2 and told[0] == "START" and told[1] in ENDS for told in kinds.values())
    return found


def refuse_unsound(event: dict) -> None:
    """What the specification requires of a run event, its datasets and each facet."""
    assert {"eventType", "eventTime", "run", "job", "producer", "schemaURL"} <= set(event)
    assert datetime.fromisoformat(event["eventTime"]).tzinfo
    assert urlsplit(event["producer"]).scheme
    assert event["schemaURL"].endswith("RunEvent")
    UUID(event["run"]["runId"])
    assert event["job"]["namespace"]
    assert event["job"]["name"]
    bearers = [event["run"], event["job"]]
    for side, kind in (("inputs", "inputFacets"), ("outputs", "outputFacets")):
        for dataset in event[side]:
            assert dataset["namespace"]
            assert dataset["name"]
            bearers += [dataset, {"facets": dataset[kind]}]
    for facet in (facet for bearer in bearers for facet in bearer.get("facets", {}).values()):
        assert urlsplit(facet["_producer"]).scheme
        assert "Facet.json#" in facet["_schemaURL"]


def test_off_unless_a_file_is_named(settings: Settings) -> None:
    with logged(replace(settings, lineage_file=None), "build") as run:
        run.outputs = [Dataset("marts.fct_count")]
    assert settings.lineage_file
    assert not settings.lineage_file.exists()


def test_a_failure_tells_its_class_alone_and_nothing_to_do_tells_nothing(settings: Settings) -> None:
    with pytest.raises(GateBlocked), logged(settings, "gate"):
        raise GateBlocked(CANARY)
    with pytest.raises(NothingToDo), logged(settings, "gate"):
        raise NothingToDo(CANARY)
    start, end = events(settings)
    assert (start["eventType"], end["eventType"]) == ("START", "FAIL")
    assert "errorMessage" not in start["run"]["facets"]
    assert end["run"]["facets"]["errorMessage"]["message"] == "GateBlocked"
    assert CANARY not in json.dumps([start, end])
    assert end["run"]["runId"].replace("-", "").startswith(recent(settings)[0].run_id)


def test_a_release_tells_the_rows_of_its_tables(settings: Settings) -> None:
    make_warehouse(settings)
    publish(settings, checks_passed=9, checks_total=10)
    _, end = events(settings)
    told = {
        out["name"]: out["outputFacets"]["outputStatistics"]["rowCount"]
        for out in end["outputs"]
        if "rowCount" in out["outputFacets"]["outputStatistics"]
    }
    with connect(settings.serving / "governance.duckdb", settings=settings, read_only=True) as served:
        tables = served.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
        counted = {f"release/{name}": served.sql(f"SELECT count(*) FROM {name}").fetchone()[0] for (name,) in tables}
    assert told == counted
    assert end["outputs"][0]["name"] == "release"


def outcome(*ran: tuple[str, str, str]) -> SimpleNamespace:
    """What dbt gives back: kind, name in MANIFEST (or of a test) and status of each node."""
    results = []
    for kind, name, status in ran:
        known = MANIFEST["nodes"].get(f"model.c.{name}", {"schema": "dbt_test", "alias": name})
        node = SimpleNamespace(
            unique_id=f"{kind}.c.{name}", name=name, resource_type=kind, schema=known["schema"], alias=known["alias"]
        )
        began = SimpleNamespace(name="execute", started_at=datetime(2026, 2, 1, 1), completed_at=None)
        failures = 4 if status == "fail" else None
        results.append(
            SimpleNamespace(
                node=node, status=status, execution_time=1.5, failures=failures, message=CANARY, timing=[began]
            )
        )
    return SimpleNamespace(result=SimpleNamespace(results=results), success=True, exception=None)


def test_every_dbt_node_has_its_line_and_its_lineage(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    make_warehouse(settings)
    target = settings.warehouse / "dbt_target"
    target.mkdir()
    (target / "manifest.json").write_text(json.dumps(MANIFEST))
    ran = outcome(("model", "stg", "success"), ("model", "fct", "success"), ("test", "fct__is_whole", "fail"))
    with caplog.at_level(logging.INFO), logged(settings, "build") as run:
        note_nodes(settings, run, ran)
    assert [(r.levelname, r.name, r.getMessage()) for r in caplog.records] == [
        ("INFO", "warehouse.build", "node=stg kind=model status=success seconds=1.50 rows=-"),
        ("INFO", "warehouse.build", "node=fct kind=model status=success seconds=1.50 rows=3"),
        ("ERROR", "warehouse.build", "node=fct__is_whole kind=test status=fail seconds=1.50 rows=4"),
    ]
    found = [event for event in events(settings) if event["eventType"] == "COMPLETE"]
    flows = {
        event["job"]["name"]: ([i["name"] for i in event["inputs"]], [o["name"] for o in event["outputs"]])
        for event in found
    }
    assert flows == {
        "build.stg": (["landing/x"], ["staging.stg"]),
        "build.fct": (["staging.stg"], ["marts.fct_count"]),
        "build": (["landing/x"], ["staging.stg", "marts.fct_count"]),
    }
    by_name = {event["job"]["name"]: event for event in found}
    assert by_name["build.fct"]["run"]["facets"]["parent"]["run"]["runId"] == by_name["build"]["run"]["runId"]
    assert by_name["build.fct"]["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 3
    assert by_name["build.stg"]["eventTime"].startswith("2026-02-01T01:00:01.5")
    assert CANARY not in caplog.text + json.dumps(found)


def test_without_the_extra_it_says_what_to_install(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ContractError, match="extra `lineage`"), logged(settings, "build"):
        raise AssertionError("the work began")


def test_a_landing_table_has_one_name_for_landing_and_warehouse() -> None:
    assert [table_name(name) for name in ("landing.x", "marts.fct_count")] == ["landing/x", "marts.fct_count"]
