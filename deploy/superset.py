"""`make superset`: Apache Superset on loopback, in an environment of its own, with our dashboard over the served file.

`python -m deploy.superset --home HOME` makes Superset ready where anything of it has changed, then becomes its server
(gunicorn), which ends with Ctrl-C. What Superset keeps lies in the state folder, beside its environment. Dashboard,
charts and datasets are files in docs/bi/superset: edit them there, not in the browser, where the next start would
replace them.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from secrets import token_urlsafe
from typing import NoReturn

from ingestion.durable import make_folder, write_file
from ingestion.errors import CitypulseError, NothingToDo, WarehouseBusy
from ingestion.settings import PROJECT_ROOT, Settings, child_environment, load_settings

LOOPBACK = "127.0.0.1"
USUAL_PORT = 8088
PLACE = PROJECT_ROOT / ".superset"
PYTHON = PLACE / "venv" / "bin" / "python"
STATE = PLACE / "state"
FILES = PROJECT_ROOT / "docs" / "bi" / "superset"
LOCK = PROJECT_ROOT / "deploy" / "locks" / "superset.lock"


def served_file(settings: Settings) -> Path:
    """The file that BI tools read. NothingToDo where nothing has been released yet."""
    served = settings.serving / "governance.duckdb"
    if not served.exists():
        raise NothingToDo(
            f"{settings.home} has no release yet: {served} is not there.",
            next_step="`make demo` makes a city and releases it; HOME_DIR=... names another home",
        )
    return served


def environment(settings: Settings, state: Path) -> dict[str, str]:
    """What Superset's processes are told: where their settings and their state are, and nothing of Airflow's."""
    config = {"SUPERSET_HOME": str(state), "SUPERSET_CONFIG_PATH": str(FILES / "superset_config.py")}
    return child_environment(settings, {**config, "PYTHONWARNINGS": "ignore", "SQLALCHEMY_SILENCE_UBER_WARNING": "1"})


def prepare(settings: Settings, state: Path) -> None:
    """Tables, roles, account and dashboard, unless they are those of these very files already.

    Writes the key that signs sessions and the password of `admin` once, for the owner alone. CitypulseError where
    Superset cannot be made ready; its own words stand in `prepare.log`.
    """
    served, done, log = served_file(settings), state / "prepared", state / "prepare.log"
    sum_ = _sum_of(served)
    if done.exists() and done.read_text("ascii") == sum_:
        return
    print("Superset: making it ready (half a minute the first time) ...", flush=True)
    make_folder(state, mode=0o700)
    for name in ("secret_key", "admin_password"):
        if not (state / name).exists():
            write_file(state / name, token_urlsafe(32).encode("ascii"), "superset.secret", mode=0o600)
    command = [PYTHON, FILES / "prepare.py", FILES / "assets", served]
    with log.open("wb") as output:
        code = subprocess.run(command, stdout=output, stderr=output, env=environment(settings, state)).returncode
    if code != 0:
        raise CitypulseError("Superset could not be made ready.", next_step=f"read the end of {log}")
    write_file(done, sum_.encode("ascii"), "superset.prepared")


def _sum_of(served: Path) -> str:
    """Stands for everything that `prepare` puts into Superset's own database."""
    total = hashlib.sha256(str(served).encode())
    for path in [LOCK, *sorted(path for path in FILES.rglob("*") if path.suffix in {".py", ".yaml"})]:
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def check_free(port: int) -> None:
    """WarehouseBusy where something listens on that port already."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((LOOPBACK, port))
        except OSError as error:
            raise WarehouseBusy(f"Port {port} is taken.", next_step="name another one with PORT=...") from error


def words(state: Path) -> Iterator[str]:
    """What a person needs to log in."""
    yield f"Superset: log in as admin; the password stands in {state / 'admin_password'}"
    yield "Superset: starting; Ctrl-C ends it"


def serve(settings: Settings, state: Path, port: int) -> NoReturn:
    """Become the server. It prints the dashboard's address once it answers."""
    config = str(FILES / "gunicorn.conf.py")
    command = [str(PYTHON), "-m", "gunicorn", "--config", config, "--bind", f"{LOOPBACK}:{port}"]
    os.execve(command[0], command, environment(settings, state))


def main(arguments: list[str]) -> int:
    asked = argparse.ArgumentParser(prog="python -m deploy.superset", description=__doc__.partition("\n")[0])
    asked.add_argument("--home", type=Path, help="the citypulse home whose release is shown")
    asked.add_argument("--state", type=Path, default=STATE, help="where Superset keeps its own database")
    asked.add_argument("--port", type=int, default=USUAL_PORT)
    given = asked.parse_args(arguments)
    settings, state = load_settings(given.home), given.state.resolve()
    try:
        check_free(given.port)
        prepare(settings, state)
    except CitypulseError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(*words(state), sep="\n", flush=True)
    serve(settings, state, given.port)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
