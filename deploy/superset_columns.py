"""The columns of Superset's datasets, from the release they read: types as they are, words from its bilingual comments.

`python -m deploy.superset_columns HOME` writes them into docs/bi/superset/assets/datasets, where they stand for review;
tests/bi/test_superset.py tells when they no longer agree. A column that the query of a dataset makes by itself has no
comment in the release: its words stand in the file and are kept.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

import yaml
from duckdb import DuckDBPyConnection

from deploy.superset import FILES, served_file
from ingestion.errors import CitypulseError
from ingestion.settings import load_settings
from warehouse.engine import connect
from warehouse.release_zh import chinese_name

DATASETS = FILES / "assets" / "datasets" / "citypulse"
COMMENTS = """
SELECT column_name, comment FROM duckdb_columns()
WHERE schema_name || '.' || table_name = ? AND comment IS NOT NULL ORDER BY column_index"""
TIMES = ("DATE", "TIMESTAMP")


def columns_of(dataset: dict[str, Any], connection: DuckDBPyConnection) -> list[dict[str, Any]]:
    """The columns as this release has them. CitypulseError with each that has words neither there nor in the file.

    Tables are asked for their comments in the order in which the query names them.
    """
    tables = re.findall(r"\b(?:FROM|JOIN)\s+(\w+\.\w+)", dataset["sql"])
    told = {name: text for table in reversed(tables) for name, text in connection.execute(COMMENTS, [table]).fetchall()}
    kept = {column["column_name"]: column for column in dataset["columns"] if "description" in column}
    answer = connection.execute(f"DESCRIBE {dataset['sql']}").fetchall()
    if silent := [name for name, *_ in answer if name not in told and name not in kept]:
        raise CitypulseError(
            f"Dataset {dataset['table_name']}: no words for {', '.join(silent)}.",
            next_step="give the table a comment in dbt, or write verbose_name and description into the dataset's file",
        )
    return [_column(name, kind, told.get(name), kept.get(name)) for name, kind, *_ in answer]


def _column(name: str, kind: str, comment: str | None, kept: dict[str, Any] | None) -> dict[str, Any]:
    words = {"verbose_name": label(comment), "description": comment} if comment else kept or {}
    column = {"column_name": name, "verbose_name": words["verbose_name"], "description": words["description"]}
    return {**column, "type": kind, **({"is_dttm": True} if kind in TIMES else {})}


def label(comment: str) -> str:
    """The head of a bilingual comment, short enough for a column: what follows a colon or comma explains it."""
    chinese, _, english = comment.partition(" / ")
    short = [chinese_name(chinese, ""), re.split(r"[:(,;]", english)[0].strip()]
    return " / ".join(part[0].upper() + part[1:] for part in short if part)


class Written(yaml.SafeDumper):
    """Queries as blocks, the rest as PyYAML writes it."""


def _text(dumper: Written, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


Written.add_representer(str, _text)


def write_columns(home: Path) -> None:
    """The columns of all datasets anew. NothingToDo without a release, CitypulseError as `columns_of`."""
    settings = load_settings(home)
    with connect(served_file(settings), settings=settings, read_only=True) as connection:
        for path in sorted(DATASETS.glob("*.yaml")):
            dataset = yaml.safe_load(path.read_text("utf-8"))
            dataset["columns"] = columns_of(dataset, connection)
            text = yaml.dump(dataset, Dumper=Written, allow_unicode=True, sort_keys=False, width=118)
            path.write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """The exit code; argparse ends with 2 and the usage where no home is named."""
    asked = argparse.ArgumentParser(prog="python -m deploy.superset_columns", description=__doc__.partition("\n")[0])
    asked.add_argument("home", type=Path, help="a citypulse home with a release")
    try:
        write_columns(asked.parse_args(arguments).home)
    except CitypulseError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
