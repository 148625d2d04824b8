"""Looks for words in every byte of files, and in what the bytes decode to: packed members, tables, pages."""

from __future__ import annotations

import base64
import gzip
import io
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import duckdb
import pypdfium2

ENCODINGS = ("utf-8", "gb18030")
HEXADECIMAL = {b"%c" % digit for digit in b"0123456789abcdefABCDEF"}
COUNTRY = b"86"
FLATE = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


@dataclass
class Search:
    """What is looked for, what has been looked through, and where it was found: never what was found."""

    words: tuple[str, ...]
    raw: tuple[bytes, ...] = ()
    files: int = 0
    bytes_scanned: int = 0
    hits: list[str] = field(default_factory=list)
    _seen: set[tuple[int, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        texts = sorted({form for word in self.words for form in _texts(word)})
        self.pattern = "|".join(
            f"(^|[^0-9a-fA-F]|86){t}" if t.isdigit() and t.isascii() else re.escape(t) for t in texts
        )
        found = {text.encode(encoding) for text in texts for encoding in ENCODINGS}
        found |= {
            word.encode("utf-16-le").rstrip(b"\0") for word in self.words
        }  # so cut, of digits it is big-endian too
        found |= {form for word in (*(w.encode() for w in self.words), *self.raw) for form in _in_base64(word)}
        self.needles = sorted({*found, *self.raw})

    def through(self, paths: Iterable[Path]) -> Search:
        """Look through these files too, one of several names once. Returns itself."""
        with duckdb.connect() as connection:
            for path in paths:
                status = path.stat()
                if (status.st_dev, status.st_ino) in self._seen:
                    continue
                self._seen.add((status.st_dev, status.st_ino))
                self.files += 1
                if any(self._is_in(content) for content in contents(path)) or self._is_in_tables(connection, path):
                    self.hits.append(str(path))
        return self

    def _is_in(self, content: bytes) -> bool:
        self.bytes_scanned += len(content)
        return any(_stands(needle, content) for needle in self.needles)

    def _is_in_tables(self, connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
        """In a table of DuckDB or Parquet, whose bytes may be packed, every row as a text."""
        if path.suffix == ".parquet":
            return self._is_in_relation(connection, f"read_parquet($${path}$$)")
        if path.suffix != ".duckdb":
            return False
        with duckdb.connect(str(path), read_only=True) as database:
            return any(self._is_in_relation(database, relation) for relation in _relations(database))

    def _is_in_relation(self, connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
        texts = f"SELECT CAST(rows AS VARCHAR) AS whole FROM {relation} AS rows"
        found = connection.execute(
            f"SELECT coalesce(sum(strlen(whole)), 0), bool_or(regexp_matches(whole, $${self.pattern}$$)) FROM ({texts})"
        ).fetchone()
        assert found is not None
        self.bytes_scanned += int(found[0])
        return bool(found[1])


def contents(path: Path) -> Iterator[bytes]:
    """A file's bytes, and the bytes that those hold packed."""
    content = path.read_bytes()
    yield content
    yield from _unpacked(content)
    if content.startswith(b"SQLite format 3\0"):  # a long text may be cut in two by the edge of a page
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            yield "\n".join(database.iterdump()).encode()


def _unpacked(content: bytes) -> Iterator[bytes]:
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                inner = archive.read(member)
                yield from (member.filename.encode(), inner)
                yield from _unpacked(inner)
    elif content.startswith(b"\x1f\x8b"):
        inner = gzip.decompress(content)
        yield inner
        yield from _unpacked(inner)
    elif content.startswith(b"%PDF"):
        yield "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content)).encode()
        for packed in FLATE.findall(content):
            yield zlib.decompressobj().decompress(packed) if packed[:1] == b"x" else packed


def _relations(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """All tables. The views of a warehouse read landed files, which are looked through themselves."""
    found = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
    return [f'"{schema}"."{name}"' for schema, name in found]


def _texts(word: str) -> set[str]:
    """A word as different writers put it down: as it is, escaped for JSON, HTML, URLs and Python, numbers in groups."""
    points = [ord(letter) for letter in word]
    forms = {word, quote(word), word.translate(str.maketrans("0123456789", "０１２３４５６７８９"))}
    if not word.isascii():
        forms |= {"".join(f"\\u{point:{x}}" for point in points) for x in ("04x", "04X")}
        forms |= {"".join(f"&#{point};" for point in points), "".join(f"&#x{point:x};" for point in points)}
        forms |= {repr(word.encode(encoding))[2:-1] for encoding in ("utf-8", "gb18030")}
    if word.isdigit():
        forms |= {mark.join((word[:3], word[3:7], word[7:])) for mark in (" ", "-")}
    return forms


def _in_base64(content: bytes) -> set[bytes]:
    """The part of a word's Base64 that stands there whatever comes before and after it."""
    whole = {before: base64.b64encode(bytes(before) + content) for before in range(3)}
    return {text[-(-before * 8 // 6) : (before + len(content)) * 8 // 6] for before, text in whole.items()}


def _stands(needle: bytes, content: bytes) -> bool:
    """Whether a needle is in a content; one of digits not amid a digest, which is full of digits."""
    place = content.find(needle)
    while place >= 0:
        before = content[max(0, place - 2) : place]
        if not needle.isdigit() or before[-1:] not in HEXADECIMAL or before == COUNTRY:
            return True
        place = content.find(needle, place + 1)
    return False
