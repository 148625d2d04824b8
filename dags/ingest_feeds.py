"""One DAG per contract: when sealed files of a feed wait in the inbox, land all of them."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, task

from citypulse import schedule
from citypulse.contract_page import contract_page
from ingestion.contract import Contract, load_contracts
from ingestion.errors import raise_refusals
from ingestion.settings import load_settings


def ingest(contract: Contract) -> DAG:
    """The DAG of one feed; it registers itself."""
    days = schedule.business_day(contract.feed)
    with DAG(
        dag_id=f"ingest_{contract.feed}",
        dag_display_name=f"入库 {contract.name_zh}",
        description=contract.name_en,
        doc_md=contract_page(contract),
        schedule=schedule.on_any(schedule.inbox(contract.feed), or_at=schedule.sweep(contract.feed)),
        default_args={**schedule.TASK_DEFAULTS, "owner": contract.owner_en},
        tags={"ingest", contract.domain},
        **schedule.DAG_DEFAULTS,
    ) as dag:

        @task(outlets=[schedule.landing(contract.feed)], multiple_outputs=False)
        def land() -> dict[str, list[str]]:
            from ingestion.land import land_feed

            with schedule.task_edge(tells=True):
                report = land_feed(load_settings(), contract.feed)
                refusals = [str(receipt.message) for receipt in report.refused]
                return {"refusals": refusals, "business_days": report.business_days}
            return {"refusals": [], "business_days": []}  # landed by an attempt that was killed

        # An event with a partition wakes no DAG but a partitioned one, so the days have an asset of their own.
        @task(outlets=[days])
        def announce_days(landed: dict[str, list[str]], *, outlet_events: Any) -> None:
            with schedule.task_edge():
                schedule.announce(outlet_events[days], landed["business_days"])

        @task
        def answer_for_refusals(landed: dict[str, list[str]]) -> None:
            with schedule.task_edge():
                raise_refusals(landed["refusals"])

        landed = land()
        announce_days(landed)  # type: ignore[arg-type]  # Airflow hands the value over when the task runs
        answer_for_refusals(landed)  # type: ignore[arg-type]
    return dag


for feed_contract in load_contracts(load_settings()).values():
    ingest(feed_contract)
