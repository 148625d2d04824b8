"""The run log where BI tools and people look for it: a table of the release, and a page of the site."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from ingestion.durable import make_folder
from ingestion.errors import NothingToDo
from ingestion.run_log import LiveRun, history, logged
from ingestion.run_record import Run
from ingestion.settings import Settings
from warehouse.engine import connect
from warehouse.release_tables import describe, sql_text
from warehouse.runs_page import write_runs_page

DAYS_IN_RELEASE = 90
MEANING = "运行记录：每次运行一行，九十天 / One row per run, of ninety days"
COUNTS = {
    "deliveries": "收到的文件数 / files received",
    "received": "收到行数 / rows received",
    "landed": "入库行数 / rows landed",
    "quarantined": "隔离行数 / rows set aside",
    "duplicates": "重复行数 / rows known already",
    "refused": "退回的文件数 / files refused",
    "batches": "构建时可见的批次数 / batches that the build saw",
    "models": "运行的模型数 / models that ran",
    "tests": "运行的表检查数 / table tests that ran",
    "failed_nodes": "失败的模型和表检查数 / models and tests that failed",
    "checks_passed": "通过的检查数（发布前） / checks of the gate that passed",
    "checks_total": "检查总数（发布前） / checks of the gate in all",
    "critical_failed": "未通过的关键检查数 / critical checks that failed",
    "warnings_failed": "未通过的提示检查数 / warnings that failed",
}
COLUMNS = {
    "run_id": ("VARCHAR", "运行编号 / id of the run"),
    "step": (
        "VARCHAR",
        "步骤：land 入库、build 构建、gate 把关、release 发布等 / land, build, gate, release and so on",
    ),
    "feed": ("VARCHAR", "数据源，不分数据源的步骤为空 / feed; empty where the step is not of one feed"),
    "started_at": ("TIMESTAMP", "开始时间（北京时间） / when it began (Beijing time)"),
    "seconds": ("DECIMAL(12,3)", "用时（秒） / how long it took"),
    "outcome": (
        "VARCHAR",
        "结果：done 完成，skipped 有意跳过，failed 失败，killed 被终止 / done, skipped, failed or killed",
    ),
    "error": (
        "VARCHAR",
        "错误类别或跳过原因，成功为空 / class of the error, or why it was skipped; empty where it was done",
    ),
    "release_id": ("VARCHAR", "发布编号 / release that the run worked on"),
    "started_by": ("VARCHAR", "启动方式：cli 命令行，airflow 调度 / cli or airflow"),
    **{name: ("BIGINT", meaning) for name, meaning in COUNTS.items()},
}


@contextmanager
def observed(settings: Settings, step: str) -> Iterator[LiveRun]:
    """Log the block as one run of a step without a feed, and show it on the page, also when it fails."""
    try:
        with logged(settings, step) as run:
            yield run
    except NothingToDo:
        raise
    except BaseException:
        write_runs_page(settings)
        raise
    write_runs_page(settings)


def load_runs(settings: Settings, published_at: datetime) -> None:
    """Put the runs of the last days into `meta.run_log`, for the release that is about to be written.

    Only what the log lets through; the runs of one release differ from those of the same release built again.
    """
    rows = [_row(run) for run in history(settings, since=published_at - timedelta(days=DAYS_IN_RELEASE)).runs]
    listing = settings.work / "runs.jsonl"
    make_folder(listing.parent)
    listing.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    types = {name: kind for name, (kind, _) in COLUMNS.items()}
    with connect(settings.warehouse_db, settings=settings) as connection:
        connection.execute(
            "CREATE SCHEMA IF NOT EXISTS meta; CREATE OR REPLACE TABLE meta.run_log AS SELECT * FROM "
            f"read_json({sql_text(str(listing))}, format = 'newline_delimited', columns = {types}) ORDER BY started_at"
        )
        meanings = {name: meaning for name, (_, meaning) in COLUMNS.items()}
        describe(connection, "meta.run_log", MEANING, meanings)


def _row(run: Run) -> dict[str, object]:
    """A run as a row. Who started it is cut to its first word: a DAG run may bear any name a person gave it."""
    said = {name: getattr(run, name) for name in COLUMNS if name not in COUNTS}
    counted = {name: run.counts[name] for name in COUNTS if name in run.counts}
    return {**said, **counted, "started_by": run.started_by.partition(" ")[0]}
