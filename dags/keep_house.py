"""At night: keep the landing tables, let old things go, read everything back, back up."""

from __future__ import annotations

from airflow.sdk import DAG, task

from citypulse import schedule
from ingestion.settings import load_settings

DOC = """### 日常维护 · House-keeping

每天 02:30，各步互不依赖：合并入库小文件并打包回执，清理旧版本、旧日志与 Airflow 旧记录，逐字节复核所有存储内容，备份到
`CITYPULSE_BACKUP`。无事可做的一步自动跳过；正在入库的数据源留到次日。

Daily at 02:30, each step by itself: merge the small files of landing tables and pack receipts; let old releases, logs
and Airflow rows go; read back everything stored; back up into `CITYPULSE_BACKUP`. A step without work skips; a feed
that is landing is left for the next night. A failed `scan` names the damaged file: see `docs/operations.md`.
"""

with DAG(
    dag_id="keep_house",
    dag_display_name="日常维护",
    description="Compaction, retention, integrity scan, backup",
    doc_md=DOC,
    schedule=schedule.at(schedule.NIGHT),
    default_args={**schedule.TASK_DEFAULTS, "owner": "data office"},
    max_active_tasks=1,  # a step has the house to itself; the first ones ease the work of the last
    tags={"maintenance"},
    **schedule.DAG_DEFAULTS,
):

    def step(name: str, weight: int, pool: str = "default_pool") -> None:
        @task(task_id=name, priority_weight=weight, pool=pool)
        def run() -> dict[str, int]:
            from citypulse.house.keep_house import run_step

            with schedule.task_edge():
                return run_step(load_settings(), name)

        run()

    step("landing", 6)
    step("releases", 5, pool=schedule.WAREHOUSE_POOL)
    step("logs", 4)
    step("airflow", 3)
    step("scan", 2)
    step("backup", 1)
