"""Where the columns of our own models come from: all are read, and what is said of them is what the warehouse shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from ingestion.contract import load_contracts
from ingestion.settings import Settings
from reporting.site.words_of_lineage import REASONS
from tests.integration.conftest import DbtRun
from warehouse.columns import Columns, Input, Kind, read_columns
from warehouse.engine import connect
from warehouse.release_tables import sql_name
from warehouse.thread import relation_of

CHANGED = 6  # models whose inputs are changed column by column
ROWS = 2_000


@pytest.fixture(scope="module")
def columns(dbt_run: DbtRun) -> Columns:
    return Columns(read_columns(dbt_run.settings, dbt_run.manifest))


@pytest.fixture(scope="module")
def published(dbt_run: DbtRun, columns: Columns) -> list[Input]:
    models = [node for node in dbt_run.manifest["nodes"].values() if node["resource_type"] == "model"]
    public = [relation_of(node) for node in models if node.get("access") == "public"]
    return [(relation, name) for relation in public for name in columns.models[relation].columns]


@pytest.fixture(scope="module")
def personal(dbt_run: DbtRun) -> set[Input]:
    contracts = load_contracts(dbt_run.settings)
    return {
        (f"landing.{feed}", column.name)
        for feed, contract in contracts.items()
        for column in contract.columns
        if column.data_class != "general"
    }


def test_every_model_is_read_and_has_the_columns_that_were_built(dbt_run: DbtRun, columns: Columns) -> None:
    assert [(model.relation, model.unread) for model in columns.unread] == []
    with connect(dbt_run.settings.warehouse_db, settings=dbt_run.settings, read_only=True) as con:
        rows = con.execute(
            "SELECT schema_name || '.' || table_name, list(lower(column_name) ORDER BY column_index) "
            "FROM duckdb_columns() WHERE NOT internal GROUP BY ALL"
        ).fetchall()
    built = dict(rows)
    assert len(columns.models) > 200
    assert {name: sorted(model.columns) for name, model in columns.models.items()} == {
        name: sorted(built[name]) for name in columns.models
    }


def test_every_published_column_goes_back_to_a_delivery_a_seed_or_a_fixed_value(
    columns: Columns, published: list[Input]
) -> None:
    assert len(published) > 800
    lost = []
    for place in published:
        ends = [here for here, inputs in columns.way(place) if not inputs and here[0] in columns.models]
        fixed = all(columns.models[table].columns[name].kind == Kind.CONSTANT for table, name in ends if name != "*")
        lost += [] if fixed and (columns.roots(place) or ends) else [place]
    assert lost == []
    ends = {root[0].partition(".")[0] for place in published for root in columns.roots(place)}
    assert ends == {"landing", "policy"}


def test_personal_data_reach_published_columns_only_for_a_reason_that_is_told(
    columns: Columns, published: list[Input], personal: set[Input]
) -> None:
    values = {root for place in published for root in columns.roots(place)}
    choosers = {root for table, _ in published for root in columns.choosers(table)}
    assert (values | choosers) & personal == {(f"landing.{feed}", column) for feed, column in REASONS}, (
        "a published column stems from personal data: say why in reporting/site/words_of_lineage.py, or mend the model"
    )


def test_no_personal_data_are_published_as_they_are(
    columns: Columns, published: list[Input], personal: set[Input]
) -> None:
    def values(place: Input) -> Iterator[Input]:
        """Columns whose very values a column shows."""
        model = columns.models.get(place[0])
        if model is None:
            yield place
        elif model.columns[place[1]].kind == Kind.PASSED:
            for before in columns.inputs(place):
                yield from values(before)

    assert [place for place in published if personal & set(values(place))] == []


def test_no_column_of_a_model_changes_with_one_that_it_is_not_said_to_read(dbt_run: DbtRun, columns: Columns) -> None:
    wrong, shown = [], 0
    with changeable(dbt_run.settings) as con:
        for relation, sql, inputs in chosen(con, dbt_run.manifest):
            model = columns.models[relation]
            for table in inputs:
                copy(con, table)
            before = outcome(con, sql)
            for table, column in [(place, name) for place in inputs for name in columns_of(con, place)]:
                shift(con, table, column)
                after = outcome(con, sql)
                copy(con, table)
                changed = {name for name in before if after[name] != before[name]}
                said = {name for name, step in model.columns.items() if (table, column) in step.inputs}
                shown += len(changed & said)
                is_condition = (table, column) in model.conditions
                wrong += [] if is_condition else [(relation, name, table, column) for name in changed - said]
    assert wrong == []
    assert shown > 20, "the changes show"


def chosen(con: DuckDBPyConnection, manifest: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    """Some models all over the project that read tables alone: relation, SQL and inputs."""
    rows = con.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = 'built'")
    tables = {name for (name,) in rows.fetchall()}
    everything = {**manifest["nodes"], **manifest["sources"]}
    found = [
        (relation_of(node), node["compiled_code"], [relation_of(everything[up]) for up in node["depends_on"]["nodes"]])
        for _, node in sorted(manifest["nodes"].items())
        if node["resource_type"] == "model" and node["language"] == "sql"
    ]
    fit = [model for model in found if tables.issuperset(model[2])]
    return fit[:: len(fit) // CHANGED][:CHANGED]


def changeable(settings: Settings) -> DuckDBPyConnection:
    """A database in memory under the name of the warehouse, which stands beside it to be read."""
    con = duckdb.connect(config={"threads": 1})
    con.execute(f"ATTACH '{settings.warehouse_db}' AS built (READ_ONLY); ATTACH ':memory:' AS governance")
    return con


def copy(con: DuckDBPyConnection, table: str) -> None:
    schema, _, name = table.partition(".")
    con.execute(f"CREATE SCHEMA IF NOT EXISTS governance.{sql_name(schema)}")
    place = sql_name(schema, name)
    con.execute(f"CREATE OR REPLACE TABLE governance.{place} AS FROM built.{place} LIMIT {ROWS}")


def columns_of(con: DuckDBPyConnection, table: str) -> list[str]:
    found = con.execute(
        "SELECT column_name FROM duckdb_columns() WHERE database_name = 'governance' AND schema_name = ? AND "
        "table_name = ? ORDER BY column_index",
        table.split("."),
    ).fetchall()
    return [name for (name,) in found]


def shift(con: DuckDBPyConnection, table: str, column: str) -> None:
    """Each row gets the value of the next: other values, but such as occur."""
    place, name = f"governance.{sql_name(*table.split('.'))}", sql_name(column)
    con.execute(
        f"CREATE OR REPLACE TABLE {place} AS SELECT * REPLACE (coalesce(lead({name}) OVER (ORDER BY rowid), "
        f"first({name}) OVER (ORDER BY rowid)) AS {name}) FROM {place} ORDER BY rowid"
    )


def outcome(con: DuckDBPyConnection, sql: str) -> dict[str, Any]:
    """What a column holds, as one number, whatever the order of the rows."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE found AS {sql}")
    names = [name for name, *_ in con.execute("DESCRIBE found").fetchall()]
    sums = ", ".join(f"sum(hash({sql_name(name)})::HUGEINT)" for name in names)
    row = con.execute(f"SELECT {sums} FROM found").fetchone()
    assert row
    return dict(zip(map(str.lower, names), row, strict=True))
