"""What the hotline costs: a full rebuild of a year, and one new day with a year or a month of history behind it.

Cases live an invented life of ten events. They are written straight into the landing tables, a delivery a day and feed,
so that only the build is measured: `citypulse build` in a process of its own, with dbt's start, models and tests. Both
histories run the same code on the same days, in turn; the ratio of their medians says what history costs. The engine
gets 3 GB, which leaves a machine of 4 GB one for Python.

    python benchmarks/hotline.py [--cases 500000] [--days 365] [--memory 3GB] [--only-year]
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from landed import Landing, timed

from ingestion.contract import load_contracts
from ingestion.settings import Settings
from warehouse.engine import connect

UNTIL = date(2026, 1, 30)
MONTH = 30
SOURCES = {"hotline_city": "version", "hotline_city_event": "event"}
AHEAD = 60  # days of cases past the end, so that the last days are as busy as the others

# One row per case: everything else follows from its number. Fractions come from a hash, the same in every run.
CASES = """
CREATE TABLE life AS
WITH drawn AS (
    SELECT n, (hash(n, 1) % 1000)::INT / 1000 AS a, (hash(n, 2) % 1000)::INT / 1000 AS b,
        (hash(n, 3) % 1000)::INT / 1000 AS c, TIMESTAMP '{first}' + to_seconds(n * 86400 // {per_day}) AS received_at
    FROM range({cases}) AS numbered (n)
)
SELECT *, lpad(n::VARCHAR, 12, '0') AS case_no, ['help', 'complaint', 'consult', 'report'][1 + n % 4] AS request_type,
    ['物业', '供热', '城市管理', '交通出行', '教育'][(1 + hash(n, 4) % 5)::INT] AS category_name,
    (SELECT list(area_code ORDER BY area_code) FROM street)[(1 + hash(n, 5) % {streets})::INT] AS street_code,
    received_at + to_seconds((600 + 7200 * a)::INT) AS dispatched_at,
    received_at + to_seconds((20000 + 86400 * 12 * b * b)::INT) AS finished_at
FROM drawn
"""
STEPS = {  # event: (moment, share of cases); LUCK names what belongs together
    "received": ("received_at", 1.0),
    "dispatched": ("dispatched_at", 1.0),
    "signed": ("dispatched_at + INTERVAL 1 HOUR", 1.0),
    "contacted": ("dispatched_at + to_seconds((3600 + 200000 * c)::INT)", 1.0),
    "co_assigned": ("dispatched_at + INTERVAL 2 HOUR", 0.9),
    "urged": ("received_at + INTERVAL 20 HOUR", 0.9),
    "supervised": ("received_at + INTERVAL 30 HOUR", 0.5),
    "replied": ("finished_at - INTERVAL 30 MINUTE", 1.0),
    "finished": ("finished_at", 0.99),
    "callback_result": ("finished_at + to_seconds((86400 + 86400 * c)::INT)", 0.9),
    "closed": ("finished_at + INTERVAL 4 DAY", 0.9),
    "extension_requested": ("dispatched_at + INTERVAL 1 DAY", 0.04),
    "extension_approved": ("dispatched_at + INTERVAL 26 HOUR", 0.04),
    "suspended": ("dispatched_at + INTERVAL 5 HOUR", 0.03),
    "resumed": ("dispatched_at + INTERVAL 50 HOUR", 0.03),
    "reopened": ("finished_at + INTERVAL 3 DAY", 0.03),
}
LUCK = {"extension_requested": "extension", "extension_approved": "extension", "suspended": "pause", "resumed": "pause"}


def write_life(connection: Any, cases_per_day: int, first: date, days: int) -> None:
    """Tables `event` and `version`: what the feeds would have sent, with the day on which each row arrives."""
    connection.execute(
        CASES.format(first=first, per_day=cases_per_day, cases=cases_per_day * (days + AHEAD), streets=150)
    )
    parts = " UNION ALL ".join(
        f"SELECT n, case_no, '{kind}' AS event_type, {moment} AS occurred_at, c FROM life "
        f"WHERE hash(n, '{LUCK.get(kind, kind)}') % 1000 < {round(share * 1000)}"
        for kind, (moment, share) in STEPS.items()
    )
    connection.execute(f"""
        CREATE TABLE event AS SELECT case_no || '-' || event_type AS event_no, case_no, event_type, occurred_at,
            if(event_type IN ('dispatched', 'co_assigned', 'finished'), 'U' || n % 40, NULL) AS unit_code,
            if(event_type = 'co_assigned', 'co', 'lead') AS unit_role,
            if(event_type = 'extension_approved', 5, NULL) AS extension_days,
            if(event_type = 'callback_result', n % 9 > 0, NULL) AS is_solved,
            if(event_type = 'callback_result', ['satisfied', 'mostly', 'dissatisfied', 'defaulted'][1 + n % 4], NULL)
                AS grade,
            occurred_at::DATE AS day
        FROM ({parts})""")
    register = """
        SELECT n, case_no, 'phone' AS channel, request_type, category_name, 'normal' AS urgency,
            n % 50 = 0 AS is_confidential, n % 9 = 0 AS is_anonymous, 'v1:' || md5('p' || n // 3 * 7 % 400000)
                AS caller_token, 'v1:' || md5('b' || n // 5 * 11 % 90000) AS place_token,
            substr(md5('t' || n % 1000), 1, 16) AS content_fingerprint, street.district_name, street.street_name,
            received_at, dispatched_at"""
    connection.execute(f"""
        CREATE TABLE version AS
        {register}, 'dispatched' AS status, NULL AS finished_at, dispatched_at AS updated_at, dispatched_at::DATE AS day
        FROM life JOIN street ON life.street_code = street.area_code
        UNION ALL
        {register}, 'finished', finished_at, finished_at, finished_at::DATE
        FROM life JOIN street ON life.street_code = street.area_code""")


def read_streets(connection: Any, settings: Settings) -> None:
    """Streets under the names that the alias seed knows."""
    seeds = settings.seed_dirs[-1]
    connection.execute(f"""
        CREATE TABLE street AS SELECT s.area_code, s.name_zh AS street_name, d.name_zh AS district_name
        FROM read_csv('{seeds / "area.csv"}', all_varchar = true) s
        JOIN read_csv('{seeds / "area.csv"}', all_varchar = true) d ON s.parent_code = d.area_code
        WHERE s.level = 'street' ORDER BY s.area_code LIMIT 150""")


class History:
    """A home with so many days of landed history, and the days that come after it."""

    def __init__(self, home: Path, cases_per_day: int, days: int, memory: str) -> None:
        self.settings = Settings(home=home, key_file=home / "key", memory=memory, threads=2)
        self.next_day = UNTIL - timedelta(days=days - 1)
        with connect(home / "life.duckdb", settings=self.settings) as connection:
            read_streets(connection, self.settings)
            write_life(connection, cases_per_day, self.next_day, days)
        self.land(days)
        self.full_s = timed(self.settings)
        self.days_s: list[float] = []

    def land(self, days: int) -> None:
        contracts = load_contracts(self.settings)
        with connect(self.settings.home / "life.duckdb", settings=self.settings) as connection:
            landings = [Landing(connection, self.settings, contracts[feed], table) for feed, table in SOURCES.items()]
            for _ in range(days):
                for landing in landings:
                    landing.land(self.next_day)
                self.next_day += timedelta(days=1)

    def one_more_day(self) -> None:
        self.land(1)
        self.days_s.append(timed(self.settings))

    def figures(self) -> dict[str, float]:
        with connect(self.settings.warehouse_db, settings=self.settings, read_only=True) as warehouse:
            counts = warehouse.execute(
                "SELECT (SELECT count(*) FROM marts.fct_case), (SELECT count(*) FROM marts.fct_case_event)"
            ).fetchone()
        cases, events = counts or (0, 0)
        return {"cases": cases, "events": events, "full_s": self.full_s, "day_s": sorted(self.days_s)[1]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=500_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--memory", default="3GB")
    parser.add_argument("--only-year", action="store_true")
    parser.add_argument("--keep", type=Path, help="build here and keep it, to look inside")
    arguments = parser.parse_args()
    per_day = arguments.cases // arguments.days
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        base = arguments.keep or Path(scratch)
        spans = {"year": arguments.days} | ({} if arguments.only_year else {"month": MONTH})
        histories = {name: History(base / name, per_day, days, arguments.memory) for name, days in spans.items()}
        for _ in range(3):
            for history in histories.values():
                history.one_more_day()
        found = {name: history.figures() for name, history in histories.items()}
        if not arguments.only_year:
            found["ratio_of_a_day"] = round(found["year"]["day_s"] / found["month"]["day_s"], 3)
        found["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
