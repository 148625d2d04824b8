"""The served file opens in drivers of the last two years, each in a small environment of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ingestion.settings import Settings
from tests.warehouse_fixture import make_warehouse
from warehouse.release import publish

READ = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1], read_only=True)
rows = connection.execute("SELECT count(*), sum(case_count) FROM marts.fct_count").fetchone()
comment = connection.execute(
    "SELECT comment FROM duckdb_columns() WHERE column_name = 'case_count'"
).fetchone()
print(duckdb.__version__, rows[0], rows[1], comment[0])
"""


def python_with(folder: Path, version: str) -> Path:
    """An environment that holds one duckdb and nothing else."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    pip = [str(python), "-I", "-m", "pip"]  # isolated: the watch over sockets would tell of the package index
    install = [*pip, "install", "-q", "--disable-pip-version-check", "--only-binary", ":all:"]
    subprocess.run([*install, f"duckdb=={version}"], check=True)
    return python


@pytest.mark.parametrize("version", ["1.2.2", "1.4.4"])
def test_an_old_driver_reads_the_release_with_its_comments(version: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", key_file=tmp_path / "key.json")
    make_warehouse(settings)
    publish(settings, checks_passed=1, checks_total=1)
    python = python_with(tmp_path / "old", version)
    served = settings.serving / "governance.duckdb"
    done = subprocess.run([str(python), "-c", READ, str(served)], capture_output=True, text=True, check=True)
    found = done.stdout.split()
    assert found[0] == version
    assert int(found[1]) > 0
    assert "/" in done.stdout, "the bilingual comment travels with the column"
