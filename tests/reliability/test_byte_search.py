"""The search for canaries can find: one canary in each form of file that citypulse writes, and each way to write it."""

from __future__ import annotations

import base64
import gzip
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from html import escape
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest
import typst

from tests.reliability.byte_search import Search
from tests.reliability.canaries import STEMS, Person, persons_in

ONE = Person(417)
WAYS: dict[str, bytes] = {
    "utf-8": f"…{ONE.name}…".encode(),
    "gb18030": f"姓名{ONE.name}".encode("gb18030"),
    "utf-16": ONE.words.encode("utf-16"),
    "utf-16-be": f"电话{ONE.mobile}。".encode("utf-16-be"),
    "escaped JSON": json.dumps({"name": ONE.name}).encode(),
    "HTML entities": escape(ONE.name).encode("ascii", "xmlcharrefreplace"),
    "URL": quote(ONE.name).encode(),
    "a Python literal": repr(ONE.name.encode()).encode(),
    "mobile number": f"a{ONE.mobile}b".replace("a", "x").encode(),
    "mobile number with its country": f"+86{ONE.mobile}".encode(),
    "mobile number in groups": f"{ONE.mobile[:3]}-{ONE.mobile[3:7]}-{ONE.mobile[7:]}".encode(),
    "wide digits": f"{ONE.mobile}".translate({48 + n: 0xFF10 + n for n in range(10)}).encode(),
    "ID card number": ONE.identity.encode(),
    "e-mail": b"p417@canary.invalid",
    **{f"Base64 after {n}": base64.b64encode(b"." * n + ONE.name.encode() + b"...") for n in range(3)},
}


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_write_a_person_is_found(tmp_path: Path, way: str) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"x" * 5000 + WAYS[way] + b"x" * 5000)
    assert Search(STEMS).through([path]).hits == [str(path)]


def _zip(path: Path, words: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w:t>{words}</w:t>" * 50)


def _nested(path: Path, words: str) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(words[:5], "named after a person")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.zip", inner.getvalue())


def _table(path: Path, words: str) -> None:
    """Packed so that no byte of the file shows the words: a number as a number, a text that is put together."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE TABLE a AS SELECT {ONE.mobile}::BIGINT + 0 * i AS n FROM range(5000) AS r (i)")


def _parquet(path: Path, words: str) -> None:
    with duckdb.connect() as connection:
        rows = f"SELECT $${words}$$ || i AS a FROM range(5000) AS r (i)"
        connection.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


def _sqlite(path: Path, words: str) -> None:
    """Across the edges of pages."""
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE a (b TEXT)")
        database.executemany("INSERT INTO a VALUES (?)", [("y" * 3000 + words * 60,)])
    database.close()


FILES: dict[str, Callable[[Path, str], object]] = {
    "a.docx": _zip,
    "b.zip": _nested,
    "c.duckdb": _table,
    "d.parquet": _parquet,
    "e.db": _sqlite,
    "f.html.gz": lambda path, words: path.write_bytes(gzip.compress(words.encode())),
    "g.pdf": lambda path, words: path.write_bytes(typst.compile(f"#set page(width: 20cm)\n{ONE.mobile}".encode())),
}


@pytest.mark.parametrize("name", FILES)
def test_a_person_packed_into_a_file_is_found(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    FILES[name](path, ONE.words)
    assert Search(STEMS).through([path]).hits == [str(path)]


def test_a_digest_that_happens_to_hold_the_digits_is_no_person(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"sha256": f"9c{ONE.mobile}ab", "count": 154771, "name": "张样例"}), encoding="utf-8")
    assert Search(STEMS).through([path]).hits == []


@pytest.mark.parametrize("number", range(5))
def test_a_person_is_known_by_what_is_told_of_them(number: int) -> None:
    person = Person(number + 40)
    for told in (person.name, person.mobile_as_written, person.identity, person.address):
        assert persons_in(told.encode("gb18030")) == {person.number}
