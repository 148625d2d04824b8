"""Planted personal data is found in the vault and nowhere else, neither in bytes nor in what the bytes decode to."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pypdfium2
import pytest

from tests.real.conftest import CityRun
from tests.real.forms import land

KINDS = {
    "phone": r"\d{3}-\d{3}-\d{4}",
    "social security number": r"\d{3}-\d{2}-\d{4}",
    "card": r"\d{15,16}",
    "e-mail": r"[^@]+@[^@]+\.[a-z]+",
}


@pytest.fixture(scope="session")
def planted(data: Path) -> dict[str, str]:
    """Each planted value with its kind: words that look personal and stand in no cell of the clean file."""
    files = (data / "boston311" / f"boston311-100{name}.csv" for name in ("", "-with-fake-pii"))
    clean, spoiled = (list(csv.reader(path.open(encoding="utf-8", newline=""))) for path in files)
    cells = (cell for rows in zip(clean, spoiled, strict=True) for cell in zip(*rows, strict=True))
    words = {word for before, after in cells for word in set(after.split()) - set(before.split())}
    return {word: kind for word in words for kind, form in KINDS.items() if re.fullmatch(form, word)}


def needles(values: dict[str, str]) -> list[str]:
    """Every value as planted, and numbers also without their hyphens."""
    return sorted({form for value in values for form in (value, value.replace("-", ""))})


def in_bytes(files: list[Path], values: dict[str, str]) -> list[str]:
    sought = [needle.encode() for needle in needles(values)]
    return [path.name for path in files if any(needle in path.read_bytes() for needle in sought)]


def in_texts(texts: dict[Path, str], values: dict[str, str]) -> list[str]:
    return [path.name for path, text in texts.items() if any(needle in text for needle in needles(values))]


def outside_the_vault(home: Path) -> list[Path]:
    vault = home / "vault"
    return [path for path in home.rglob("*") if path.is_file() and not path.is_relative_to(vault)]


def decoded(path: Path) -> str:
    """What a reader of the file would see, where its bytes hide it: compressed tables and pages."""
    match path.suffix:
        case ".duckdb":
            with duckdb.connect(str(path), read_only=True) as connection:
                return "\n".join(_rows(connection))
        case ".parquet":
            with duckdb.connect() as connection:
                return "\n".join(_texts(connection, "read_parquet($$" + str(path) + "$$)"))
        case ".pdf":
            return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path))
    return ""


def _rows(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    relations = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() UNION ALL "
        "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal"
    ).fetchall()
    for schema, name in relations:
        yield from _texts(connection, f'"{schema}"."{name}"')


def _texts(connection: duckdb.DuckDBPyConnection, relation: str) -> Iterator[str]:
    for (text,) in connection.execute(f"SELECT CAST(row AS VARCHAR) FROM {relation} AS row").fetchall():
        yield text


def test_all_kinds_were_planted(planted: dict[str, str]) -> None:
    assert sorted(planted.values()) == ["card", "e-mail", "phone", "phone", "social security number"]


def test_the_vault_keeps_them(city_run: CityRun, planted: dict[str, str]) -> None:
    [original] = (city_run.settings.vault / "hotline_city").glob("*.csv")
    kept = original.read_text(encoding="utf-8")
    assert all(value in kept for value in planted)


def test_no_byte_outside_the_vault_holds_them(city_run: CityRun, planted: dict[str, str]) -> None:
    files = outside_the_vault(city_run.settings.home)
    places = {path.relative_to(city_run.settings.home).parts[0] for path in files}
    assert {"landing", "receipts", "warehouse", "releases", "serving", "logs", "site", "briefs", "work"} <= places
    assert in_bytes(files, planted) == []


def test_no_table_or_page_outside_the_vault_holds_them(city_run: CityRun, planted: dict[str, str]) -> None:
    texts = {path: decoded(path) for path in outside_the_vault(city_run.settings.home)}
    seen: dict[str, str] = defaultdict(str)
    for path, text in texts.items():
        seen[path.suffix] += text
    assert "101004113431" in seen[".duckdb"], "the search must be able to find what is kept of a spoiled row"
    assert "101004113431" in seen[".parquet"]
    assert "88.5%" in seen[".pdf"]
    assert in_texts(texts, planted) == []


def test_a_spoiled_row_set_aside_shows_no_value_either(data: Path, tmp_path: Path, planted: dict[str, str]) -> None:
    spoiled = data / "boston311" / "boston311-100-with-fake-pii.csv"
    receipt, _, settings = land(tmp_path, spoiled, ["%d/%m/%Y"])
    assert (receipt.received, receipt.quarantined) == (100, 100)
    files = outside_the_vault(settings.home)
    assert any(path.is_relative_to(settings.quarantine) for path in files)
    assert in_bytes(files, planted) == in_texts({path: decoded(path) for path in files}, planted) == []
