"""One DAG per contract: when sealed files of a feed wait in the inbox, land all of them."""

from __future__ import annotations

from airflow.sdk import DAG, task

from citypulse import schedule
from citypulse.contract_page import contract_page
from ingestion.contract import Contract, load_contracts
from ingestion.errors import raise_refusals
from ingestion.settings import load_settings


def ingest(contract: Contract) -> DAG:
    """The DAG of one feed; it registers itself."""
    with DAG(
        dag_id=f"ingest_{contract.feed}",
        dag_display_name=f"入库 {contract.name_zh}",
        description=contract.name_en,
        doc_md=contract_page(contract),
        schedule=schedule.on_any(schedule.inbox(contract.feed), or_at=schedule.SWEEP),
        default_args={**schedule.TASK_DEFAULTS, "owner": contract.owner_en},
        tags={"ingest", contract.domain},
        **schedule.DAG_DEFAULTS,
    ) as dag:

        @task(outlets=[schedule.landing(contract.feed)])
        def land() -> list[str]:
            from ingestion.land import land_feed

            with schedule.task_edge(tells=True):
                return [str(receipt.message) for receipt in land_feed(load_settings(), contract.feed).refused]
            return []  # landed by an attempt that was killed

        @task
        def answer_for_refusals(messages: list[str]) -> None:
            with schedule.task_edge():
                raise_refusals(messages)

        answer_for_refusals(land())  # type: ignore[arg-type]  # Airflow hands the value over when the task runs
    return dag


for feed_contract in load_contracts(load_settings()).values():
    ingest(feed_contract)
