"""What the grid costs: two million events on 21,187 grids built whole, and one more day on top of them.

Registers and events are put straight into the landing tables, so that only the build is measured: `citypulse build` in
a process of its own, with dbt's start, all models and tests; and the seconds of the grid's own models in it. The floor
is one hand-written query over the same Parquet files: current versions, points in boxes, on-time rates by month.

    python benchmarks/grid.py [--events 2000000] [--days 730] [--memory 3GB] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from arro3.core import Array, Table
from landed import Landing, timed

from ingestion.contract import load_contracts
from ingestion.landing_table import LandingTable
from ingestion.settings import Settings
from warehouse.engine import connect
from warehouse.geography.coordinates import SYSTEMS, cgcs2000_to_gcj02, gcj02_to_bd09

LAST = date(2026, 1, 31)
GRIDS, COMMUNITIES, WORKERS = 21_187, 1_832, 20_409
OURS = " OR ".join(f"node LIKE 'model.%{part}%'" for part in ("grid", "points", "communit", "geo_flag"))
# A lattice of 146 columns; the last hundred grids are made of the hundred before, which ended in 2025.
REGISTER = f"""
CREATE TABLE place AS
SELECT g, area.area_code AS community_code, area.area_code || lpad((g // {COMMUNITIES} + 1)::VARCHAR, 3, '0')
    AS grid_code, 121.2 + 0.009 * (g % 146) AS west, 38.75 + 0.007 * (g // 146) AS south
FROM range({GRIDS}) AS grids (g)
JOIN (SELECT area_code, row_number() OVER (ORDER BY area_code) - 1 AS n FROM community) AS area
    ON g % {COMMUNITIES} = area.n;
CREATE TABLE grid AS
SELECT *, DATE '2020-01-01' AS valid_from, 'in_use' AS grid_status, NULL AS predecessors FROM place
WHERE g < {GRIDS - 100}
UNION ALL SELECT *, DATE '2025-06-01', 'retired', NULL FROM place WHERE g BETWEEN {GRIDS - 200} AND {GRIDS - 101}
UNION ALL SELECT born.*, DATE '2025-06-01', 'in_use', old.grid_code FROM place AS born
    JOIN place AS old ON born.g = old.g + 100 WHERE born.g >= {GRIDS - 100};
CREATE TABLE grid_register AS
SELECT grid_code, valid_from, 'general' AS grid_kind, grid_status, community_code, 100 + g % 400 AS households,
    predecessors, DATE '2025-06-02' AS day, if(g % 10 = 0, 'gcj02', 'cgcs2000') AS boundary_crs,
    format('POLYGON (({{0:.6f}} {{1:.6f}}, {{2:.6f}} {{1:.6f}}, {{3:.6f}} {{4:.6f}}, {{2:.6f}} {{5:.6f}}, '
        '{{0:.6f}} {{5:.6f}}, {{6:.6f}} {{4:.6f}}, {{0:.6f}} {{1:.6f}}))', west, south, west + 0.009, west + 0.0095,
        south + 0.0035, south + 0.007, west + 0.0005) AS boundary
FROM grid;
CREATE TABLE capacity_community AS
SELECT area_code AS community_code, DATE '2020-01-01' AS valid_from, 'in_use' AS community_status,
    '模拟社区' AS community_name, left(area_code, 9) AS street_code, 3000 AS households, 7000 AS resident_population,
    DATE '2025-06-02' AS day FROM community;
CREATE TABLE grid_worker AS
SELECT 't' || g % {WORKERS} AS worker_token, grid_code, DATE '2024-01-01' AS valid_from, 'on_duty' AS worker_status,
    'full_time' AS post, '30_to_39' AS age_band, 'bachelor' AS education, DATE '2025-06-02' AS day FROM place
"""
# Piecework for a fifth of the events: a pool is debited, a worker credited.
LEDGER = """
CREATE OR REPLACE TABLE line AS
SELECT 'J' || strftime(DATE '{day}', '%Y%m%d') || lpad((n // 2)::VARCHAR, 6, '0') AS entry_no, 1 + n % 2 AS line_no,
    TIMESTAMP '{day}' + to_seconds((36000 + n // 2)::BIGINT) AS booked_at, if(n % 2 = 0, 'pool', 'worker')
    AS account_kind, if(n % 2 = 0, NULL, 't' || hash(n, {number}) % {workers}) AS account_token,
    '210202001001' AS community_code, if(n % 2 = 0, 'debit', 'credit') AS side, 2.5 AS points, 'piecework' AS reason,
    'G' || strftime(DATE '{day}', '%Y%m%d') || lpad((n // 2)::VARCHAR, 6, '0') AS event_no, 'rater' AS rater_token,
    DATE '{day}' AS day
FROM range({count} // 5 * 2) AS lines (n)
"""
EVENTS = """
CREATE OR REPLACE TABLE event AS
SELECT 'G' || strftime(reported, '%Y%m%d') || lpad(n::VARCHAR, 6, '0') AS event_no, place.grid_code,
    'I' || lpad((1 + n % 36)::VARCHAR, 2, '0') AS item_code, 'general' AS severity, 'token' || n % 20409
    AS reporter_token, 'closed' AS status, n % 3 = 0 AS is_self_handled, reported AS reported_at,
    reported + INTERVAL 3 DAY AS due_at, reported + to_hours((n % 80)::BIGINT) AS handled_at,
    reported + to_hours((n % 80 + 8)::BIGINT) AS closed_at, reported + to_hours((n % 80 + 8)::BIGINT) AS updated_at,
    (west + 0.001 + 0.007 * (hash(n, {number}) % 1000) / 1000.0 + if(n % 50 = 0, 0, east_shift))::DECIMAL(9, 6) AS lon,
    (south + 0.001 + 0.005 * (hash(n, {number}, 1) % 1000) / 1000.0 + if(n % 50 = 0, 0, north_shift))::DECIMAL(8, 6)
    AS lat, if(n % 33 = 0, 'unknown', crs) AS crs, n % 4 AS photo_count,
    lpad(to_hex(hash(n, {number}, 2)), 16, '0') AS photo_hash, DATE '{day}' AS day
FROM (SELECT n, TIMESTAMP '{day}' + to_seconds((hash(n, {number}, 3) % 86400)::BIGINT) AS reported,
    hash(n, {number}, 4) % {grids} AS g FROM range({count}) AS events (n)) AS drawn
JOIN place USING (g) JOIN shift ON place.g = shift.g AND shift.system = n % 3
"""
BY_HAND = """
WITH event AS (
    SELECT * FROM read_parquet({events})
    QUALIFY row_number() OVER (PARTITION BY event_no ORDER BY updated_at DESC, batch_seq DESC, row_no DESC) = 1
),
grid AS (
    SELECT grid_code, valid_from, coalesce(lead(valid_from) OVER (PARTITION BY grid_code ORDER BY valid_from),
        DATE '9999-12-31') AS ends, grid_status FROM read_parquet({grids})
),
placed AS (
    SELECT event.*, grid.grid_code AS found, place.g IS NOT NULL AS is_inside FROM event
    LEFT JOIN grid ON event.grid_code = grid.grid_code AND event.reported_at >= grid.valid_from
        AND event.reported_at < grid.ends AND grid.grid_status = 'in_use'
    LEFT JOIN made.place ON event.grid_code = place.grid_code AND event.lon BETWEEN place.west AND place.west + 0.009
        AND event.lat BETWEEN place.south AND place.south + 0.007
)
SELECT left(grid_code, 9) AS street, date_trunc('month', due_at) AS month, count(*) AS due,
    count(*) FILTER (handled_at <= due_at) AS on_time, count(*) FILTER (is_inside) AS inside, count(found) AS found
FROM placed GROUP BY ALL
"""


class Grid:
    """A home with so many days of landed events, and the days that come after."""

    def __init__(self, home: Path, events: int, days: int, memory: str) -> None:
        self.settings = Settings(home=home, key_file=home / "key", memory=memory, threads=2)
        self.per_day, self.day = events // days, LAST - timedelta(days=days - 1)
        self.contracts = load_contracts(self.settings)
        area = self.settings.seed_dirs[-1] / "area.csv"
        with self._open() as connection:
            connection.execute(
                f"CREATE TABLE community AS FROM read_csv('{area}', all_varchar = true) WHERE level = 'community'"
            )
            connection.execute(REGISTER)
            self._shift(connection)
            for feed in ("grid_register", "capacity_community", "grid_worker"):
                Landing(connection, self.settings, self.contracts[feed], feed).land(date(2025, 6, 2))
        self.land(days)

    def _open(self) -> Any:
        return connect(self.settings.home / "made.duckdb", settings=self.settings)

    def _shift(self, connection: Any) -> None:
        """By how much a point of each grid is moved in each system; one in fifty is written under a wrong name."""
        rows = connection.execute("SELECT g, west + 0.0045 AS lon, south + 0.0035 AS lat FROM place").fetchnumpy()
        lon, lat = rows["lon"].astype(float), rows["lat"].astype(float)
        moved = [(lon, lat), cgcs2000_to_gcj02(lon, lat), gcj02_to_bd09(*cgcs2000_to_gcj02(lon, lat))]
        connection.execute(
            "CREATE TABLE shift (g BIGINT, system BIGINT, crs VARCHAR, east_shift DOUBLE, north_shift DOUBLE)"
        )
        for number, (system, (x, y)) in enumerate(zip(SYSTEMS, moved, strict=True)):
            columns = {"g": Array.from_numpy(rows["g"]), "x": Array.from_numpy(x - lon), "y": Array.from_numpy(y - lat)}
            connection.register("shifts", Table.from_pydict(columns))
            connection.execute(f"INSERT INTO shift SELECT g, {number}, '{system}', x, y FROM shifts")
            connection.unregister("shifts")

    def land(self, days: int) -> None:
        """A delivery a day; to be quick, thirty days at once while the past is filled."""
        with self._open() as connection:
            while days > 0:
                span = min(days, 30)
                parts: dict[str, list[str]] = {"event": [], "line": []}
                for n in range(span):
                    day = self.day + timedelta(days=n)
                    drawn = {"day": day, "number": day.toordinal(), "count": self.per_day}
                    connection.execute(EVENTS.format(grids=GRIDS - 100, **drawn))
                    connection.execute(LEDGER.format(workers=WORKERS, **drawn))
                    for table, found in parts.items():
                        connection.execute(f"CREATE OR REPLACE TABLE {table}{n} AS FROM {table}")
                        found.append(f"SELECT * REPLACE (DATE '{self.day}' AS day) FROM {table}{n}")
                for table, feed in {"event": "grid_event", "line": "capacity_points_entry"}.items():
                    connection.execute(f"CREATE OR REPLACE TABLE {table} AS {' UNION ALL '.join(parts[table])}")
                    Landing(connection, self.settings, self.contracts[feed], table).land(self.day)
                self.day += timedelta(days=span)
                days -= span

    def change_registers(self) -> None:
        """A household more in one grid, from the day of the last events on."""
        with self._open() as connection:
            connection.execute(
                f"CREATE OR REPLACE TABLE grid_register AS SELECT * REPLACE (DATE '{self.day - timedelta(days=1)}' "
                f"AS valid_from, households + 1 AS households, DATE '{self.day}' AS day) FROM grid_register LIMIT 1"
            )
            Landing(connection, self.settings, self.contracts["grid_register"], "grid_register").land(self.day)

    def built(self) -> dict[str, float]:
        """Seconds of a build, and of the grid's models in it."""
        whole = timed(self.settings)
        with connect(self.settings.warehouse_db, settings=self.settings, read_only=True) as warehouse:
            row = warehouse.execute(f"SELECT sum(seconds) FROM meta.dbt_result WHERE {OURS}").fetchone()
            worst = warehouse.execute(
                f"SELECT split_part(node, '.', 3), seconds FROM meta.dbt_result WHERE {OURS} ORDER BY 2 DESC LIMIT 30"
            ).fetchall()
        print({name: float(seconds) for name, seconds in worst}, file=sys.stderr)
        return {"build_s": whole, "models_s": float(row[0]) if row else 0.0}

    def by_hand(self) -> float:
        """Seconds of the hand-written query."""
        events, grids = (
            LandingTable(self.settings, self.contracts[f]).files() for f in ("grid_event", "grid_register")
        )
        with connect(self.settings.home / "by_hand.duckdb", settings=self.settings) as connection:
            connection.execute(f"ATTACH '{self.settings.home / 'made.duckdb'}' AS made (READ_ONLY)")
            started = time.perf_counter()
            connection.execute(f"CREATE TABLE made_by_hand AS {BY_HAND.format(events=events, grids=grids)}")
            return round(time.perf_counter() - started, 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", default="3GB", help="of the engine")
    parser.add_argument("--keep", type=Path, help="build here and keep it, to look inside")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        grid = Grid(arguments.keep or Path(scratch), arguments.events, arguments.days, arguments.memory)
        found: dict[str, Any] = {f"full_{name}": seconds for name, seconds in grid.built().items()}
        days = []
        for _ in range(arguments.rounds):
            grid.land(1)
            days.append(grid.built())
        for name in ("build_s", "models_s"):
            found[f"day_{name}"] = sorted(day[name] for day in days)[arguments.rounds // 2]
        grid.change_registers()
        found |= {f"register_day_{name}": seconds for name, seconds in grid.built().items()}
        found["by_hand_s"] = grid.by_hand()
        found["full_models_over_by_hand"] = round(found["full_models_s"] / found["by_hand_s"], 2)
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
