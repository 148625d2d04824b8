"""One DAG per kind of brief: on its morning, write the briefs of the period that has just ended, and issue them."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, task

from citypulse import schedule
from citypulse.brief_page import brief_page
from citypulse.notices import KINDS
from ingestion.settings import Settings, load_settings
from reporting.period import Kind
from reporting.seasons import declared_seasons


def brief(kind: Kind, settings: Settings) -> DAG:
    """The DAG of one kind; it registers itself."""
    is_daily, is_season = kind == "daily", kind == "season"
    mornings = [season.end for season in declared_seasons(settings)] if is_season else []
    with DAG(
        dag_id=f"brief_{kind}",
        dag_display_name=f"简报 {KINDS[kind][0]}",
        description=f"The {KINDS[kind][1]}, by the calendar",
        doc_md=brief_page(kind),
        schedule=schedule.morning_after(mornings) if is_season else schedule.at(schedule.BRIEFS[kind]),
        deadline=schedule.late_alert(kind, settings.brief_deadline_minutes) if is_daily else None,
        default_args=schedule.BRIEF_DEFAULTS,
        tags={"reporting", "calendar"},
        **schedule.DAG_DEFAULTS,
    ) as dag:

        @task
        def write(dag_run: Any = None) -> dict[str, Any]:
            from citypulse.brief_page import as_told
            from citypulse.briefs import write_due

            with schedule.task_edge():
                return as_told(load_settings(), write_due(load_settings(), kind, schedule.local_day(dag_run)))

        @task
        def issue(draft: dict[str, Any]) -> None:
            from citypulse.briefs import issue_draft

            with schedule.task_edge():
                issue_draft(load_settings(), draft["release_id"], kind, draft["period"])

        @task(trigger_rule="all_skipped")
        def note_rejection(ti: Any = None) -> None:
            from citypulse.briefs import turn_down

            with schedule.task_edge():
                turn_down(load_settings(), kind, ti.xcom_pull(task_ids="write"))

        @task(trigger_rule="none_failed")
        def site() -> int:
            from reporting.site.write import write_site

            with schedule.task_edge():
                return len(write_site(load_settings()))

        draft = write()
        issued = issue(draft)  # type: ignore[arg-type]  # Airflow hands the value over when the task runs
        issued >> site()
        if settings.sign_off:
            draft >> schedule.sign_off("write") >> issued >> note_rejection()
    return dag


for brief_kind in KINDS:
    brief(brief_kind, load_settings())
