"""Loaded by every Airflow process before anything else (entry point `airflow.policy`), so it stays light.

It refuses an exposed web server, and sends the writers of the warehouse to their queue. The refusal happens on import,
because Airflow imports this while `import airflow` runs: ending here ends the command, and each worker of a server,
before a socket is opened.
"""

from __future__ import annotations

import sys
from typing import Any

from airflow.policies import hookimpl

from citypulse.airflow_guard import objection, serves
from ingestion.settings import warehouse_queue


def refuse_exposed_server() -> None:
    """End this process with a message when it is about to serve SimpleAuthManager beyond loopback."""
    if not serves(sys.argv):
        return
    from airflow.configuration import conf

    if found := objection(
        sys.argv,
        auth_manager=conf.get("core", "auth_manager"),
        host=conf.get("api", "host"),
        base_url=conf.get("api", "base_url", fallback=""),
    ):
        sys.exit(found.text())


@hookimpl
def task_policy(task: Any) -> None:
    """Where a queue is named (Celery), all that writes the warehouse goes there: to one host, one after another."""
    if queue := warehouse_queue():
        from citypulse.schedule import WAREHOUSE_POOL

        if task.pool == WAREHOUSE_POOL:
            task.queue = queue


refuse_exposed_server()
