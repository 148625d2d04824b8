"""What a killed run was doing: the product's own functions in the product's own order, dbt and the gate cut short.

The real dbt project takes a minute and has kill tests of its own (tests/reliability/test_whole_runs.py); here a page of
SQL stands in its place, between the same views of what has landed and the same note of what was built.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ingestion.errors import NothingToDo
from ingestion.land import land_feed
from ingestion.receipts import all_receipts
from ingestion.settings import Settings
from tests.reliability import stories_apart
from tests.reliability.source import CASES, FEEDS, MESSAGES, ROOMS
from warehouse import build
from warehouse.build_info import read_build_info
from warehouse.engine import connect, writer_lock
from warehouse.recompute import Asked
from warehouse.release import publish
from warehouse.release_scan import readable

NEWEST = "QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {order}, batch_seq DESC, row_no DESC) = 1"
BY_POINT = NEWEST.format(key="point_id, measured_at", order="true")
BY_VERSION = NEWEST.format(key="case_no", order="updated_at DESC")
MOMENT = "TIMESTAMP '2026-02-01 06:00:00'"  # of every release: what differs is what it was made of
FIGURE = """
SELECT '{feed}' AS kpi_code, 'city' AS area_level, 'day' AS period_grain, business_date AS period_start,
       business_date AS period_end, {moment} AS as_of, ({measure})::DECIMAL(18,4) AS numerator,
       count(*)::DECIMAL(18,4) AS denominator, (numerator / denominator)::DECIMAL(18,8) AS value, 'v1' AS method_version
FROM (FROM landing.{feed} {newest}) GROUP BY ALL"""
DEGREES, SOLVED = "sum(temperature_c)", "count(*) FILTER (is_solved)"
FIGURES = [
    FIGURE.format(moment=MOMENT, feed=ROOMS, measure=DEGREES, newest=BY_POINT),
    FIGURE.format(moment=MOMENT, feed=MESSAGES, measure=DEGREES, newest=BY_POINT),
    FIGURE.format(
        moment=MOMENT, feed=CASES, measure=SOLVED, newest=NEWEST.format(key="case_no", order="updated_at DESC")
    ),
]
MART = f"CREATE OR REPLACE TABLE marts.fct_kpi_value AS {' UNION ALL '.join(FIGURES)} ORDER BY ALL"
CHECKED = """
CREATE SCHEMA IF NOT EXISTS dq;
CREATE OR REPLACE TABLE dq.check_result AS
SELECT ? AS run_id, 'sample' AS suite, 'critical' AS severity, TRUE AS success"""
MODEL = {"resource_type": "model", "schema": "marts", "alias": "fct_kpi_value", "access": "public", "config": {}}


def settings_of(home: Path) -> Settings:
    city = home.parent / "city"
    return Settings(
        home=home,
        key_file=home / "key.json",
        city=city if city.exists() else None,
        memory="500MB",
        threads=1,
        keep_releases=1,
        backup=home.parent / "backup",
    )


def day(settings: Settings) -> None:
    """From the inbox to the release."""
    for feed in FEEDS:
        with suppress(NothingToDo):
            land_feed(settings, feed)
    with readable(settings, settings.warehouse_db):
        if is_due(settings):
            build_small(settings)
        pass_checks(settings)
    with suppress(NothingToDo):
        publish(settings, checks_passed=1, checks_total=1)


def is_due(settings: Settings) -> bool:
    """Whether what has landed differs from what the finished build saw."""
    if not settings.warehouse_db.exists():
        return True
    try:
        with connect(settings.warehouse_db, settings=settings, read_only=True) as connection:
            built = read_build_info(connection).input_digest
    except NothingToDo:
        return True
    return built != build.input_digest(all_receipts(settings))


def build_small(settings: Settings) -> None:
    """What `build` does around dbt, and one mart instead of dbt."""
    with writer_lock(settings):
        receipts = all_receipts(settings)
        build._show_landing(settings, receipts)
        target = settings.warehouse / "dbt_target"
        target.mkdir(parents=True, exist_ok=True)
        (target / "manifest.json").write_text(json.dumps({"nodes": {"model.fct_kpi_value": MODEL}}))
        with connect(settings.warehouse_db, settings=settings) as connection:
            connection.execute("CREATE SCHEMA IF NOT EXISTS marts")
            connection.execute(MART)
        build._write_down(settings, receipts, Asked(), [], time.monotonic())


def pass_checks(settings: Settings) -> None:
    """What the gate leaves of a sound build."""
    with writer_lock(settings), connect(settings.warehouse_db, settings=settings) as connection:
        connection.execute(CHECKED, [read_build_info(connection).release_id])


def writing_then_day(settings: Settings) -> None:
    stories_apart.writing(settings)
    stories_apart.without_the_right(settings)
    day(settings)
    stories_apart.replaying(settings)


def restoring_then_day(settings: Settings) -> None:
    stories_apart.restoring(settings)
    day(settings)


STORIES: dict[str, Callable[[Settings], None]] = {
    "day": day,
    "keeping": stories_apart.keeping,
    "brief": stories_apart.brief,
    "site": stories_apart.models_page,
    "scan": stories_apart.scan_all,
    "prune": stories_apart.prune_old,
    "prepare_keeping": stories_apart.prepare_keeping,
    "prepare_restoring": stories_apart.prepare_restoring,
    "restoring": restoring_then_day,
    "writing": writing_then_day,
}
