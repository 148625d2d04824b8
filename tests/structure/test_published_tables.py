"""The promise to BI: each public table is a contract with a version, in types every driver reads, and it is kept.

`docs/bi/tables.csv` records what each version holds. After a column was added, write it anew with
`python -m tests.structure.test_published_tables`; what would break a reader needs a new version first.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest

from citypulse.exposures import public_models as released_tables
from ingestion.settings import PROJECT_ROOT
from tests.structure.repo import DBT, place, public_models

RECORD = PROJECT_ROOT / "docs" / "bi" / "tables.csv"
HEAD = ("table", "version", "column", "type")
# What ODBC, JDBC, Parquet readers and PostgreSQL all know, written down apart from warehouse/release_tables.py.
PLAIN = re.compile(r"varchar|boolean|integer|bigint|double|date|timestamp|decimal\((\d|1[0-8]),\d+\)")
Columns = dict[tuple[str, int], dict[str, str]]


def contracted() -> Columns:
    """Columns and types of each version of each public table, by the name it has in the release."""
    placed = {model: table for table, model in released_tables().items()}
    return {
        (placed[model["name"]], version["v"]): columns_of(model, version)
        for _, model in public_models()
        for version in model["versions"]
    }


def columns_of(model: dict[str, Any], version: dict[str, Any]) -> dict[str, str]:
    """A version has the columns of the model, or those that its own list names, leaves out or describes otherwise."""
    base = {column["name"]: column["data_type"] for column in model["columns"]}
    found: dict[str, str] = {}
    for entry in version.get("columns", [{"include": "all"}]):
        if "include" in entry:
            wanted = base if entry["include"] in ("all", "*") else entry["include"]
            found |= {name: base[name] for name in wanted if name not in entry.get("exclude", [])}
        else:
            found[entry["name"]] = entry["data_type"]
    return found


def recorded() -> Columns:
    found: Columns = {}
    with RECORD.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            found.setdefault((row["table"], int(row["version"])), {})[row["column"]] = row["type"]
    return found


def broken(promised: Columns, kept: Columns) -> list[str]:
    """What a reader of a recorded version would miss: a column gone, or of another type."""
    return [
        f"{table} v{version}: {column} was {data_type}, is {kept[table, version].get(column, 'gone')}"
        for (table, version), columns in promised.items()
        if (table, version) in kept
        for column, data_type in columns.items()
        if kept[table, version].get(column) != data_type
    ]


@pytest.mark.parametrize(("path", "model"), public_models(), ids=lambda value: getattr(value, "stem", ""))
def test_a_public_table_is_a_contract_with_a_version(path: Path, model: dict[str, Any]) -> None:
    assert model["config"]["contract"]["enforced"] is True, f"enforce it in {place(path)}"
    assert model["latest_version"] == max(version["v"] for version in model["versions"])
    assert path.with_suffix(".sql").is_file()
    columns = [item for version in model["versions"] for item in columns_of(model, version).items()]
    wide = [(name, data_type) for name, data_type in columns if not PLAIN.fullmatch(data_type)]
    assert not wide, "cast them in the model: drivers read these types each in their own way"


def test_only_marts_and_kpis_are_public() -> None:
    folders = {path.relative_to(DBT / "models").parts[0] for path, _ in public_models()}
    assert folders == {"marts", "kpi"}


def test_what_was_published_keeps_its_columns_and_types() -> None:
    assert not broken(recorded(), contracted()), (
        "that breaks who reads it: copy the model to <name>_v1.sql, list both versions, raise latest_version"
    )


def test_the_record_holds_every_version_that_is_published() -> None:
    assert recorded() == contracted(), "run `python -m tests.structure.test_published_tables`"


def test_an_older_version_is_held_to_its_own_columns() -> None:
    model = {"columns": [{"name": "code", "data_type": "varchar"}, {"name": "share", "data_type": "double"}]}
    older = {"v": 1, "columns": [{"include": "all", "exclude": ["share"]}, {"name": "rate", "data_type": "bigint"}]}
    assert columns_of(model, {"v": 2}) == {"code": "varchar", "share": "double"}
    assert columns_of(model, older) == {"code": "varchar", "rate": "bigint"}


def test_a_dropped_or_retyped_column_is_noticed() -> None:
    promised = {("fct_x", 1): {"area_code": "varchar", "case_count": "bigint", "value": "decimal(18,8)"}}
    kept = {("fct_x", 1): {"area_code": "varchar", "case_count": "varchar", "added": "date"}}
    assert broken(promised, kept) == [
        "fct_x v1: case_count was bigint, is varchar",
        "fct_x v1: value was decimal(18,8), is gone",
    ]


def _record() -> None:
    before, now = recorded() if RECORD.exists() else {}, contracted()
    if found := broken(before, now):
        raise SystemExit("\n".join(["Not written; raise the version of:", *found]))
    with RECORD.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEAD)
        for (table, version), columns in sorted(now.items()):
            writer.writerows((table, version, column, data_type) for column, data_type in columns.items())


if __name__ == "__main__":
    _record()
