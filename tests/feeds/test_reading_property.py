"""Whatever a sender's text looks like, the bulk reader and a plain strict reading of it agree record for record."""

from __future__ import annotations

import csv
import io
import tempfile
from datetime import datetime
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingestion.contract import Contract
from ingestion.errors import DeliveryRefused
from ingestion.inbox import Delivery
from ingestion.privacy import TokenKey
from ingestion.settings import Settings
from ingestion.staging import Stage
from warehouse.engine import connect

BLANKS = " \t\r\n\u3000\u00a0"
CONTRACT = Contract.model_validate(
    {
        "feed": "any_text",
        "domain": "grid",
        **dict.fromkeys(("name_zh", "name_en", "owner_zh", "owner_en"), "样例"),
        "source_system": "TEST",
        "arrives": {"how": "file", "pattern": "*.csv", "schedule": "daily", "late_after_hours": 24},
        "format": {"kind": "csv"},
        "key": ["a"],
        "event_time": "at",
        "columns": [
            {"name": "a", "header": ["a"], "type": "name", "required": True, "meaning_zh": "甲", "meaning_en": "a"},
            {"name": "b", "header": ["b"], "type": "text", "meaning_zh": "乙", "meaning_en": "b"},
            {
                "name": "at",
                "constant": "2026-01-01 00:00:00",
                "type": "timestamp",
                "required": True,
                "meaning_zh": "时",
                "meaning_en": "at",
            },
        ],
        "tolerate": {"quarantined_share": 1},
        "examples": [{"source": {}, "becomes": {}}, {"source": {}, "becomes": {}}],
    }
)
CONNECTION = connect(":memory:", settings=Settings(home=Path(tempfile.gettempdir()), key_file=Path("none"), threads=2))

Records = list[tuple[int, str | None, str | None]]


def plain_reading(text: str) -> tuple[Records, list[int]]:
    """The independent model: Python's strict CSV reader over the whole text; None where a quote is never closed."""
    records: Records = []
    broken: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return records, broken
        except csv.Error as error:
            if "end of data" in str(error):
                raise DeliveryRefused("open_quote", "", next_step="") from error
            broken.append(number)
            continue
        if number == 1 or not cells:
            continue
        if len(cells) != 2:
            broken.append(number)
        else:
            first, second = (one_line_end(cell).strip(BLANKS) or None for cell in cells)
            records.append((number, first, second))


def one_line_end(cell: str) -> str:
    """What a field keeps of its inner line ends."""
    return cell.replace("\r\n", "\n").replace("\r", "\n")


def bulk_reading(text: str) -> tuple[Records, list[int]]:
    """The code under test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(text.encode())
        stage = Stage(CONNECTION, CONTRACT, Path(folder), TokenKey("v1", b"", "sha256"))
        stage.read(path, Delivery("any_text", path, is_sealed=True), datetime(2026, 11, 1))
        records = stage.all(f"SELECT {stage.row_no} AS n, a, b FROM staged ORDER BY n")
        broken = stage.all("SELECT row_no FROM unsplit ORDER BY row_no")
        return list(records), [number for (number,) in broken]


CELL = st.text(alphabet="ab1 \",\n\r\t中　'", max_size=6)
QUOTED = CELL.map(lambda cell: '"' + cell.replace('"', '""') + '"')
LINE = st.lists(st.one_of(st.text(alphabet="ab1 中", max_size=4), QUOTED, CELL), min_size=0, max_size=3).map(",".join)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(LINE, min_size=1, max_size=8), st.sampled_from(["\n", "\r\n"]))
@example(["a,b", "", "c,d"], "\n")
@example(['a,"multi\nline"', "c,d", "e"], "\n")
@example(['"x"y,b', "c,d"], "\r\n")
def test_bulk_and_plain_reading_agree(lines: list[str], end: str) -> None:
    text = end.join(["a,b", *lines]) + end
    try:
        expected = plain_reading(text)
    except DeliveryRefused as refusal:
        expected = refusal.rule
    try:
        found: object = bulk_reading(text)
    except DeliveryRefused as refusal:
        found = refusal.rule
    if expected == ([], []):
        assert found == "no_rows"
    else:
        assert found == expected
