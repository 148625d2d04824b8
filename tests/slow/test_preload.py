"""Airflow's fork server: everything loaded, one thread, no database open, and a child that can open one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ingestion.settings import child_environment, load_settings

SCRIPT = """
import multiprocessing, os, sys
from pathlib import Path

def child(told):
    loaded = [name for name in ("dbt.cli.main", "great_expectations", "duckdb") if name in sys.modules]
    threads = len(list(Path(f"/proc/{os.getppid()}/task").iterdir()))
    from warehouse.engine import connect
    from ingestion.settings import load_settings
    with connect(":memory:", settings=load_settings()) as connection:
        total = connection.execute("SELECT sum(n)::BIGINT FROM range(1000000) AS numbered (n)").fetchone()[0]
    told.put((loaded, threads, total))

if __name__ == "__main__":
    multiprocessing.set_start_method("forkserver")
    multiprocessing.set_forkserver_preload(["citypulse.preload"])
    told = multiprocessing.SimpleQueue()
    process = multiprocessing.Process(target=child, args=(told,))
    process.start()
    print(told.get())
    process.join()
"""


def test_the_fork_server_has_loaded_all_and_runs_no_thread(tmp_path: Path) -> None:
    script = tmp_path / "fork.py"
    script.write_text(SCRIPT)
    variables = child_environment(load_settings(tmp_path), {"AIRFLOW_HOME": str(tmp_path)})
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=300, check=False, env=variables
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-1] == "(['dbt.cli.main', 'great_expectations', 'duckdb'], 1, 499999500000)"
