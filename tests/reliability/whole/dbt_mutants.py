"""What must turn a dbt data test red, from its kind alone: alternatives for each thing that it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ingestion.settings import Settings
from tests.reliability.whole.mutating import FOREIGN, VALUES, Attempt, Bench, Statements, Table, anything, words

STRANGERS = {"text": f"'{FOREIGN}'", "number": "-987654", "moment": "DATE '1900-01-01'"}
COUNTS = ("received_count", "counted_count", "excluded_count", "immature_count")


@dataclass(frozen=True)
class DataTest:
    """A data test of the built project: its kind and arguments, its SQL, and the relations that it reads."""

    name: str
    node: str
    kind: str
    arguments: dict[str, Any]
    sql: str
    relations: list[str]
    config: dict[str, Any]


def data_tests(settings: Settings) -> list[DataTest]:
    """All data tests of the project as the build understood and compiled them; the tested model comes first."""
    manifest = json.loads((settings.warehouse / "dbt_target" / "manifest.json").read_text("utf-8"))
    nodes = manifest["nodes"] | manifest["sources"]
    found = []
    for unique_id, node in sorted(manifest["nodes"].items()):
        if node["resource_type"] == "test":
            meta = node.get("test_metadata") or {"name": "singular", "kwargs": {}}
            read = sorted(node["depends_on"]["nodes"], key=lambda name: name != node.get("attached_node"))
            relations = [nodes[name]["relation_name"] for name in read]
            about = (meta["name"], meta["kwargs"], node["compiled_code"])
            found.append(DataTest(node["name"], unique_id, *about, relations, node["config"]))
    return found


def results(settings: Settings) -> dict[str, str]:
    """How each node of the whole build ended, as dbt wrote it down."""
    found = json.loads((settings.warehouse / "dbt_target" / "run_results.json").read_text("utf-8"))["results"]
    return {result["unique_id"]: result["status"] for result in found}


def claims(test: DataTest, bench: Bench) -> dict[str, Iterator[Attempt]]:
    """By what the test says: attempts of which one must turn it red. Of any other kind: by the relations it reads."""
    table, said = bench.table(test.relations[0]), test.arguments
    match test.kind:
        case "unique":
            return {"unique": iter([(table.filled(), table.doubled(said["column_name"]))])}
        case "unique_combination" | "periods_do_not_overlap":
            return {"unique": iter([(table.filled(), table.doubled())])}
        case "accepted_values" | "relationships" | "not_null":
            column = said["column_name"]
            broken = "NULL" if test.kind == "not_null" else STRANGERS[table.kind(column)]
            known = [f"'{value}'" for value in said.get("values", [])] or ["NULL"]
            return {column: iter([(_in_empty(table, column, known[0]), table.set_one(column, broken))])}
        case "non_negative":
            return {column: iter([(table.filled(), table.set_one(column, "-1"))]) for column in said["columns"]}
        case "finite":
            asked = words(test.config["where"] or "") & set(table.columns)
            return {column: _endless(table, column, asked) for column in said["columns"]}
        case "sums_to_one":
            return {said["column"]: iter([(table.filled(), table.set_one(said["column"], f"{said['column']} + 0.25"))])}
        case "waterfall_closes":
            known = [column for column in COUNTS if column in table.columns]
            return {column: iter([(table.filled(), table.set_one(column, f"{column} + 1"))]) for column in known}
        case "holds":
            mentioned = sorted(words(said["condition"]) & set(table.columns))
            return {column: _breaking(bench, table, column, test) for column in mentioned}
        case _:
            return {relation: anything(bench.table(relation)) for relation in test.relations}


def _in_empty(table: Table, column: str, sound: str) -> Statements:
    return [*table.filled(), *table.set_one(column, sound)] if table.is_empty else []


def _endless(table: Table, column: str, asked: set[str]) -> Iterator[Attempt]:
    """A binary float, and in it what is no number; in a row that the test looks at."""
    looked_at = [*table.filled(), *(table.set_all(**dict.fromkeys(sorted(asked), "1")) if asked else [])]
    for value in ("'infinity'::DOUBLE", "'nan'::DOUBLE"):
        yield looked_at, [f"ALTER TABLE {table.name} ALTER {column} TYPE DOUBLE", *table.set_one(column, value)]


def _breaking(bench: Bench, table: Table, column: str, test: DataTest) -> Iterator[Attempt]:
    """The column of a condition set to each value it could have; then where the other columns are sound besides."""
    condition = test.arguments["condition"]
    literals = re.findall(r"'([^']*)'", condition) if table.kind(column) == "text" else []
    for value in [*VALUES[table.kind(column)], *(f"'{literal}'" for literal in literals)]:
        yield table.filled(), table.set_all(**{column: value})
    mentioned = sorted(words(condition) & set(table.columns))
    yield from ((table.filled() + sound, broken) for sound, broken in _pairs(bench, table, column, mentioned, test))


def _pairs(bench: Bench, table: Table, column: str, mentioned: list[str], test: DataTest) -> Iterator[Attempt]:
    """Two rows, one sound and one not, that differ in the column alone, sought among all rows of likely values."""
    condition, looked_at = test.arguments["condition"], test.config["where"] or "TRUE"
    values = {name: _likely(table, name, condition) for name in mentioned}
    others = "".join(f" AND sound.{name}__n = broken.{name}__n" for name in mentioned if name != column)
    found = bench.connection.execute(
        f"WITH row_of AS (SELECT * FROM {', '.join(_domain(table, name, values[name]) for name in mentioned)}), "
        f"judged AS (SELECT *, coalesce({looked_at}, FALSE) AND NOT coalesce({condition}, FALSE) AS is_bad "
        "FROM row_of) "
        f"SELECT {', '.join(f'sound.{name}__n' for name in mentioned)}, broken.{column}__n FROM judged AS sound "
        f"INNER JOIN judged AS broken ON broken.is_bad AND NOT sound.is_bad{others} LIMIT 1"
    ).fetchall()
    for *sound, broken in found:
        cells = {name: values[name][number] for name, number in zip(mentioned, sound, strict=True)}
        yield table.set_all(**cells), table.set_all(**{column: values[column][broken]})


def _domain(table: Table, column: str, values: list[str]) -> str:
    rows = ", ".join(f"({n}, TRY_CAST({value} AS {table.columns[column]}))" for n, value in enumerate(values))
    return f"(VALUES {rows}) AS of_{column} ({column}__n, {column})"


def _likely(table: Table, column: str, condition: str) -> list[str]:
    """Values that a condition can tell apart: its own words and numbers, and those beside them."""
    match table.kind(column):
        case "text":
            return ["NULL", f"'{FOREIGN}'", *(f"'{word}'" for word in sorted(set(re.findall(r"'([^']*)'", condition))))]
        case "number":
            numbers = {int(number) for number in re.findall(r"(?<![\w.'])\d+(?![\w.'])", condition)}
            return ["NULL", *(str(number) for number in sorted({-1, 0, 1, 2, *numbers, *(n - 1 for n in numbers)}))]
        case "boolean":
            return ["NULL", "TRUE", "FALSE"]
        case "moment":
            return ["NULL", "DATE '2026-01-02'", "DATE '2026-01-03'"]
        case _:
            return ["NULL"]
