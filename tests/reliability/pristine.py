"""Deliveries as they should have come: what each row means, invented first, and the file its sender writes of it.

All persons, phones and addresses are invented. Everything follows from the dice: a number gives the same bytes again.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from ingestion.contract import Column, Contract, load_contracts
from ingestion.settings import load_settings
from tests.feeds.forms import table_of, write_table
from tests.feeds.old_xls import write_old_xls

CONTRACTS = load_contracts(load_settings())
BEGIN = datetime(2026, 1, 5)
NAMES = ("样例热力公司", "模拟街道", "示例社区服务中心", "虚构物业", "演示分局")
TEXTS = ("样例：室温低，请处理", "模拟：楼道灯不亮", "示例：管道漏水三天", "虚构：井盖缺失,影响通行")
PLACES = ("样例路1号", "模拟街22号", "示例巷303号", "虚构大道4号")
PHONES = ("10000000001", "10000000022", "10000000333", "10000004444")
BARE = r"true|false|NaN|Infinity|-?(0|[1-9][0-9]*)(\.[0-9]+)?"
Table = list[list[Any]]
Truth = dict[str, Any]


@dataclass(frozen=True)
class Reader:
    """One way files are read, how many of a hundred go that way, and how long they are."""

    name: str
    feed: str
    suffix: str
    weight: int
    rows: int = 8
    files: int = 1

    @property
    def contract(self) -> Contract:
        return CONTRACTS[self.feed]

    @property
    def is_text(self) -> bool:
        return self.contract.format.kind != "xlsx" or self.name == "html"


READERS = (
    Reader("csv_utf8", "heating_room_temperature", ".csv", 20),
    Reader("csv_straight", "heating_room_temperature", ".csv", 12, rows=40),  # long enough to go on with a bad row
    Reader("csv_gb18030", "hotline_city", ".csv", 14),
    Reader("json_lines", "grid_event", ".jsonl", 14),
    Reader("messages", "heating_room_message", ".jsonl", 10),
    Reader("zip", "heating_room_temperature", ".zip", 10, rows=5, files=2),
    Reader("xlsx", "hotline_province", ".xlsx", 6),
    Reader("xlsx_two_headers", "hotline_call", ".xlsx", 3),
    Reader("html", "hotline_province_event", ".xls", 6),
    Reader("old_xls", "hotline_province_event", ".xls", 5),
)


def invent(reader: Reader, number: int, dice: Random) -> list[Truth]:
    """The rows of one delivery as landing must understand them; no other number gives the same keys."""
    begin = BEGIN + timedelta(seconds=64 * number)
    return [
        {
            c.name: _invented(reader.contract, c, dice, f"{number:05d}{i:02d}", begin + timedelta(seconds=i))
            for c in kept
        }
        for kept in [reader.contract.columns]
        for i in range(reader.rows * reader.files)
    ]


def _invented(contract: Contract, column: Column, dice: Random, unique: str, moment: datetime) -> Any:
    if not column.required and dice.random() < 0.15:
        return None
    low, high = column.minimum or 1, column.maximum or 90
    match column.type:
        case "enum" | "boolean":
            return dice.choice([*(column.values or {}).values()])
        case "timestamp":
            exact = column.name in contract.key or column.seen_at
            return moment if exact else moment + timedelta(seconds=dice.randrange(1, 5000))
        case "decimal":
            return Decimal(dice.randrange(int(low * 10**column.scale), int(high * 10**column.scale))).scaleb(
                -column.scale
            )
        case "integer":
            return dice.randrange(1000)
        case "code" if found := re.fullmatch(r"\[0-9.*\]\{(\d+)\}", column.pattern or ""):
            return "2" + "".join(dice.choices("0123456789", k=int(found[1]) - 1))
        case "code":
            return dice.choice("PQ") + unique
        case kind:
            return dice.choice({"phone": PHONES, "place": PLACES, "name": NAMES}.get(kind, TEXTS))


def written(column: Column, value: Any) -> str:
    """What a sender writes for it."""
    if value is None:
        return ""
    if column.values:
        return next(word for word, meant in column.values.items() if meant == value)
    if isinstance(value, datetime):
        return f"{value.isoformat()}+08:00" if column.zoned else f"{value:%Y-%m-%d %H:%M:%S}"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def tables(reader: Reader, truth: list[Truth]) -> list[Table]:
    """The tables of the file, or of the files in the zip, with titles, header and totals."""
    columns = [column for column in reader.contract.columns if column.header]
    rows = [{c.header[0]: written(c, row[c.name]) for c in columns} for row in truth]
    parts = [rows[begin : begin + reader.rows] for begin in range(0, len(rows), reader.rows)]
    return [table_of(reader.contract, part) for part in parts]


def file_of(reader: Reader, table: Table, scratch: Path) -> bytes:
    """The bytes of one file that holds a table."""
    if reader.contract.format.kind == "jsonl":
        return "".join(
            json.dumps(_members(reader, table[0], row), ensure_ascii=False) + "\n" for row in table[1:]
        ).encode()
    path = scratch / ("made" + (reader.suffix if reader.name != "zip" else ".csv"))
    if reader.name == "old_xls":
        write_old_xls(path, str(reader.contract.format.sheet), table)
    else:
        write_table(reader.contract, table, path)
    return path.read_bytes()


def _members(reader: Reader, header: list[Any], row: list[Any]) -> dict[str, Any]:
    """Numbers and truths as JSON has them; a device leaves out what it does not measure, any other sender says null."""
    kinds = {column.header[0]: column.type for column in reader.contract.columns if column.header}
    found: dict[str, Any] = {}
    for name, cell in zip(header, row, strict=False):
        is_bare = kinds.get(name) in ("decimal", "integer", "boolean") and re.fullmatch(BARE, cell)
        if cell or reader.name != "messages":
            found[name] = (json.loads(cell) if is_bare else cell) if cell else None
    return found


def packed(files: list[bytes]) -> bytes:
    """A zip of them, with one date whenever it is made."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, content in enumerate(files):
            archive.writestr(zipfile.ZipInfo(f"part{number}.csv"), content)
    return out.getvalue()
