"""What the benchmarks of the build share: rows put straight into the landing tables, and a build in its own process."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import time
from datetime import date, datetime, timedelta
from typing import Any

from ingestion.contract import Contract
from ingestion.landing_table import PARTITION, LandingTable
from ingestion.normalise import quote
from ingestion.receipts import Ledger, Receipt
from ingestion.settings import Settings, child_environment


class Landing:
    """Puts the rows of a day into a landing table as one acknowledged delivery."""

    def __init__(self, connection: Any, settings: Settings, contract: Contract, source: str) -> None:
        self.connection, self.settings, self.contract, self.source = connection, settings, contract, source
        self.table, self.ledger = LandingTable(settings, contract), Ledger(settings, contract.feed)
        self.period = f"strftime({contract.event_time}, '{contract.partition_format}')"
        known = {name for (name,) in connection.execute(f"SELECT column_name FROM (DESCRIBE {source})").fetchall()}
        self.columns = ", ".join(
            f"{quote(c.name) if c.name in known else 'NULL'}::{c.sql_type} AS {quote(c.name)}" for c in contract.kept
        )

    def land(self, day: date) -> None:
        batch_id = hashlib.sha256(f"{self.contract.feed}{day}".encode()).hexdigest()
        seq, written = self.ledger.next_seq, self.settings.work / "bench_rows"
        shutil.rmtree(written, ignore_errors=True)
        written.mkdir(parents=True)
        moment = f"TIMESTAMP '{day + timedelta(days=1)} 06:00:00'"
        self.connection.execute(f"""
            COPY (SELECT {self.columns}, '{batch_id}' AS batch_id, {seq}::BIGINT AS batch_seq,
                row_number() OVER () AS row_no, {moment} AS recorded_at, {self.contract.event_time}::DATE
                AS business_date, {self.period} AS {PARTITION}
                FROM {self.source} WHERE day = DATE '{day}')
            TO '{written}' (FORMAT parquet, PARTITION_BY ({PARTITION}), FILENAME_PATTERN 'part_{{i}}')""")
        counted = f"SELECT {self.period}, count(*) FROM {self.source} WHERE day = DATE '{day}' GROUP BY ALL"
        rows = dict(self.connection.execute(counted).fetchall())
        if not rows:
            return
        self.table.add(written, batch_id, seq, rows)
        total = sum(rows.values())
        self.ledger.acknowledge(
            Receipt(
                feed=self.contract.feed,
                batch_id=batch_id,
                batch_seq=seq,
                file_name=f"{self.contract.feed}_{day}",
                recorded_at=str(datetime.combine(day, datetime.min.time()) + timedelta(hours=30)),
                status="landed",
                received=total,
                landed=total,
                first_business_date=str(day),
                last_business_date=str(day),
                business_dates=[str(day)],
            )
        )


def timed(settings: Settings) -> float:
    """Seconds of one `citypulse build`."""
    command = [sys.executable, "-m", "citypulse", "--home", str(settings.home), "build"]
    extra = {"CITYPULSE_MEMORY": settings.memory, "CITYPULSE_THREADS": str(settings.threads)}
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=child_environment(settings, extra))
    return round(time.perf_counter() - started, 2)
