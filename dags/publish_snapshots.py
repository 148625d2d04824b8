"""When a release is out, and every morning: write the briefs for leaders."""

from __future__ import annotations

from airflow.sdk import DAG, task

from citypulse import schedule
from ingestion.settings import load_settings

DOC = """### 领导简报 · Briefs for leaders

新版本发布后（以及每天 08:00）：只读已发布版本，生成中英文简报。

After each release (and daily at 08:00): writes the bilingual briefs, reading nothing but the served release.
"""

with DAG(
    dag_id="publish_snapshots",
    dag_display_name="领导简报",
    description="Bilingual briefs from the served release",
    doc_md=DOC,
    schedule=schedule.on_any(schedule.RELEASE, or_at=schedule.MORNING_BRIEF),
    default_args={**schedule.TASK_DEFAULTS, "owner": "data office"},
    tags={"reporting"},
    **schedule.DAG_DEFAULTS,
):

    @task
    def snapshot() -> list[str]:
        from reporting.snapshot import write_snapshots

        with schedule.task_edge():
            return [path.name for path in write_snapshots(load_settings())]

    snapshot()
