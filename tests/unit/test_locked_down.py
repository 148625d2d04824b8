"""A reader who may type any SQL, connected as docs/connect-bi.md says, reaches the release and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from ingestion.settings import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "docs" / "connect-bi.md").read_text(encoding="utf-8")
SAID = re.search(r"^SET enable_external_access.*?(?=^```)", PAGE, re.MULTILINE | re.DOTALL)
REFUSED = (
    "disabled by configuration|has been locked|read-only mode|disabled through configuration|while database is running"
)
ATTEMPTS = [
    "FROM read_text('{file}')",
    "FROM read_csv('{file}')",
    "FROM '{file}'",
    "FROM glob('{folder}/*')",
    "ATTACH '{folder}/other.duckdb'",
    "COPY (SELECT 1) TO '{folder}/out.csv'",
    "EXPORT DATABASE '{folder}/out'",
    "INSTALL httpfs",
    "LOAD '{folder}/evil.duckdb_extension'",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "CREATE TABLE kept AS SELECT 1",
    "DELETE FROM shown",
]


@pytest.fixture
def reader(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    served = tmp_path / "served.duckdb"
    with duckdb.connect(str(served)) as making:
        making.execute("CREATE TABLE shown AS SELECT 42 AS value")
    (tmp_path / "file.csv").write_text("a\n1\n")
    with duckdb.connect(str(tmp_path / "other.duckdb")) as other:
        other.execute("CREATE TABLE hidden AS SELECT 7 AS value")
    connection = duckdb.connect(str(served), read_only=True)
    assert SAID, "docs/connect-bi.md no longer says how to lock a connection"
    connection.execute(SAID.group())
    return connection


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_nothing_but_the_release_is_reached(reader: duckdb.DuckDBPyConnection, attempt: str, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    with pytest.raises(duckdb.Error, match=REFUSED):
        reader.execute(attempt.format(file=tmp_path / "file.csv", folder=tmp_path))
    assert sorted(tmp_path.iterdir()) == before
    assert reader.execute("FROM shown").fetchall() == [(42,)]
