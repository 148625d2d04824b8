"""The server: two processes that answer one request each at a time.

DuckDB keeps a file open as long as one connection of its process lives. With one request at a time every query opens
the file that is there now; with many threads a busy process could stay on an older release (docs/bi.md).
"""

from typing import Any

wsgi_app = "superset.app:create_app()"
workers, worker_class, threads = 2, "gthread", 1
preload_app = True  # imported once, for both
timeout, graceful_timeout = 120, 5
loglevel = "warning"


def when_ready(server: Any) -> None:
    where, port = server.address[0]
    print(f"Superset: open http://{where}:{port}/superset/dashboard/citypulse/", flush=True)
