"""When a release is out: write its brief for leaders at once; where a PostgreSQL is set, push the release there."""

from __future__ import annotations

from airflow.sdk import DAG, task

from citypulse import schedule
from ingestion.settings import load_settings, postgres_target

DOC = """### 领导简报 · Briefs for leaders

新版本发布后：只读已发布版本，立即生成本月的中英文简报和站点。每日、每周、每月、每季和采暖季的简报另有日程（brief_*）。
设了 `CITYPULSE_SIGN_OFF=1` 时这里只写草稿。

After each release: writes the bilingual brief of the month and the site at once, reading nothing but the served
release. The briefs by the calendar have DAGs of their own (brief_*). With `CITYPULSE_SIGN_OFF=1` this one leaves drafts
only.
"""
PUSH_DOC = """### 推送 PostgreSQL · Push into PostgreSQL

设置了 `CITYPULSE_POSTGRES_URL` 时才有本流程：新版本发布后整体推送到该 PostgreSQL，在一个事务内切换。
失败时那里的旧版本照常可读。

Exists only where `CITYPULSE_POSTGRES_URL` is set: after each release, pushes it there, swapped in whole in one
transaction. When it fails, what is live there stays.
"""

with DAG(
    dag_id="publish_snapshots",
    dag_display_name="领导简报",
    description="Bilingual briefs and the site from the served release",
    doc_md=DOC,
    schedule=schedule.on_any(schedule.RELEASE, or_at=schedule.AFTER_RELEASES),
    default_args=schedule.BRIEF_DEFAULTS,
    tags={"reporting"},
    **schedule.DAG_DEFAULTS,
):

    @task
    def snapshot() -> list[str]:
        from citypulse.briefs import write_after_release

        with schedule.task_edge():
            return [path.name for path in write_after_release(load_settings())]

    @task(trigger_rule="none_failed")
    def site() -> int:
        from reporting.site.write import write_site

        with schedule.task_edge():
            return len(write_site(load_settings()))

    snapshot() >> site()

if postgres_target().url:
    with DAG(
        dag_id="push_postgres",
        dag_display_name="推送 PostgreSQL",
        description="The release into a PostgreSQL for BI tools",
        doc_md=PUSH_DOC,
        schedule=schedule.on_any(schedule.RELEASE, or_at=schedule.AFTER_RELEASES),
        default_args={**schedule.TASK_DEFAULTS, "owner": "data office"},
        tags={"warehouse"},
        **schedule.DAG_DEFAULTS,
    ) as push_dag:

        @task
        def push() -> dict[str, int]:
            from warehouse.push.push import push as push_release

            with schedule.task_edge():
                done = push_release(load_settings())
                return {"tables": len(done.rows), "rows": sum(done.rows.values())}

        push()
