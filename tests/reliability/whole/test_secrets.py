"""No secret of the installation lies anywhere in its home, in its logs, in what it printed or what it published."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from ingestion.privacy import load_key
from ingestion.settings import Settings
from tests.reliability.figures import record
from tests.reliability.whole.conftest import SECRETS


def contents(home: Path) -> Iterator[tuple[str, bytes]]:
    """Every file that the run left, and every member of those that are archives (workbooks, documents)."""
    for path in sorted([*home.rglob("*"), home.parent / "output.txt"]):
        if path.is_file():
            yield str(path), path.read_bytes()
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    yield from ((f"{path}: {name}", archive.read(name)) for name in archive.namelist())


def test_no_secret_lies_in_what_a_run_leaves(whole_city: Settings) -> None:
    key = load_key(whole_city).secret
    secret = [key, key.hex().encode(), *(value.encode() for value in SECRETS.values())]
    hits, scanned = [], 0
    for name, content in contents(whole_city.home):
        scanned += len(content)
        hits += [name for each in secret if each in content]
    record("secrets", planted=len(secret), bytes_scanned=scanned, hits=len(hits))
    assert hits == []
    assert scanned > 1_000_000


def test_the_search_finds_a_secret_in_a_plain_file_and_in_an_archive(tmp_path: Path) -> None:
    canary = next(iter(SECRETS.values()))
    (tmp_path / "output.txt").write_text("")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "run.log").write_text(f"error={canary}")
    with zipfile.ZipFile(tmp_path / "home" / "pack.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.xml", f"<v>{canary}</v>" * 9)
    found = [name for name, content in contents(tmp_path / "home") if canary.encode() in content]
    assert [Path(name).name for name in found] == ["pack.xlsx: sheet.xml", "run.log"]
