"""A delivery becomes a table of typed rows with a verdict each, the plain way or the careful way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion.address import building
from ingestion.contract import Contract
from ingestion.errors import DeliveryRefused
from ingestion.fingerprint import hashes_of, with_fingerprints
from ingestion.inbox import Delivery
from ingestion.normalise import flaw_of, match_header, quote, text, typed_select
from ingestion.privacy import TokenKey
from ingestion.readers.text import ROW_NO, Rows, careful_rows, decode, is_plain, plain_rows
from ingestion.written_number import canonical

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Stage:
    """The rows of one delivery as temp table `staged` (typed columns, `broken_rule`) of an engine connection."""

    def __init__(self, connection: DuckDBPyConnection, contract: Contract, work: Path, key: TokenKey) -> None:
        self.connection = connection
        self.contract = contract
        self.work = work
        self.key = key
        self.strangers: list[str] = []
        self.recorded_at = ""
        self._rows: Rows

    @property
    def row_no(self) -> str:
        """SQL of a staged row's record number in the file."""
        return ROW_NO if self._rows.numbered else f"rowid + {self._rows.first_row}"

    @property
    def is_record(self) -> str:
        """SQL: the row is a record, not a total below the table."""
        return "(broken_rule IS NULL OR broken_rule <> '|footer')"

    def begin(self, recorded_at: datetime) -> None:
        """Say when the delivery is landed: its rows carry it, and no moment may lie behind it."""
        self.recorded_at = f"TIMESTAMP {text(recorded_at.isoformat(sep=' '))}"

    def read(self, original: Path, delivery: Delivery, recorded_at: datetime) -> None:
        """Stage the delivery as typed rows with a verdict each. Raises DeliveryRefused when it cannot be read."""
        self.begin(recorded_at)
        self._stage_either_way(self._open(original, delivery))
        self._note_broken(self._rows.broken)
        if self.records() == 0:
            raise DeliveryRefused(
                "no_rows", "holds no rows.", next_step="ask the sender whether nothing happened or the export failed."
            )
        self._tokenise()
        self._read_figures()

    def read_left(self, rows: Rows, source: str) -> None:
        """Stage only the numbered text rows that the SQL `source` gives: what did not go straight of a delivery."""
        self._stage(rows, source)
        self._note_broken([])

    def _stage_either_way(self, rows: Rows) -> None:
        """Stage the rows as they are, or else the careful way; the engine's own message would show a row."""
        import duckdb

        try:
            return self._stage(rows)
        except duckdb.Error:
            if rows.numbered:
                raise DeliveryRefused(
                    "unreadable", "cannot be split into rows.", next_step="ask the sender for it again."
                ) from None
        self._stage_either_way(self._careful(rows.path))

    def _open(self, original: Path, delivery: Delivery) -> Rows:
        form = self.contract.format
        if not original.stat().st_size:
            raise DeliveryRefused("empty", "is empty.", next_step="ask the sender for it again.")
        if form.kind == "xlsx":
            from ingestion.readers.workbook import read_rows

            known = [name for column in self.contract.columns for name in column.header]
            return read_rows(original, form, known, self.work / "numbered.csv", delivery.is_complete)
        path = original if form.encoding == "utf-8" else decode(original, form.encoding, self.work / "decoded.txt")
        if not delivery.is_complete:
            return self._cut_off(path)
        if not is_plain(path, form.delimiter):
            return self._careful(path)
        return plain_rows(path, form)

    def _careful(self, path: Path) -> Rows:
        form = self.contract.format
        if form.encoding == "utf-8":  # DuckDB proves it for a plain file as it reads; here nobody has yet
            path = decode(path, form.encoding, self.work / "decoded.txt")
        return careful_rows(path, form, self.work / "numbered.csv")

    def _cut_off(self, path: Path) -> Rows:
        """Rows of a file whose last line never ended: that line is set aside, for nobody knows what it lacks."""
        whole = self.work / "whole.txt"
        data = path.read_bytes()
        end = data.rfind(b"\n") + 1
        whole.write_bytes(data[:end])
        if not end:
            raise DeliveryRefused("header", "breaks off in its first line.", next_step="ask the sender for it again.")
        rows = self._careful(whole)
        rows.broken.append((data.count(b"\n") + 1, "truncated"))
        return rows

    def _stage(self, rows: Rows, source: str | None = None) -> None:
        self._rows = rows
        jsonl = self.contract.format.kind == "jsonl"
        places: dict[str, int] = {}
        if not jsonl:
            places, self.strangers = match_header(self.contract, rows.header)
        extra = [ROW_NO] if rows.numbered else []
        extra += ["is_object AS is_object"] if jsonl else []
        extra += [f"{flaw_of('line')} AS flaw"] if self.contract.messages else []
        extra += ["c0 AS first_cell"] if self.contract.format.footer else []
        statement = typed_select(self.contract, source or self._source(rows, jsonl), places, extra, self.recorded_at)
        texts = [column.name for column in self.contract.kept if column.personal == "fingerprint"]
        if texts:
            statement = f"FROM {with_fingerprints(texts, f'({statement})', hashes_of(self.key.number))}"
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE staged AS {statement}")

    def _source(self, rows: Rows, jsonl: bool) -> str:
        names = ["line"] if jsonl else [f"c{index}" for index in range(len(rows.header))]
        names = [ROW_NO, *names] if rows.numbered else names
        types = ", ".join(f"{text(n)}: {text('BIGINT' if n == ROW_NO else 'VARCHAR')}" for n in names)
        mark = "" if jsonl and not rows.numbered else '"'
        source = (
            f"read_csv({text(str(rows.path))}, auto_detect = false, header = false, skip = {rows.first_row - 1}, "
            f"delim = {text(',' if rows.numbered else rows.delimiter)}, quote = {text(mark)}, escape = {text(mark)}, "
            f"columns = {{{types}}}, strict_mode = true, max_line_size = 8000000)"
        )
        if not jsonl:
            return source
        number = f", {ROW_NO}" if rows.numbered else ""
        is_object = "CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' ELSE false END"
        inner = f"SELECT *, {is_object} AS is_object FROM {source}"
        return f"(SELECT CASE WHEN is_object THEN line ELSE '{{}}' END AS line, is_object{number} FROM ({inner}))"

    def _tokenise(self) -> None:
        """Replace phones and addresses by tokens: each distinct value is hashed once, never row by row."""
        for column in self.contract.kept:
            if column.personal != "token":
                continue
            name = quote(column.name)
            found = [value for (value,) in self.all(f"SELECT DISTINCT {name} FROM staged WHERE {name} IS NOT NULL")]
            tokens = self.key.tokens(column.type, found, building if column.type == "place" else str)
            self._table("token_of", {"value": list(tokens), "token": list(tokens.values())})
            self.connection.execute(f"UPDATE staged SET {name} = token FROM token_of WHERE {name} = value")
            self.connection.execute("DROP TABLE token_of")

    def let_go(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Take from staged rows what tells of forgotten persons: (record number, column that names one, stand-in).

        The column that names the person and what else is derived from the person's words or whereabouts become NULL;
        another person's token in the row stays. Where a row cannot do without a value, the stand-in takes its place.
        """
        named: dict[tuple[str, str], list[int]] = {}
        for row_no, column_name, stand_in in rows:
            for column in self.contract.kept:
                if column.is_of_person(column_name):
                    named.setdefault((column.name, text(stand_in) if column.required else "NULL"), []).append(row_no)
        for (name, value), numbers in named.items():
            listed = ", ".join(map(str, sorted(set(numbers))))
            self.connection.execute(f"UPDATE staged SET {quote(name)} = {value} WHERE {self.row_no} IN ({listed})")

    def _read_figures(self) -> None:
        """Replace numbers as written by the ranges they claim; a row with an unreadable one breaks `not_a_figure`."""
        for column in self.contract.kept:
            if column.type != "figure":
                continue
            name = quote(column.name)
            found = [value for (value,) in self.all(f"SELECT DISTINCT {name} FROM staged WHERE {name} IS NOT NULL")]
            ranges = {value: canonical(value) for value in found}
            self._table("range_of", {"value": list(ranges), "range": list(ranges.values())})
            rule = text(f"{column.name}|not_a_figure")
            broken = f"coalesce(broken_rule, CASE WHEN range IS NULL THEN {rule} END)"
            self.connection.execute(
                f"UPDATE staged SET {name} = range, broken_rule = {broken} FROM range_of WHERE {name} = value"
            )
            self.connection.execute("DROP TABLE range_of")

    def _table(self, name: str, columns: dict[str, list[Any]]) -> None:
        """A temp table from Python lists, handed over whole."""
        from arro3.core import Array, DataType, Table

        kinds = {"row_no": DataType.int64()}
        arrays = {key: Array(values, kinds.get(key, DataType.utf8())) for key, values in columns.items()}
        self.connection.register("handed_over", Table.from_pydict(arrays))
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM handed_over")
        self.connection.unregister("handed_over")

    def _note_broken(self, broken: list[tuple[int, str]]) -> None:
        """Table `unsplit`: records that could not even be split into fields."""
        self.connection.execute("CREATE OR REPLACE TEMP TABLE unsplit (row_no BIGINT, rule VARCHAR)")
        if broken:
            self._table("unsplit", {"row_no": [row for row, _ in broken], "rule": [rule for _, rule in broken]})

    def records(self) -> int:
        """How many records the file holds, those included that could not even be split into fields."""
        return self.one(f"SELECT count(*) FROM staged WHERE {self.is_record}") + len(self._rows.broken)

    def one(self, query: str) -> int:
        """The single number a query gives."""
        found = self.connection.execute(query).fetchone()
        return int(found[0]) if found else 0

    def all(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.connection.execute(query).fetchall()
