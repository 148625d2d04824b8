"""Backfill: business days computed anew, one run per day, and few builds for many days."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, Param, task

from citypulse import schedule
from citypulse.bell import Bell
from ingestion.contract import load_contracts
from ingestion.settings import load_settings

FEEDS = list(load_contracts(load_settings()))
DOC = """### 按业务日重算 · Compute business days anew

每个业务日一次运行（分区键 YYYY-MM-DD，北京时间），从不自行启动：在“回填”表单中选择日期范围，或手动触发并填写分区键。
`feeds`：数据源，空为全部；`collect`：先向有接口的来源重新拉取这些天。每次运行只登记请求，随后唤醒 `build_warehouse`，
一次建仓处理全部请求；与日常运行互不妨碍。

One run per business day (partition key YYYY-MM-DD, Beijing time); none starts by itself. Choose a range of days in the
backfill form, or trigger by hand with a partition key. `feeds`: none means all. `collect`: first pull these days anew
from sources that have an API. Each run leaves a request and rings `build_warehouse`, whose one build takes all
requests; live runs go on beside it.
"""

with DAG(
    dag_id="recompute_days",
    dag_display_name="按业务日重算",
    description="Backfill of business days",
    doc_md=DOC,
    schedule=schedule.BY_BUSINESS_DAY,
    end_date=schedule.NEVER_BY_CLOCK,
    params={
        "feeds": Param(
            [],
            type="array",
            items={"type": "string", "enum": FEEDS},
            title="数据源 / feeds",
            description="空为全部 / none means all",
        ),
        "collect": Param(False, type="boolean", title="先重新拉取 / pull anew first"),
    },
    default_args={**schedule.TASK_DEFAULTS, "owner": "data office"},
    tags={"warehouse", "backfill"},
    **schedule.DAG_DEFAULTS,
):

    @task(max_active_tis_per_dag=1)  # a source is asked for one day after the other
    def ask(*, params: dict[str, Any], dag_run: Any) -> int:
        from citypulse.backfill import recompute_day

        with schedule.task_edge():
            day, feeds = dag_run.partition_key, params["feeds"]
            return recompute_day(load_settings(), day, feeds, collect=params["collect"]).request.number

    ask() >> Bell(task_id="ring", trigger_dag_id="build_warehouse")
