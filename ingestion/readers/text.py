"""Delivered text (CSV, JSON lines) made readable in bulk: strict decoding, header found, oddities set apart.

A plain file is read by DuckDB as it is. A file with anything odd about it - another encoding, blank lines, mixed line
ends, a broken row - is rewritten once with the number of each record in front, so that every row keeps its place.
"""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ingestion.errors import DeliveryRefused
from ingestion.readers.header import fold_blanks, header_names
from ingestion.readers.numbered import Records, write_numbered

CHUNK = 1 << 22
HEAD = 1 << 18
LONGEST_FIELD = 2_000_000
ROW_NO = "source_row_no"
NUL_IN_JSON = "\\u0000"  # six letters in the file, a NUL once they are read


class Form(Protocol):
    """What a reader must know of a contract's `format`."""

    @property
    def kind(self) -> str: ...
    @property
    def delimiter(self) -> str: ...
    @property
    def sheet(self) -> str | None: ...
    @property
    def header_row(self) -> int: ...
    @property
    def header_rows(self) -> int: ...
    @property
    def footer(self) -> list[str]: ...


@dataclass
class Rows:
    """Text rows of one delivery, ready for bulk reading.

    `header` are the source's column names in file order; `numbered` files carry the record number as first column,
    others begin at record `first_row` without a gap; `broken` are (record number, rule) of rows that cannot be split.
    """

    path: Path
    header: list[str]
    first_row: int
    numbered: bool = False
    delimiter: str = ","
    broken: list[tuple[int, str]] = field(default_factory=list)


def decode(source: Path, encoding: str, target: Path) -> Path:
    """Rewrite the file as UTF-8 text into `target`.

    Raises DeliveryRefused (`encoding`) naming the line where the declared encoding breaks.
    """
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    lines = 0
    with source.open("rb") as stream, target.open("wb") as out:
        while True:
            chunk = stream.read(CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                row = lines + chunk[: error.start].count(b"\n") + 1
                raise DeliveryRefused(
                    "encoding",
                    f"not valid {encoding} near line {row}.",
                    row=row,
                    next_step=f"ask the sender for {encoding}, or correct `encoding` in the contract; drop it again.",
                ) from error
            out.write(text.encode("utf-8"))
            lines += chunk.count(b"\n")
            if not chunk:
                return target


def is_plain(path: Path, delimiter: str) -> bool:
    """No blank lines, one kind of line end, a complete last line: what DuckDB reads record for record.

    A line that ends with an empty field is not plain: DuckDB lets one such field too many pass, in strict mode as well.

    Raises DeliveryRefused (`nul`) when the bytes are no text.
    """
    odd = [b"\n\n", *(delimiter.encode() + empty + b"\n" for empty in (b"", b'""'))]
    odd_dos = [ending.replace(b"\n", b"\r\n") for ending in odd]
    seam = b""
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            if b"\0" in chunk:
                raise DeliveryRefused("nul", "holds NUL bytes.", next_step="ask the sender for a whole text file.")
            seam = seam[-5:] + chunk
            if NUL_IN_JSON.encode() in seam:
                return False
            if any(ending in seam for ending in odd):
                return False
            if b"\r" in chunk and (any(ending in seam for ending in odd_dos) or not _ends_alike(seam)):
                return False
    return seam.endswith(b"\n")


def _ends_alike(piece: bytes) -> bool:
    """Each carriage return goes with a line feed and the reverse; those at the edges are seen with the next piece."""
    inside = piece.removesuffix(b"\r").removeprefix(b"\n")
    return inside.count(b"\r") == inside.count(b"\r\n") == inside.count(b"\n")


def read_header(path: Path, form: Form) -> tuple[list[str], int]:
    """The column names and the physical line on which the header ends. Raises DeliveryRefused (`header`)."""
    with path.open("r", encoding="utf-8-sig", errors="replace", newline="") as stream:
        head = io.StringIO(stream.read(HEAD), newline="")
    reader = csv.reader(head, delimiter=form.delimiter, strict=True)
    try:
        above = [next(reader) for _ in range(_last_header_row(form))]
    except (StopIteration, csv.Error) as error:
        raise DeliveryRefused(
            "header",
            f"no header in row {form.header_row}.",
            row=form.header_row,
            next_step="check `header_row`, resend the file.",
        ) from error
    return header_names(above[-form.header_rows :]), reader.line_num


def _last_header_row(form: Form) -> int:
    return form.header_row + form.header_rows - 1


def plain_rows(path: Path, form: Form) -> Rows:
    """Rows of a plain file, to be read in place."""
    if form.kind == "jsonl":
        return Rows(path, ["line"], 1, delimiter="\x1e")
    header, lines = read_header(path, form)
    return Rows(path, header, lines + 1, delimiter=form.delimiter)


def careful_rows(path: Path, form: Form, target: Path) -> Rows:
    """Rows of an odd file, rewritten into `target` with their record numbers; broken ones are listed."""
    header = ["line"] if form.kind == "jsonl" else read_header(path, form)[0]
    rows = Rows(target, header, 1, numbered=True)
    records = _json_lines(path, rows.broken) if form.kind == "jsonl" else _csv_records(path, form, rows.broken)
    write_numbered(str(target), records, len(header), rows.broken, {fold_blanks(word) for word in form.footer})
    return rows


def _json_lines(path: Path, broken: list[tuple[int, str]]) -> Records:
    with path.open("r", encoding="utf-8-sig", newline="\n") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.endswith("\n"):
                line += " "  # the end of the file is judged by the inbox, not here
            if NUL_IN_JSON in line:
                broken.append((number, "nul"))
            elif line.strip():
                yield number, [line.strip()]


def _csv_records(path: Path, form: Form, broken: list[tuple[int, str]]) -> Records:
    csv.field_size_limit(LONGEST_FIELD)
    with path.open("r", encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, delimiter=form.delimiter, strict=True)
        for number in range(1, 1 << 62):
            begins = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "unexpected end of data" in str(error):
                    raise DeliveryRefused(
                        "open_quote",
                        f"a quote opened in line {begins} is never closed.",
                        row=number,
                        next_step="ask the sender to double quotes inside quoted text, then drop the file again.",
                    ) from error
                broken.append((number, "quote"))
                continue
            if number > _last_header_row(form) and cells:
                yield number, cells
