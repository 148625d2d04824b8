"""Puts rows in a contract's own columns straight into its landing table, a delivery at a time: for tests of models."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from ingestion.contract import Contract, load_contracts
from ingestion.landing_table import PARTITION, LandingTable
from ingestion.receipts import Ledger, Receipt
from ingestion.settings import Settings
from warehouse.engine import connect

Row = dict[str, Any]


def land_rows(settings: Settings, feed: str, rows: Sequence[Row]) -> None:
    """One acknowledged delivery of canonical rows; `row_no` is theirs where they have one."""
    if not rows:
        return
    contract = load_contracts(settings)[feed]
    ledger, table = Ledger(settings, feed), LandingTable(settings, contract)
    seq = ledger.next_seq
    batch_id = hashlib.sha256(f"{feed}{seq}{settings.home}".encode()).hexdigest()
    counts = _write(settings, contract, rows, batch_id, seq)
    written = settings.work / "canonical"
    table.add(written, batch_id, seq, counts)
    ledger.acknowledge(_receipt(contract, batch_id, seq, rows))


def _write(settings: Settings, contract: Contract, rows: Sequence[Row], batch_id: str, seq: int) -> dict[str, int]:
    settings.work.mkdir(parents=True, exist_ok=True)
    listing = settings.work / "canonical.jsonl"
    numbered = [{**row, "row_no": row.get("row_no", number)} for number, row in enumerate(rows, start=1)]
    listing.write_text("".join(json.dumps(row, default=str, ensure_ascii=False) + "\n" for row in numbered))
    kinds = {column.name: column.sql_type for column in contract.kept} | {"row_no": "BIGINT"}
    names = ", ".join(f'"{column.name}"' for column in contract.kept)
    period = f"strftime({contract.event_time}, '{contract.partition_format}')"
    source = f"read_json('{listing}', format = 'newline_delimited', columns = {kinds})"
    with connect(":memory:", settings=settings) as connection:
        connection.execute(
            f"COPY (SELECT {names}, '{batch_id}' AS batch_id, {seq}::BIGINT AS batch_seq, row_no, "
            f"TIMESTAMP '2026-02-01 06:00:00' AS recorded_at, {contract.event_time}::DATE AS business_date, "
            f"{period} AS {PARTITION} FROM {source}) TO '{settings.work / 'canonical'}' "
            f"(FORMAT parquet, PARTITION_BY ({PARTITION}), FILENAME_PATTERN 'part_{{i}}', OVERWRITE)"
        )
        counts = connection.execute(f"SELECT {period}, count(*) FROM {source} GROUP BY ALL").fetchall()
        return {f"{PARTITION}={day}/part_0.parquet": rows for day, rows in counts}


def _receipt(contract: Contract, batch_id: str, seq: int, rows: Sequence[Row]) -> Receipt:
    days = [_day(row[contract.event_time]) for row in rows]
    return Receipt(
        feed=contract.feed,
        batch_id=batch_id,
        batch_seq=seq,
        file_name=f"{contract.feed}_{seq}",
        recorded_at="2026-02-01 06:00:00",
        status="landed",
        received=len(rows),
        landed=len(rows),
        first_business_date=str(min(days)),
        last_business_date=str(max(days)),
    )


def _day(value: datetime | str) -> date:
    return datetime.fromisoformat(str(value)).date()
