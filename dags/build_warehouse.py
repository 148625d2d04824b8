"""When rows have landed: build the warehouse, let the gate judge it, release it."""

from __future__ import annotations

from airflow.sdk import DAG, task

from citypulse import schedule
from ingestion.contract import load_contracts
from ingestion.settings import load_settings

DOC = """### 建仓与发布 · Build and release

任一数据入库后（以及每小时 30 分）：重建数据仓库 → 质量关口 → 发布新版本。关口不通过，读者继续使用上一版本。

After any landing (and at half past each hour): build the warehouse → quality gate → release. When the gate blocks one,
readers keep the last good release; the quality page names the failed checks and who repairs them.
"""

with DAG(
    dag_id="build_warehouse",
    dag_display_name="建仓与发布",
    description="Build, gate, release",
    doc_md=DOC,
    schedule=schedule.on_any(*map(schedule.landing, load_contracts(load_settings())), or_at=schedule.BUILD_SWEEP),
    default_args={**schedule.TASK_DEFAULTS, "owner": "data office", "pool": schedule.WAREHOUSE_POOL},
    tags={"warehouse"},
    **schedule.DAG_DEFAULTS,
):

    @task
    def build() -> dict[str, int]:
        from citypulse.due import build_what_is_due

        with schedule.task_edge():
            report = build_what_is_due(load_settings())
            return {"models": report.models, "tests": report.tests, "batches": report.batches}

    @task
    def gate() -> dict[str, int]:
        from expectations.gate import audit

        with schedule.task_edge():
            report = audit(load_settings())
            return {"checks_passed": report.passed, "checks_total": report.total}

    @task(outlets=[schedule.RELEASE])
    def release(checks: dict[str, int]) -> str | None:
        from warehouse.release import publish

        with schedule.task_edge(tells=True):
            return publish(load_settings(), **checks).release_id
        return None  # published by an attempt that was killed

    checks = gate()
    build() >> checks
    release(checks)  # type: ignore[arg-type]  # Airflow hands the value over when the task runs
