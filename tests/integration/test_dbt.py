"""The dbt project on a small landed city: models and data tests pass, and every KPI has a unit test."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from ingestion.contract import load_contracts
from tests.integration.conftest import DbtRun
from warehouse.engine import connect
from warehouse.selection import LANDING

# Restatements are told against the release before this one.
WITHOUT_A_RELEASE_BEFORE = {"quality.restatement_rate"}


def test_every_node_passes(dbt_run: DbtRun) -> None:
    failed = {r["unique_id"]: r["status"] for r in dbt_run.results if r["status"] not in ("success", "pass")}
    assert failed == {}
    kinds = Counter(result["unique_id"].partition(".")[0] for result in dbt_run.results)
    assert kinds["model"] and kinds["seed"] and kinds["test"], kinds  # noqa: PT018


def test_every_kpi_has_a_unit_test_that_expects_it(dbt_run: DbtRun) -> None:
    expected = json.dumps([test["expect"] for test in dbt_run.manifest["unit_tests"].values()])
    with connect(dbt_run.settings.warehouse_db, settings=dbt_run.settings, read_only=True) as warehouse:
        codes = [code for (code,) in warehouse.execute("SELECT kpi_code FROM policy.kpi_dictionary").fetchall()]
    assert [code for code in codes if code not in expected] == [], "add a case to models/kpi/_unit_tests.yml"


def test_every_kpi_has_values_and_every_feed_has_rows(dbt_run: DbtRun) -> None:
    with connect(dbt_run.settings.warehouse_db, settings=dbt_run.settings, read_only=True) as warehouse:
        listed = warehouse.execute("SELECT kpi_code, table_name FROM policy.kpi_dictionary").fetchall()
        silent = [
            code
            for code, table in listed
            if not warehouse.execute(
                f"SELECT 1 FROM marts.{table} WHERE kpi_code = ?"
                + (" AND received_count > 0" if table == "fct_kpi_value" else ""),
                [code],
            ).fetchall()
        ]
        feeds = load_contracts(dbt_run.settings)
        rows = {feed: warehouse.execute(f"SELECT count(*) FROM landing.{feed}").fetchone() for feed in feeds}
    assert set(silent) == WITHOUT_A_RELEASE_BEFORE, "no case of this KPI in the simulated days"
    assert all(count and count[0] for count in rows.values()), rows


def test_every_column_of_a_model_is_described_and_nothing_else_is(dbt_run: DbtRun) -> None:
    models = [node for node in dbt_run.manifest["nodes"].values() if node["resource_type"] == "model"]
    described = {(model["schema"], model["alias"]): set(model["columns"]) for model in models}
    with connect(dbt_run.settings.warehouse_db, settings=dbt_run.settings, read_only=True) as warehouse:
        listing = "SELECT schema_name, table_name, list(column_name) FROM duckdb_columns() GROUP BY ALL"
        real = {(schema, name): set(columns) for schema, name, columns in warehouse.execute(listing).fetchall()}
    wrong = {name: sorted(described[name] ^ real[name]) for name in described if described[name] != real[name]}
    assert wrong == {}, "bring the .yml beside the model in step with its SQL"


def test_what_adds_up_over_months_is_the_sum_of_its_days(dbt_run: DbtRun) -> None:
    """`over_time` says `sum`: then a month is what its days are together. A change is not: a day on which nothing came
    has no row, and with it the base of that day is missing (reporting/sums.py counts both years anew)."""
    parts = "numerator, if(unit = 'count', 0, denominator), received_count, counted_count"
    summed = "sum(numerator), sum(if(unit = 'count', 0, denominator)), sum(received_count), sum(counted_count)"
    figures = "marts.fct_kpi_value JOIN meta.kpi_dictionary USING (kpi_code)"
    cell = "kpi_code, area_level, area_code, date_trunc('month', period_start) AS month"
    with connect(dbt_run.settings.warehouse_db, settings=dbt_run.settings, read_only=True) as warehouse:
        compared = warehouse.execute(f"""
            WITH month_ AS (SELECT {cell}, ({parts}) AS sums FROM {figures}
                            WHERE period_grain = 'month' AND over_time = 'sum' AND unit <> 'change'),
                 day_ AS (SELECT {cell}, ({summed}) AS sums FROM {figures} WHERE period_grain = 'day' GROUP BY ALL)
            SELECT kpi_code, count(*) FILTER (month_.sums <> day_.sums)
            FROM month_ JOIN day_ USING (kpi_code, area_level, area_code, month) GROUP BY kpi_code""").fetchall()
    assert len(compared) > 20
    assert [code for code, differing in compared if differing] == [], "say `last` or `own` in kpi_dictionary.csv"


def test_models_of_some_feeds_deliveries_stand_on_no_other_feed(dbt_run: DbtRun) -> None:
    """Else a build of what changed would leave out what stands on them (warehouse/selection.py, `meta.feeds`)."""
    parents, nodes = dbt_run.manifest["parent_map"], dbt_run.manifest["nodes"]
    declared = {name: node["config"]["meta"]["feeds"] for name, node in nodes.items() if feeds_of(node)}
    assert declared
    for name, beginnings in declared.items():
        above, waiting = set(), [name]
        while waiting:
            found = set(parents.get(waiting.pop(), [])) - above
            above |= found
            waiting += found
        feeds = {source.removeprefix(LANDING) for source in above} & set(load_contracts(dbt_run.settings))
        strange = [feed for feed in feeds if not feed.startswith(tuple(beginnings))]
        assert strange == [], f"{name} also takes {strange}: add them to its `meta.feeds`"


def test_deliveries_are_taken_only_of_declared_feeds(dbt_run: DbtRun) -> None:
    """A model that asks which deliveries are new says of which feeds, and the SQL asks for no others."""
    for node in dbt_run.manifest["nodes"].values():
        asked = re.findall(r"new_batches\('([a-z_]+)%?'", node.get("raw_code", ""))
        assert all(feed.startswith(tuple(feeds_of(node))) for feed in asked), node["name"]


def test_nothing_reads_what_has_landed_but_as_a_source(dbt_run: DbtRun) -> None:
    """Else dbt would not know of it, and a build of what changed would leave it out."""
    macros = [macro for macro in dbt_run.manifest["macros"].values() if macro["package_name"] == "citypulse"]
    texts = {n["name"]: n.get("raw_code", "") for n in dbt_run.manifest["nodes"].values()}
    texts |= {macro["name"]: macro["macro_sql"] for macro in macros}
    assert [name for name, text in texts.items() if re.search(r"\blanding\.\w", text)] == []


def feeds_of(node: dict[str, Any]) -> list[str]:
    found: list[str] = node["config"].get("meta", {}).get("feeds", [])
    return found
