"""The straight way: a plain text file goes to Parquet as it is read, and what was written is proved afterwards.

Rows are held nowhere: each piece of the file is read, typed, numbered and written in one pass, on a thread of its own.
Rows that a cast or a rule stops stay out, and `Stage` judges them the slow way. What cannot be proved to be just what
the slow way would land is dropped as a whole, and the slow way begins from the start.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path

from ingestion.contract import Column, Contract
from ingestion.durable import discard
from ingestion.errors import DeliveryRefused
from ingestion.landing_table import PARQUET, LandingTable, landed_rows
from ingestion.normalise import match_header, quote, text
from ingestion.readers.pieces import Piece, Tally, cut, has_blank_line
from ingestion.readers.text import ROW_NO, Rows, read_header
from ingestion.staging import Stage
from ingestion.straight_sql import is_straight, numbered_rows, odd_texts, seen_texts, straight_rows, texts

WORTH = 1 << 20  # a smaller file is landed before the proofs would be worth their queries
PIECE = 8 << 20
MOST_LEFT = 0.05  # with a larger share of rows left over, two ways cost more than one


class Straight:
    """The rows of one delivery that went straight: Parquet files in the work folder, not committed yet."""

    def __init__(self, stage: Stage, tally: Tally, batch_id: str, batch_seq: int) -> None:
        self.stage = stage
        self.contract: Contract = stage.contract
        self.tally = tally
        self.batch_id = batch_id
        self.batch_seq = batch_seq
        self.folder = stage.work / "straight"
        self.files: list[Path] = []
        self.by_day: list[tuple[date, int]] = []

    @property
    def rows(self) -> str:
        """SQL of the rows written."""
        return f"read_parquet([{', '.join(text(str(path)) for path in self.files)}])"

    @property
    def periods(self) -> list[str]:
        """The partitions that the rows belong to."""
        return sorted({day.strftime(self.contract.partition_format) for day, _ in self.by_day})

    @property
    def _identity(self) -> str:
        names = [*self.contract.key, *([self.contract.version] if self.contract.version else [])]
        return ", ".join(map(quote, names))

    def take(self, original: Path, table: LandingTable) -> bool:
        """Write what can go straight and stage what is left over; False when the slow way must do it all."""
        import duckdb

        discard(self.folder)
        if not is_straight(self.contract) or self.tally.size < WORTH or not self.tally.is_simple:
            return False
        self.folder.mkdir()
        try:
            return self._take(original, table)
        except (duckdb.Error, DeliveryRefused):  # the slow way meets the same and tells it well
            return False

    def _take(self, original: Path, table: LandingTable) -> bool:
        tally, (header, header_lines) = self.tally, read_header(original, self.contract.format)
        places, self.stage.strangers = match_header(self.contract, header)
        threads = self.stage.one("SELECT current_setting('threads')")
        pieces = cut(original, tally, header_lines, max(1, min(threads, tally.size // PIECE)), self.folder)
        written = self._write(pieces, len(header), places)
        left = _left_over(original, tally, header_lines, written, len(header))
        if left is None or not self._is_proved(table):
            return False
        self._stage_left(pieces, left, Rows(original, header, 1, numbered=True))
        return not left or not self._meets("(FROM staged WHERE broken_rule IS NULL)")

    def _write(self, pieces: list[Piece], width: int, places: dict[str, int]) -> int:
        """Read and write all pieces, each on its thread. Returns how many rows were written."""
        self.files = [piece.path.with_suffix(".parquet") for piece in pieces]
        with ThreadPoolExecutor(len(pieces)) as pool:
            return sum(pool.map(partial(self._copy, width, places), pieces, self.files))

    def _copy(self, width: int, places: dict[str, int], piece: Piece, file: Path) -> int:
        piece.copy()
        source = numbered_rows(piece, width, self.contract.format.delimiter, "row_no")
        rows = straight_rows(self.contract, places, source, self.stage.recorded_at)
        lineage = (
            f"{text(self.batch_id)} AS batch_id, {self.batch_seq}::BIGINT AS batch_seq, row_no::BIGINT AS row_no, "
            f"{self.stage.recorded_at} AS recorded_at, {quote(self.contract.event_time)}::DATE AS business_date"
        )
        names = ", ".join(quote(column.name) for column in self.contract.kept)
        with self.stage.connection.cursor() as cursor:
            query = f"COPY (SELECT {names}, {lineage} FROM ({rows})) TO {text(str(file))} ({PARQUET})"
            found = cursor.execute(query).fetchone()
        return int(found[0]) if found else 0

    def _is_proved(self, table: LandingTable) -> bool:
        """Whether the rows written are sound, differ from each other, and have no version that landed before."""
        stage = self.stage
        if any(self._is_odd(column) for column in texts(self.contract)):
            return False
        if stage.one(f"SELECT count(*) - count(DISTINCT hash({self._identity})) FROM {self.rows}"):
            return False
        self.by_day = stage.all(f"SELECT business_date, count(*) FROM {self.rows} GROUP BY ALL ORDER BY ALL")
        history = table.history(self.periods)
        return not history or not self._meets(landed_rows(self.contract, history))

    def _is_odd(self, column: Column) -> bool:
        self.stage.connection.execute(seen_texts(column, self.rows))
        return self.stage.one(odd_texts(column, self.stage.recorded_at)) > 0

    def _meets(self, others: str) -> bool:
        """Whether any of `others` is a version of a row written; identical rows are versions of one another."""
        return bool(self.stage.all(f"SELECT 1 FROM {others} SEMI JOIN {self.rows} USING ({self._identity}) LIMIT 1"))

    def _stage_left(self, pieces: list[Piece], left: int, rows: Rows) -> None:
        """Stage the rows that are not among those written, with the numbers they have in the file."""
        width, delimiter = len(rows.header), rows.delimiter
        parts = " UNION ALL ".join(f"FROM {numbered_rows(piece, width, delimiter, ROW_NO)}" for piece in pieces)
        missing = f"{ROW_NO} NOT IN (SELECT row_no FROM {self.rows})" if left else "false"
        self.stage.read_left(rows, f"(FROM ({parts}) WHERE {missing})")


def _left_over(original: Path, tally: Tally, header_lines: int, written: int, width: int) -> int | None:
    """How many rows stayed out, or None unless every line is one row of just the right number of fields.

    DuckDB passes over blank lines and lets an empty field too many pass at the end of a line; it refuses a line with
    too few. So when there are as many rows as lines, and the delimiters they need, each line is as it should be.
    """
    with original.open("rb") as stream:
        above = b"".join(stream.readline() for _ in range(header_lines)).count(tally.delimiter.encode())
    lines = tally.lines - header_lines
    left = lines - written
    is_even = tally.delimiters - above == lines * (width - 1)
    if not lines or width < 2 or not is_even or not 0 <= left <= lines * MOST_LEFT:
        return None
    return None if left and has_blank_line(original) else left
