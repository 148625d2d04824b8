"""The thread from contract to KPI: one name followed through every room, with what is there now."""

from __future__ import annotations

import csv
import json
from difflib import get_close_matches
from typing import Any

from citypulse.contract_page import sharing_line
from citypulse.trace_column import trace_column
from ingestion.contract import Contract, load_contracts
from ingestion.errors import ContractError
from ingestion.landing_table import LandingTable
from ingestion.receipts import Ledger
from ingestion.settings import Settings
from warehouse.thread import (
    Graph,
    by_layer,
    feeds_of_kpi,
    metrics_of_kpi,
    models_of_feed,
    models_of_kpi,
    read_graph,
    readers_of,
)

# Where the figures of a KPI stand, and what is shown of the newest.
NEWEST = {
    "fct_kpi_value": "SELECT period_start AS period, value, numerator, denominator, received_count AS received, "
    "counted_count AS counted, excluded_count AS excluded, immature_count AS immature, excluded_by_reason AS reasons, "
    "status FROM marts.fct_kpi_value WHERE kpi_code = ? AND area_level = 'city' AND period_grain = 'month' "
    "ORDER BY period_start DESC LIMIT 1",
    "fct_kpi_season": "SELECT span, series, value, ci_low, ci_high, current_count, base_count, compared_day_count, "
    "status, reason FROM marts.fct_kpi_season WHERE kpi_code = ? AND area_level = 'city' AND method = 'raw' "
    "ORDER BY span_start DESC, series LIMIT 3",
    "fct_kpi_silent_cold": "SELECT month_start, street_code, status, value, compliance_rate, complaint_count, "
    "expected_complaint_count FROM marts.fct_kpi_silent_cold WHERE kpi_code = ? "
    "ORDER BY month_start DESC, rank_no NULLS LAST, street_code LIMIT 3",
    "fct_kpi_peace_index": "SELECT month_start, area_code, status, value, incident_count, residents "
    "FROM marts.fct_kpi_peace_index WHERE kpi_code = ? AND area_level = 'city' ORDER BY month_start DESC LIMIT 1",
}
Thread = dict[str, list[str]]


def trace(settings: Settings, name: str) -> dict[str, Any]:
    """Follow a feed down to its KPIs, a KPI up to its feeds, or a column of a model up to the headers delivered.

    Case does not matter. Raises ContractError for an unknown name.
    """
    name = name.lower()
    contracts = load_contracts(settings)
    if name in contracts:
        contract, graph = contracts[name], read_graph(settings)
        thread = _room_of(settings, contract) | _downstream(graph, name) | {"codes": _codes(settings, name)}
        return {"title": f"{name}  {contract.name_zh} / {contract.name_en}", "thread": thread}
    return trace_column(settings, contracts, name) or _kpi(settings, contracts, name)


def _room_of(settings: Settings, contract: Contract) -> Thread:
    receipts = Ledger(settings, contract.feed).receipts
    total = {n: sum(getattr(r, n) for r in receipts) for n in ("received", "landed", "quarantined", "duplicates")}
    rules: dict[str, int] = {}
    for receipt in receipts:
        for rule, count in receipt.quarantine_rules.items():
            rules[rule] = rules.get(rule, 0) + count
    files = LandingTable(settings, contract).files()
    form = contract.format
    return {
        "contract": [
            f"ingestion: {contract.feed}.yml, owner {contract.owner_zh} / {contract.owner_en}",
            f"sharing: {sharing_line(contract)}",
            "personal data: " + (", ".join(_personal(contract)) or "none"),
            f"{form.kind} {form.encoding}, key {', '.join(contract.key)}, event time {contract.event_time}",
        ],
        "inbox": [f"inbox/{contract.feed}/{contract.arrives.pattern}, {contract.arrives.schedule}"],
        "receipts": [f"{len(receipts)} deliveries: " + ", ".join(f"{n} {count}" for n, count in total.items())],
        "quarantine": [", ".join(f"{rule} {count}" for rule, count in sorted(rules.items())) or "nothing"],
        "landing": [f"landing/{contract.feed}: {len(files)} Parquet files, {total['landed']} rows"],
    }


def _personal(contract: Contract) -> list[str]:
    """Each column that is no general data, with its class and what becomes of it."""
    found = [column for column in contract.columns if column.data_class != "general"]
    return [
        f"{column.name} {column.data_class}{f' ({column.personal})' if column.personal else ''}" for column in found
    ]


def _downstream(graph: Graph, feed: str) -> Thread:
    return _layers(graph, models_of_feed(graph, feed)) if graph else {"models": ["nothing built yet"]}


def _layers(graph: Graph, nodes: list[str]) -> Thread:
    layers = by_layer(graph, nodes)
    return {layer: [f"{name}: {_first_sentence(text)}" for name, text in found] for layer, found in layers.items()}


def _tests_of_kpi(graph: Graph, code: str, models: list[str]) -> Thread:
    """What would fail: data tests on the models of the way, unit tests that expect this KPI."""
    data = [
        node["name"]
        for node in graph["nodes"].values()
        if node["resource_type"] == "test" and set(node["depends_on"]["nodes"]) & set(models)
    ]
    units = [test["name"] for test in graph.get("unit_tests", {}).values() if code in json.dumps(test["expect"])]
    return {"data tests": sorted(data), "unit tests": sorted(units)}


def _codes(settings: Settings, feed: str) -> list[str]:
    """The KPIs that are counted from a feed, as the dictionary says."""
    rows = [row for row in _dictionary(settings) if row["feed"] == feed]
    return [f"{row['kpi_code']} ({row['kpi_id']}) {row['name_zh']} / {row['name_en']}" for row in rows]


def _dictionary(settings: Settings) -> list[dict[str, str]]:
    seeds = [folder / "kpi_dictionary.csv" for folder in settings.seed_dirs]
    with next(seed for seed in seeds if seed.exists()).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _first_sentence(description: str) -> str:
    return description.strip().split("\n")[0][:110]


def _kpi(settings: Settings, contracts: dict[str, Contract], code: str) -> dict[str, Any]:
    row = next((row for row in _dictionary(settings) if code in (row["kpi_code"], row["kpi_id"].lower())), None)
    if row is None:
        known = [*contracts, *(entry["kpi_code"] for entry in _dictionary(settings))]
        near = get_close_matches(code, known, n=5) or known
        raise ContractError(
            f"Neither a feed, a KPI nor a column of a model that was built here is named {code!r}.",
            next_step=f"choose among {', '.join(near)}, or a column such as fct_kpi_value.numerator.",
        )
    feeds = feeds_of_kpi(contracts, row["feed"])
    thread: Thread = {
        "definition": [row["formula_zh"], row["formula_en"], f"source: {row['source']}"],
        "feed": [f"{feed}: `citypulse trace {feed}`" if feed in contracts else f"{feed}: all feeds" for feed in feeds],
    }
    if graph := read_graph(settings):
        models = models_of_kpi(graph, row, feeds)
        thread |= _layers(graph, models) | _tests_of_kpi(graph, row["kpi_code"], models)
        thread["metric"] = metrics_of_kpi(graph, row["kpi_code"]) or ["none: see dbt_project/metric_source.csv"]
        thread["read by"] = readers_of(graph, row["table_name"])
    thread["newest"] = _newest(settings, row["kpi_code"], row["table_name"])
    return {"title": f"{row['kpi_code']} ({row['kpi_id']}) {row['name_zh']} / {row['name_en']}", "thread": thread}


def _newest(settings: Settings, code: str, table: str) -> list[str]:
    """The city's newest figures of a KPI as they are published, with their working."""
    from warehouse.engine import connect_locked

    served = settings.serving / "governance.duckdb"
    if not served.exists():
        return ["nothing published yet"]
    with connect_locked(served, settings=settings) as connection:
        found = connection.execute(NEWEST[table], [code])
        names, rows = [column[0] for column in found.description or []], found.fetchall()
    return [f"{name} = {value}" for row in rows for name, value in zip(names, row, strict=True)] or ["no row"]
