"""One DAG per feed whose source has an API: when the contract says so, pull what is new into the inbox."""

from __future__ import annotations

from airflow.sdk import DAG, task

from citypulse import schedule
from citypulse.collecting import cron
from citypulse.contract_page import contract_page
from ingestion.contract import Contract, load_contracts
from ingestion.settings import load_settings


def collect(contract: Contract) -> DAG:
    """The DAG of one feed; it registers itself."""
    with DAG(
        dag_id=f"collect_{contract.feed}",
        dag_display_name=f"采集 {contract.name_zh}",
        description=f"Pull over HTTP: {contract.name_en}",
        doc_md=contract_page(contract),
        schedule=schedule.at(cron(contract)),
        default_args={**schedule.TASK_DEFAULTS, "owner": contract.owner_en},
        tags={"collect", contract.domain},
        **schedule.DAG_DEFAULTS,
    ) as dag:

        @task
        def pull() -> int:
            from citypulse.collecting import pull

            with schedule.task_edge():
                return pull(load_settings(), contract.feed)

        pull()
    return dag


for feed_contract in load_contracts(load_settings()).values():
    if feed_contract.collect:
        collect(feed_contract)
