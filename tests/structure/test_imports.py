"""Who may import whom, and the single doors to DuckDB and to the environment."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.structure.repo import PACKAGES, imports, module_name, place, python_files, tree

# What each part may import of ours; the longest matching name decides, and a part may always import itself.
ALLOWED = {
    "dags": ("citypulse", "reporting", "expectations", "warehouse", "ingestion"),
    "citypulse": ("reporting", "expectations", "warehouse", "simulator", "ingestion"),
    "reporting": (
        "warehouse.engine",
        "ingestion.durable",
        "ingestion.errors",
        "ingestion.lineage",
        "ingestion.run_log",
        "ingestion.settings",
    ),
    "reporting.site": (
        "reporting",
        "warehouse.columns",
        "warehouse.engine",
        "warehouse.serving",
        "warehouse.thread",
        "ingestion.contract",
        "ingestion.durable",
        "ingestion.errors",
        "ingestion.settings",
    ),
    "reporting.pack": (
        "reporting",
        "warehouse.engine",
        "warehouse.release_tables",
        "warehouse.release_zh",
        "warehouse.serving",
        "ingestion.durable",
        "ingestion.errors",
        "ingestion.lineage",
        "ingestion.run_log",
        "ingestion.settings",
    ),
    "expectations": (
        "warehouse",
        "ingestion.contract",
        "ingestion.durable",
        "ingestion.errors",
        "ingestion.lineage",
        "ingestion.run_log",
        "ingestion.settings",
    ),
    "simulator": (
        "ingestion.contract",
        "ingestion.durable",
        "ingestion.errors",
        "ingestion.settings",
        "warehouse.geography.coordinates",
    ),
    "warehouse": (
        "ingestion.audit_log",
        "ingestion.contract",
        "ingestion.durable",
        "ingestion.errors",
        "ingestion.landing_table",
        "ingestion.lineage",
        "ingestion.receipts",
        "ingestion.run_log",
        "ingestion.run_record",
        "ingestion.settings",
    ),
    "warehouse.geography": (),
    "warehouse.engine": ("ingestion.durable", "ingestion.errors", "ingestion.settings"),
    "ingestion": ("warehouse.engine",),
    "ingestion.errors": (),
    "ingestion.settings": (),
    "ingestion.durable": ("ingestion.errors",),
    "ingestion.contract": ("ingestion.errors", "ingestion.settings"),
    "ingestion.normalise": ("ingestion.contract", "ingestion.errors"),
    "ingestion.privacy": ("ingestion.durable", "ingestion.errors", "ingestion.settings"),
    "ingestion.readers": ("ingestion.errors",),
}
OURS = {name.partition(".")[0] for name in ALLOWED}
HEAVY = {"airflow", "dbt", "great_expectations"}


def within(name: str, part: str) -> bool:
    return f"{name}.".startswith(f"{part}.")


@pytest.mark.parametrize("path", python_files("dags", *PACKAGES), ids=place)
def test_imports_run_one_way(path: Path) -> None:
    module = module_name(path)
    part = max((name for name in ALLOWED if within(module, name)), key=len)
    allowed = (part, *ALLOWED[part])
    ours = {name for name in imports(path) if name.partition(".")[0] in OURS}
    strays = {name for name in ours if not any(within(name, whole) for whole in allowed)}
    assert not strays, f"{part} may import {', '.join(allowed)}: move the function down, or hand its result over"


@pytest.mark.parametrize("path", python_files("dags"), ids=place)
def test_dags_touch_no_data_themselves(path: Path) -> None:
    used = {name.partition(".")[0] for name in imports(path)}
    assert not used & {"duckdb", "dbt", "pandas", "deltalake"}, "put it into a package and call one function of it"


@pytest.mark.parametrize("path", python_files("tests/unit", "tests/feeds"), ids=place)
def test_fast_tests_need_no_framework(path: Path) -> None:
    used = {name.partition(".")[0] for name in imports(path)}
    assert not used & HEAVY, "a test that needs Airflow belongs in tests/dags, one of dbt or GX in tests/integration"


def uses(path: Path, module: str, *names: str) -> bool:
    """Whether a file reaches for `module.name`, by attribute or by import."""
    reached = [
        node
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr in names
        and isinstance(node.value, ast.Name)
        and node.value.id == module
    ]
    return bool(reached) or any(name in {f"{module}.{wanted}" for wanted in names} for name in imports(path))


def test_one_module_opens_duckdb() -> None:
    doors = [place(path) for path in python_files("dags", *PACKAGES) if uses(path, "duckdb", "connect")]
    assert doors == ["warehouse/engine.py"], "open databases with warehouse.engine.connect"


def test_one_module_reads_the_environment() -> None:
    names = ("environ", "getenv", "putenv", "environb")
    doors = [place(path) for path in python_files("dags", *PACKAGES) if uses(path, "os", *names)]
    assert doors == ["ingestion/settings.py"], "read and set variables in ingestion/settings.py"
