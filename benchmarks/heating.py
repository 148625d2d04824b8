"""What the heating costs: a season of 15-minute readings built whole, and one more day on top of a season or a week.

10,800 room points with a register, gateways, sensors that stand still, cold flats and sentinels; 152 days make 157.6
million readings. They are put straight into the landing table, a delivery a day, so that only the build is measured.
Floors, measured in the same run over the same Parquet files with the same threads and memory:
 - one hand-written query for daily compliance and cold episodes (the aim: at most twice its time);
 - the same query day by day, the fairest a person would do who knows that memory is short.
`citypulse build` runs in a process of its own, with dbt's start, all models and tests.

    python benchmarks/heating.py [--points 10800] [--days 152] [--memory 4GB] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from landed import Landing, timed

from ingestion.contract import load_contracts
from ingestion.landing_table import LandingTable
from ingestion.settings import Settings
from warehouse.engine import connect

FIRST = date(2025, 11, 5)
WEEK = 7
READING = "heating_room_temperature"
# Every value follows from point, day and slot; a share of the points is cold, stands still, or sends a sentinel.
READINGS = """
CREATE OR REPLACE TABLE reading AS
SELECT 'P' || lpad(p::VARCHAR, 5, '0') AS point_id, TIMESTAMP '{day}' + to_minutes(15 * slot) AS measured_at,
    CASE
        WHEN p % 200 = 0 AND day_no % 10 < 3 THEN 20.50
        WHEN hash(p, {day_no}, slot, 1) % 20000 = 0 THEN -999
        ELSE 19.5 + (p % 37) / 12.0 - 1.2 * cos((slot - 8) / 96.0 * 6.2832)
            + ((hash(p, {day_no}, slot) % 61)::INT - 30) / 100.0 - if(p % 12 = 0, 3, 0)
    END::DECIMAL(6, 2) AS temperature_c,
    NULL AS room_type, NULL AS customer_status, NULL AS street_code, NULL AS enterprise_name, DATE '{day}' AS day
FROM range(1, {points} + 1) AS points (p), range(96) AS slots (slot), (SELECT {day_no} AS day_no)
WHERE NOT (p // 12 % 90 = {day_no} % 90 AND slot BETWEEN 20 AND 40)
ORDER BY p, slot
"""
REGISTER = """
CREATE TABLE register AS
SELECT 'P' || lpad(p::VARCHAR, 5, '0') AS point_id, DATE '2025-10-20' AS valid_from, 'in_use' AS point_status,
    if(p % 40 = 0, 'suspended', 'on') AS customer_status, ['bedroom', 'living', 'other'][1 + p % 3] AS room_type,
    'D' || p // 2 AS dwelling_code, 'G' || p // 12 AS gateway_id, 'S' || p // 20 AS station_id,
    '模拟热力' || p % 40 || '公司' AS enterprise_name, street.area_code AS street_code, DATE '2025-10-21' AS day
FROM range(1, {points} + 1) AS points (p)
JOIN (SELECT area_code, row_number() OVER (ORDER BY area_code) - 1 AS street_no FROM street) AS street
    ON p % 150 = street_no
"""
HOTLINE = """
CREATE TABLE one_case AS SELECT '1' AS case_no, 'phone' AS channel, 'help' AS request_type, '供热' AS category_name,
    'normal' AS urgency, false AS is_confidential, false AS is_anonymous, TIMESTAMP '2025-11-05 08:00:00'
    AS received_at, 'dispatched' AS status, TIMESTAMP '2025-11-05 09:00:00' AS updated_at, DATE '2025-11-05' AS day
"""
BY_HAND = """
WITH reading AS (
    SELECT r.point_id, r.measured_at, r.temperature_c < s.threshold_c AS is_cold
    FROM read_parquet({files}) AS r JOIN standard AS s USING (point_id) WHERE r.temperature_c BETWEEN -10 AND 45
),
step AS (
    SELECT *, lag(is_cold) OVER point AS was_cold, measured_at - lag(measured_at) OVER point AS gap FROM reading
    WINDOW point AS (PARTITION BY point_id ORDER BY measured_at)
),
run AS (
    SELECT *, count(*) FILTER (is_cold AND (NOT coalesce(was_cold, false) OR gap > INTERVAL 1 HOUR))
        OVER (PARTITION BY point_id ORDER BY measured_at) AS run_no FROM step
),
episode AS (
    SELECT point_id, min(measured_at) AS since, max(measured_at) AS until FROM run WHERE is_cold
    GROUP BY point_id, run_no HAVING max(measured_at) - min(measured_at) >= INTERVAL 2 HOUR
),
day AS (
    SELECT point_id, measured_at::DATE AS day, count(*) AS readings, count(*) FILTER (NOT is_cold) AS warm
    FROM reading GROUP BY ALL
)
SELECT day, sum(warm) AS warm, sum(readings) AS readings, count(*) FILTER (warm = readings) AS full_days,
    (SELECT count(*) FROM episode WHERE since::DATE = day) AS episodes
FROM day GROUP BY day
"""


class Season:
    """A home with so many days of landed readings, and the days that come after."""

    def __init__(self, home: Path, points: int, days: int, memory: str) -> None:
        self.settings = Settings(home=home, key_file=home / "key", memory=memory, threads=2)
        self.points, self.day_no = points, 0
        contracts = load_contracts(self.settings)
        with connect(home / "made.duckdb", settings=self.settings) as connection:
            self._land_once(connection, contracts)
        self.land(days)

    def _land_once(self, connection: Any, contracts: Any) -> None:
        area = self.settings.seed_dirs[-1] / "area.csv"
        connection.execute(
            f"CREATE TABLE street AS FROM read_csv('{area}', all_varchar = true) WHERE level = 'street' "
            "ORDER BY area_code LIMIT 150"
        )
        connection.execute(REGISTER.format(points=self.points))
        connection.execute(HOTLINE)
        Landing(connection, self.settings, contracts["heating_room_point"], "register").land(date(2025, 10, 21))
        Landing(connection, self.settings, contracts["hotline_city"], "one_case").land(FIRST)

    def land(self, days: int) -> None:
        contract = load_contracts(self.settings)[READING]
        with connect(self.settings.home / "made.duckdb", settings=self.settings) as connection:
            for _ in range(days):
                day = FIRST + timedelta(days=self.day_no)
                connection.execute(READINGS.format(day=day, day_no=self.day_no, points=self.points))
                Landing(connection, self.settings, contract, "reading").land(day)
                self.day_no += 1

    def one_more_day(self) -> float:
        self.land(1)
        return timed(self.settings)

    def readings(self) -> int:
        with connect(self.settings.warehouse_db, settings=self.settings, read_only=True) as warehouse:
            found = warehouse.execute("SELECT sum(reading_count) FROM marts.fct_heating_day").fetchone()
        return int(found[0]) if found else 0

    def heating_models_s(self) -> float:
        """Seconds that the models of the readings took in the last build, without dbt's own start."""
        query = (
            "SELECT sum(seconds) FROM meta.dbt_result "
            "WHERE node LIKE 'model.%heating%' OR node LIKE 'model.%fct_kpi_season' OR node LIKE '%silent_cold'"
        )
        with connect(self.settings.warehouse_db, settings=self.settings, read_only=True) as warehouse:
            found = warehouse.execute(query).fetchone()
        return float(found[0]) if found else 0.0

    def by_hand(self, whole: bool) -> float:
        """Seconds of the hand-written query, over all days at once or day by day."""
        files = LandingTable(self.settings, load_contracts(self.settings)[READING]).files()
        scratch = self.settings.home / "by_hand.duckdb"
        scratch.unlink(missing_ok=True)
        with connect(scratch, settings=self.settings) as connection:
            connection.execute(f"ATTACH '{self.settings.home / 'made.duckdb'}' AS made (READ_ONLY)")
            connection.execute(
                "CREATE TABLE standard AS "
                "SELECT point_id, if(room_type = 'other', 16, 18)::DECIMAL(4, 1) AS threshold_c "
                "FROM made.register WHERE customer_status = 'on'"
            )
            connection.execute("DETACH made")
            started = time.perf_counter()
            for part in [files] if whole else [[file] for file in files]:
                connection.execute(f"CREATE OR REPLACE TABLE made_by_hand AS {BY_HAND.format(files=part)}")
            return round(time.perf_counter() - started, 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=10_800)
    parser.add_argument("--days", type=int, default=152)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", default="3GB", help="of the engine; Python and dbt take about 0.4 GB besides")
    parser.add_argument("--keep", type=Path, help="build here and keep it, to look inside")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        base = arguments.keep or Path(scratch)
        season = Season(base / "season", arguments.points, arguments.days, arguments.memory)
        week = Season(base / "week", arguments.points, WEEK, arguments.memory)
        found: dict[str, Any] = {"full_build_s": timed(season.settings), "week_build_s": timed(week.settings)}
        found |= {"readings": season.readings(), "heating_models_s": season.heating_models_s()}
        found["build_peak_mb"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        days = [(season.one_more_day(), week.one_more_day()) for _ in range(arguments.rounds)]
        middle = arguments.rounds // 2
        found["day_on_season_s"], found["day_on_week_s"] = (sorted(side)[middle] for side in zip(*days, strict=True))
        found["ratio_of_a_day"] = round(found["day_on_season_s"] / found["day_on_week_s"], 3)
        found["by_hand_day_by_day_s"] = season.by_hand(whole=False)
        found["by_hand_s"] = season.by_hand(whole=True)
        found["full_build_over_by_hand"] = round(found["full_build_s"] / found["by_hand_s"], 2)
        found["full_build_over_day_by_day"] = round(found["full_build_s"] / found["by_hand_day_by_day_s"], 2)
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
