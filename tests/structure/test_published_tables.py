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

from ingestion.settings import PROJECT_ROOT
from tests.structure.repo import DBT, place, public_models

RECORD = PROJECT_ROOT / "docs" / "bi" / "tables.csv"
HEAD = ("table", "version", "column", "type")
# What ODBC, JDBC, Parquet readers and PostgreSQL all know, written down apart from warehouse/release_tables.py.
PLAIN = re.compile(r"varchar|boolean|integer|bigint|double|date|timestamp|decimal\((\d|1[0-8]),\d+\)")
Columns = dict[tuple[str, int], dict[str, str]]


def contracted() -> Columns:
    """Columns and types of the latest version of each public table."""
    return {
        (model["name"], model["latest_version"]): {c["name"]: c["data_type"] for c in model["columns"]}
        for _, model in public_models()
    }


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
    wide = {c["name"]: c["data_type"] for c in model["columns"] if not PLAIN.fullmatch(c["data_type"])}
    assert not wide, "cast them in the model: drivers read these types each in their own way"


def test_only_marts_and_kpis_are_public() -> None:
    folders = {path.relative_to(DBT / "models").parts[0] for path, _ in public_models()}
    assert folders == {"marts", "kpi"}


def test_what_was_published_keeps_its_columns_and_types() -> None:
    assert not broken(recorded(), contracted()), (
        "that breaks who reads it: copy the model to <name>_v1.sql, list both versions, raise latest_version"
    )


def test_the_record_holds_every_version_that_is_published() -> None:
    versions = {(model["name"], version["v"]) for _, model in public_models() for version in model["versions"]}
    assert set(recorded()) == versions
    assert {key: recorded()[key] for key in contracted()} == contracted(), (
        "run `python -m tests.structure.test_published_tables`"
    )


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
        for (table, version), columns in sorted({**before, **now}.items()):
            writer.writerows((table, version, column, data_type) for column, data_type in columns.items())


if __name__ == "__main__":
    _record()
