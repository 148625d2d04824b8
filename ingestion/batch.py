"""One delivery inside the engine: staged, judged, compared with what is there, and written out - all in bulk."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion import durable
from ingestion.contract import Contract
from ingestion.errors import DeliveryRefused
from ingestion.inbox import Delivery
from ingestion.landing_table import PARTITION
from ingestion.normalise import match_header, quote, text, typed_select
from ingestion.privacy import TokenKey
from ingestion.readers.text import ROW_NO, Rows, careful_rows, decode, is_plain, plain_rows

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Batch:
    """The rows of one delivery in an engine connection, from text to Parquet."""

    def __init__(self, connection: DuckDBPyConnection, contract: Contract, work: Path, key: TokenKey) -> None:
        self.connection = connection
        self.contract = contract
        self.work = work
        self.key = key
        self.columns = [column.name for column in contract.kept]
        self.strangers: list[str] = []
        self.rows_by_date: dict[str, int] = {}
        self._rows: Rows
        self._recorded_at = ""
        self._has_fates = False

    # reading

    def read(self, original: Path, delivery: Delivery, recorded_at: datetime) -> None:
        """Stage the delivery as typed rows with a verdict each. Raises DeliveryRefused when it cannot be read at all."""
        import duckdb

        self._recorded_at = f"TIMESTAMP {text(recorded_at.isoformat(sep=' '))}"
        rows = self._open(original, delivery)
        try:
            self._stage(rows)
        except duckdb.Error:  # its message would show the row; the careful way finds and names it
            if rows.numbered:
                raise DeliveryRefused(
                    "unreadable", "cannot be split into rows.", next_step="ask the sender for it again."
                ) from None
            self._stage(self._careful(rows.path))
        if self._one(f"SELECT count(*) FROM staged WHERE {self._is_record}") + len(self._rows.broken) == 0:
            raise DeliveryRefused(
                "no_rows", "holds no rows.", next_step="ask the sender whether nothing happened or the export failed."
            )
        self._tokenise()

    def _open(self, original: Path, delivery: Delivery) -> Rows:
        form = self.contract.format
        if not original.stat().st_size:
            raise DeliveryRefused("empty", "is empty.", next_step="ask the sender for it again.")
        if form.kind == "xlsx":
            from ingestion.readers.xlsx import read_rows

            return read_rows(original, form.sheet or "", form.header_row, self.work / "numbered.csv")
        path = original if form.encoding == "utf-8" else decode(original, form.encoding, self.work / "decoded.txt")
        if not delivery.is_complete:
            return self._cut_off(path)
        return plain_rows(path, form.kind, form.header_row, form.delimiter) if is_plain(path) else self._careful(path)

    def _careful(self, path: Path) -> Rows:
        form = self.contract.format
        if form.encoding == "utf-8":  # DuckDB proves it for a plain file as it reads; here nobody has yet
            path = decode(path, form.encoding, self.work / "decoded.txt")
        return careful_rows(path, form.kind, form.header_row, form.delimiter, self.work / "numbered.csv")

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

    def _stage(self, rows: Rows) -> None:
        self._rows = rows
        jsonl = self.contract.format.kind == "jsonl"
        places: dict[str, int] = {}
        if not jsonl:
            places, self.strangers = match_header(self.contract, rows.header)
        extra = [ROW_NO] if rows.numbered else []
        extra += ["is_object AS is_object"] if jsonl else []
        extra += ["c0 AS first_cell"] if self.contract.format.footer else []
        statement = typed_select(self.contract, self._source(rows, jsonl), places, extra, self._recorded_at)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE staged AS {statement}")
        self.connection.execute("CREATE OR REPLACE TEMP TABLE fate (rid BIGINT, rule VARCHAR)")
        self._has_fates = False

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
        """Replace phones by tokens: each distinct phone is hashed once, never row by row."""
        from arro3.core import Array, DataType, Table

        for column in self.contract.kept:
            if column.personal != "token":
                continue
            name = quote(column.name)
            found = [value for (value,) in self._all(f"SELECT DISTINCT {name} FROM staged WHERE {name} IS NOT NULL")]
            tokens = self.key.tokens(column.type, found)
            pairs = {
                "value": Array(list(tokens), DataType.utf8()),
                "token": Array(list(tokens.values()), DataType.utf8()),
            }
            self.connection.register("token_of", Table.from_pydict(pairs))
            self.connection.execute(f"UPDATE staged SET {name} = token FROM token_of WHERE {name} = value")
            self.connection.unregister("token_of")

    # judging

    @property
    def _row_no(self) -> str:
        return ROW_NO if self._rows.numbered else f"rowid + {self._rows.first_row}"

    @property
    def _is_record(self) -> str:
        return "(broken_rule IS NULL OR broken_rule <> '|footer')"

    @property
    def _is_good(self) -> str:
        return "broken_rule IS NULL" + (" AND rowid NOT IN (SELECT rid FROM fate)" if self._has_fates else "")

    @property
    def needs_all_history(self) -> bool:
        """An identical row has the same business date, but a key whose date was corrected may lie elsewhere."""
        return self.contract.event_time not in self.contract.key

    @property
    def dates(self) -> list[str]:
        moment = quote(self.contract.event_time)
        found = self._all(f"SELECT DISTINCT {moment}::DATE FROM staged WHERE broken_rule IS NULL ORDER BY 1")
        return [str(day) for (day,) in found]

    def settle(self, history: list[str]) -> None:
        """Find rows that repeat one another or what has landed, and keys that contradict themselves."""
        self._settle_within()
        if history:
            self._settle_against(history)

    def _settle_within(self) -> None:
        names = [*self.contract.key, *([self.contract.version] if self.contract.version else [])]
        keys = ", ".join(map(quote, names))
        every = ", ".join(map(quote, self.columns))
        twice = f"SELECT hash({keys}) AS h FROM staged WHERE broken_rule IS NULL GROUP BY h HAVING count(*) > 1"
        if not self._all(f"{twice} LIMIT 1"):
            return
        self.connection.execute(f"""
            INSERT INTO fate
            WITH suspect AS (SELECT rowid AS rid, * FROM staged WHERE broken_rule IS NULL AND hash({keys}) IN ({twice})),
            numbered AS (SELECT rid, {keys}, row_number() OVER (PARTITION BY {every} ORDER BY rid) AS nth FROM suspect),
            judged AS (SELECT rid, nth, count(*) FILTER (nth = 1) OVER (PARTITION BY {keys}) AS contents FROM numbered)
            SELECT rid, CASE WHEN contents > 1 THEN 'key_conflict' ELSE 'duplicate' END FROM judged
            WHERE contents > 1 OR nth > 1""")
        self._has_fates = True

    def _settle_against(self, history: list[str]) -> None:
        """Rows already landed: identical to any version where the content carries its order, else to the newest one."""
        keys = ", ".join(map(quote, self.contract.key))
        files = ", ".join(map(text, history))
        every = ", ".join(map(quote, self.columns))
        newest = f"QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY batch_seq DESC, row_no DESC) = 1"
        same = " AND ".join(f"s.{quote(name)} IS NOT DISTINCT FROM p.{quote(name)}" for name in self.columns)
        self.connection.execute(f"""
            INSERT INTO fate
            WITH past AS (
                SELECT {every} FROM read_parquet([{files}], hive_partitioning = false, union_by_name = true)
                WHERE ({keys}) IN (SELECT ({keys}) FROM staged WHERE broken_rule IS NULL)
                {"" if self.contract.version else newest}
            )
            SELECT DISTINCT s.rowid, 'duplicate' FROM staged s JOIN past p ON {same} WHERE {self._is_good_in("s")}""")
        self._has_fates = True

    def _is_good_in(self, alias: str) -> str:
        return f"{alias}.broken_rule IS NULL AND {alias}.rowid NOT IN (SELECT rid FROM fate)"

    # writing

    def counts(self) -> dict[str, Any]:
        """The numbers of the receipt."""
        moment = quote(self.contract.event_time)
        by_date = self._all(
            f"SELECT {moment}::DATE AS d, count(*) FROM staged WHERE {self._is_good} GROUP BY d ORDER BY d"
        )
        self.rows_by_date = {str(day): rows for day, rows in by_date}
        fates = dict(self._all("SELECT rule, count(*) FROM fate GROUP BY rule"))
        aside = dict(self._all(f"SELECT rule, count(*) FROM ({self._quarantined()}) GROUP BY rule ORDER BY rule"))
        landed, quarantined = sum(self.rows_by_date.values()), sum(aside.values())
        days = list(self.rows_by_date)
        return {
            "received": self._one(f"SELECT count(*) FROM staged WHERE {self._is_record}") + len(self._rows.broken),
            "landed": landed,
            "quarantined": quarantined,
            "duplicates": fates.get("duplicate", 0),
            "first_business_date": days[0] if days else None,
            "last_business_date": days[-1] if days else None,
            "business_dates": days,
            "quarantine_rules": aside,
        }

    def _quarantined(self) -> str:
        broken = ", ".join(f"({row}, {text(rule)})" for row, rule in self._rows.broken)
        unsplit = f" UNION ALL SELECT row_no, NULL, rule FROM (VALUES {broken}) AS b(row_no, rule)" if broken else ""
        return (
            f"SELECT {self._row_no} AS row_no, nullif(split_part(broken_rule, '|', 1), '') AS column_name, "
            f"split_part(broken_rule, '|', 2) AS rule FROM staged WHERE broken_rule IS NOT NULL AND {self._is_record} "
            f"UNION ALL SELECT {self._row_no}, {text(self.contract.key[0])}, 'key_conflict' FROM staged "
            f"WHERE rowid IN (SELECT rid FROM fate WHERE rule = 'key_conflict'){unsplit}"
        )

    def write_quarantine(self, path: Path, batch_id: str) -> None:
        """Where each row set aside stands and which rule it broke; the row itself stays in the vault, never here."""
        if not self._all(f"SELECT 1 FROM ({self._quarantined()}) LIMIT 1"):
            return
        durable.make_folder(path.parent)
        temporary = path.with_suffix(".tmp")
        self.connection.execute(
            f"COPY (SELECT {text(self.contract.feed)} AS feed, {text(batch_id)} AS batch_id, row_no::BIGINT AS row_no, "
            f"column_name, rule FROM ({self._quarantined()}) ORDER BY row_no) TO {text(str(temporary))} (FORMAT parquet)"
        )
        durable.publish_file(temporary, path)

    def write_rows(self, batch_id: str, batch_seq: int) -> Path:
        """The good rows as Parquet, one folder per business date. Returns the folder above them."""
        target = self.work / "rows"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        lineage = (
            f"{text(batch_id)} AS batch_id, {batch_seq}::BIGINT AS batch_seq, ({self._row_no})::BIGINT AS row_no, "
            f"{self._recorded_at} AS recorded_at"
        )
        every = ", ".join(map(quote, self.columns))
        days = list(self.rows_by_date)
        if len(days) == 1:  # the usual case, and twice as fast as a partitioned write
            folder = target / f"{PARTITION}={days[0]}"
            folder.mkdir()
            self._copy(f"SELECT {every}, {lineage} FROM staged WHERE {self._is_good}", folder / "part_0.parquet", "")
        else:
            dated = f"{quote(self.contract.event_time)}::DATE AS {PARTITION}"
            options = f", PARTITION_BY ({PARTITION}), FILENAME_PATTERN 'part_{{i}}'"
            self._copy(f"SELECT {every}, {lineage}, {dated} FROM staged WHERE {self._is_good}", target, options)
        return target

    def _copy(self, query: str, target: Path, options: str) -> None:
        self.connection.execute(f"COPY ({query}) TO {text(str(target))} (FORMAT parquet{options})")

    def _one(self, query: str) -> int:
        found = self.connection.execute(query).fetchone()
        return int(found[0]) if found else 0

    def _all(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()
