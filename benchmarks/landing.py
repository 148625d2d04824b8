"""Rows per second of landing a day of readings, as a ratio to DuckDB's own typed COPY of the same file in the same run.

The peer only reads, casts and writes Parquet; landing also copies to the vault, hashes, checks every rule, looks for
duplicates, fsyncs, commits and writes a receipt.

    python benchmarks/landing.py [--points 10800] [--rounds 5]
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ingestion.contract import Contract, load_contracts
from ingestion.land import land_feed
from ingestion.settings import Settings, load_settings
from warehouse.engine import connect

FEED = "heating_room_temperature"
TIMES = 96  # of a day, every 15 minutes


def write_readings(settings: Settings, path: Path, points: int) -> None:
    """A day of 15-minute readings, by time and then by point: that is how the heating platform would export them."""
    with connect(":memory:", settings=settings) as connection:
        connection.execute(f"""
            COPY (
                SELECT 'P' || lpad(p::VARCHAR, 8, '0') AS point_id,
                    strftime(TIMESTAMP '2026-01-05' + to_minutes(15 * t), '%Y-%m-%d %H:%M:%S') AS measured_at,
                    printf('%.2f', (1500 + (p * 7919 + t * 13) % 900) / 100) AS temperature,
                    ['bedroom', 'living', 'other'][p % 3 + 1] AS room_type,
                    CASE WHEN p % 50 = 0 THEN 'suspended' ELSE 'on' END AS customer_status,
                    (210202001 + p % 40)::VARCHAR AS street_code, '模拟热力' || (p % 6) || '公司' AS enterprise
                FROM range({TIMES}) AS times(t), range({points}) AS points(p) ORDER BY t, p
            ) TO '{path}' (FORMAT csv, HEADER)""")


def typed_copy(settings: Settings, contract: Contract, source: Path, target: Path) -> None:
    """The peer: DuckDB's typed reader straight into one fsynced Parquet file."""
    types = ", ".join(f"'{column.header[0]}': '{column.sql_type}'" for column in contract.columns)
    with connect(":memory:", settings=settings) as connection:
        connection.execute(
            f"COPY (FROM read_csv('{source}', header = true, auto_detect = false, columns = {{{types}}})) "
            f"TO '{target}' (FORMAT parquet)"
        )
    descriptor = os.open(target, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(points: int, rounds: int) -> list[tuple[float, float]]:
    """(peer seconds, landing seconds) of each round; both see the same bytes and a warm page cache."""
    contract = load_contracts(load_settings())[FEED]
    found, rows = [], points * TIMES
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            home = Path(folder) / f"home{number}"
            settings = Settings(home=home, key_file=home / "key.json")
            delivery = settings.inbox / FEED / "day.csv"
            delivery.parent.mkdir(parents=True)
            write_readings(settings, delivery, points)
            os.sync()  # a delivery lies on the disk; its own writing back is nobody's work here
            peer = seconds(partial(typed_copy, settings, contract, delivery, home / "peer.parquet"))
            delivery.with_name("day.csv.ok").touch()
            ours = seconds(partial(land_feed, settings, FEED))
            found.append((peer, ours))
            rates = f"peer {rows / peer:,.0f} rows/s, landing {rows / ours:,.0f} rows/s"
            print(f"round {number + 1}: {rates}, ratio {peer / ours:.2f}")
            shutil.rmtree(home)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=10_800)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    ratios = sorted(peer / ours for peer, ours in measure(arguments.points, arguments.rounds))
    print(f"ratio, median of {len(ratios)}: {ratios[len(ratios) // 2]:.2f} (aim: 0.50 or better)")


if __name__ == "__main__":
    main()
