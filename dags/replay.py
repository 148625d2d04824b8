"""By hand: build a past release anew from landing and compare it cell by cell with what was published."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, Param, task

from citypulse import schedule
from ingestion.settings import load_settings

DOC = """### 重放历史版本 · Replay a past release

手动触发。`as_of`：某一时刻（北京时间）在用的版本；`release`：指定版本编号；都不填则为最新版本。从落地区重建该版本并与已发布内容
逐格比对，报告见任务日志与 XCom `report`；有差异则任务失败。不占用建仓锁，日常运行不受影响。

By hand. `as_of`: the release in service at that moment (Beijing time); `release`: the one of that name; neither: the
newest. It is built anew from landing and compared with what was published, cell by cell: the report stands in the
task's log and as XCom `report`, and the task fails when a cell differs. It takes no lock of the warehouse; live runs go
on beside it.
"""

with DAG(
    dag_id="replay",
    dag_display_name="重放历史版本",
    description="Rebuild a past release and compare",
    doc_md=DOC,
    schedule=None,
    params={
        "as_of": Param(None, type=["null", "string"], title="时刻 / moment", description="2026-01-31T08:00:00"),
        "release": Param(None, type=["null", "string"], title="版本编号 / release"),
    },
    default_args={**schedule.TASK_DEFAULTS, "owner": "data office"},
    tags={"warehouse"},
    **schedule.DAG_DEFAULTS,
):

    @task
    def replay(*, params: dict[str, Any], ti: Any) -> None:
        from citypulse.replay import replay as replay_release

        with schedule.task_edge():
            report = replay_release(load_settings(), as_of=params["as_of"], release_id=params["release"])
            ti.xcom_push(key="report", value=report.data())
            report.check()

    replay()
