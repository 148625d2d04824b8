"""The bell that a DAG rings for another one: many may pull it, and few runs come of it."""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk.exceptions import AirflowSkipException


class Bell(TriggerDagRunOperator):
    """Trigger a DAG, unless a run of it waits in the queue: that one begins after what is done by now, and takes it.

    One at a time, so that no second one rings between looking and ringing: a backfill of a year asks for a year of
    days and gets a few builds.
    """

    def __init__(self, *, trigger_dag_id: str, **more: Any) -> None:
        super().__init__(trigger_dag_id=trigger_dag_id, logical_date=None, max_active_tis_per_dag=1, **more)

    def execute(self, context: Any) -> None:
        """Raises AirflowSkipException when a run waits already."""
        if context["ti"].get_dr_count(dag_id=self.trigger_dag_id, states=["queued"]):
            raise AirflowSkipException(f"A run of {self.trigger_dag_id} waits already; it takes this too.")
        super().execute(context)
