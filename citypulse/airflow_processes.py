"""Airflow on this machine with nothing to install: started, watched and ended by us.

The components are started one by one, as `airflow standalone` would, but without its two log servers: those listen
on every interface and cannot be bound to loopback. Each component has its own log, and one that dies is noticed.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from citypulse.airflow_api import AirflowApi
from citypulse.airflow_settings import airflow_home, environment, password_file
from ingestion.durable import exclusive, make_folder, write_file
from ingestion.errors import CitypulseError
from ingestion.settings import Settings

FIRST = [["api-server"], ["dag-processor"]]
THEN = [["scheduler", "--skip-serve-logs"], ["triggerer", "--skip-serve-logs"]]  # their tasks need the server at once
BOOT_SECONDS = 300
GOODBYE_SECONDS = 20
WAREHOUSE_POOL = "warehouse"

Watch = Callable[[str], None]


def print_line(line: str) -> None:
    """The plainest progress: one line per event."""
    print(line, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Airflow:
    """A running Airflow."""

    api: AirflowApi
    logs: Path
    processes: dict[str, subprocess.Popen[bytes]]

    def check_alive(self) -> None:
        """Raise when a component has ended by itself."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise CitypulseError(
                    f"Airflow's {name} ended by itself with code {process.returncode}.",
                    next_step=f"read {self.logs / name}.log",
                )


@contextmanager
def standalone(settings: Settings, *, watch: Watch = print_line) -> Iterator[Airflow]:
    """Start Airflow, wait until it is healthy and knows the DAGs, end it with the block; touches no other process."""
    logs = airflow_home(settings) / "logs"
    with exclusive(settings.locks / "airflow.lock", "Airflow's database"), _terminated_like_interrupted():
        variables = environment(settings)
        password = json.loads(password_file(settings).read_text())["admin"]
        airflow = Airflow(AirflowApi(variables["AIRFLOW__API__BASE_URL"], password), logs, {})
        make_folder(logs)
        try:
            _boot(airflow, variables, watch)
            watch(f"Airflow: open {airflow.api.base_url} as admin, password in {password_file(settings)}")
            yield airflow
        finally:
            watch("Airflow: stopping")
            for wave in (THEN, FIRST):  # a task that is still running needs the server to report its end
                _stop([airflow.processes[name] for name, *_ in wave if name in airflow.processes])


def _boot(airflow: Airflow, variables: dict[str, str], watch: Watch) -> None:
    started = time.monotonic()

    def wait(missing: Callable[[], str]) -> None:
        told = ""
        while name := missing():
            airflow.check_alive()
            seconds = time.monotonic() - started
            if seconds > BOOT_SECONDS:
                raise CitypulseError(f"Airflow still waits for {name}.", next_step=f"read the logs in {airflow.logs}")
            if name != told:
                watch(f"{seconds:5.1f} s  Airflow: waiting for {name}")
                told = name
            time.sleep(0.5)

    watch(f"{0:5.1f} s  Airflow: starting")
    _prepare_database(variables, airflow.logs)
    for command in FIRST:
        airflow.processes[command[0]] = _start(command, variables, airflow.logs)
    wait(lambda: "" if airflow.api.answers() else "api_server")
    airflow.api.ensure_pool(WAREHOUSE_POOL, 1, "one writer at a time")
    for command in THEN:
        airflow.processes[command[0]] = _start(command, variables, airflow.logs)
    wait(lambda: ", ".join(airflow.api.unhealthy()) or _missing_dags(airflow.api))
    watch(f"{time.monotonic() - started:5.1f} s  Airflow: ready")


def _missing_dags(api: AirflowApi) -> str:
    if broken := api.import_errors():
        raise CitypulseError(f"DAG files not readable: {', '.join(broken)}.", next_step="run `make test`.")
    return "" if "build_warehouse" in api.dag_ids() else "the DAGs"


def _prepare_database(variables: dict[str, str], logs: Path) -> None:
    """Make or upgrade Airflow's tables, once per version: looking whether they fit takes as long as making them."""
    prepared, version = logs.parent / "airflow.db.version", metadata.version("apache-airflow-core")
    if prepared.exists() and prepared.read_text() == version:
        return
    process = _start(["db", "migrate"], variables, logs)
    try:
        code = process.wait(BOOT_SECONDS)
    finally:
        _stop([process])
    if code != 0:
        raise CitypulseError("Airflow's database is not usable.", next_step=f"read {logs / 'db.log'}")
    write_file(prepared, version.encode(), "airflow.prepared")


def _start(command: list[str], variables: dict[str, str], logs: Path) -> subprocess.Popen[bytes]:
    with (logs / f"{command[0]}.log").open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "airflow", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=variables,
            cwd=variables["AIRFLOW_HOME"],
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )


def _end_with_parent() -> None:
    """Ask Linux to end the component when we are killed without a chance to do it (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """End the sessions we started: politely, then for certain."""
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + GOODBYE_SECONDS
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, deadline - time.monotonic()))
    for process in processes:
        process.kill()  # does nothing where it has ended
        for member in _session(process.pid):
            with suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)
        process.wait()


def _session(leader: int) -> set[int]:
    """What a component has started: a task has a process group of its own, but inside our session (Linux only)."""
    found: set[int] = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            *_, session = status.read_text().rpartition(")")[2].split()[:4]
            if int(session) == leader:
                found.add(int(status.parent.name))
    return found


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """A SIGTERM ends the block in good order, as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
