"""Loaded by every Airflow process before anything else (entry point `airflow.policy`): refuses an exposed web server.

The entry point is a module because Airflow loads it while `import airflow` runs: ending here ends the command, and
each worker of a server, before a socket is opened.
"""

from __future__ import annotations

import sys

from citypulse.airflow_guard import objection, serves


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


refuse_exposed_server()
