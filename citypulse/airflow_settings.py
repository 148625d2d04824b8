"""How Airflow is set, by environment variables only: `knobs` wherever it runs, `environment` for our own on loopback.

Our own secrets are made once and stay 0600. A server is set by the same knobs: `citypulse/airflow_server.py`.
"""

from __future__ import annotations

import json
import socket
from base64 import urlsafe_b64encode
from pathlib import Path
from secrets import token_bytes, token_urlsafe

from ingestion.durable import make_folder, write_file
from ingestion.settings import PROJECT_ROOT, Settings, child_environment

LOOPBACK = "127.0.0.1"
USUAL_PORT = 8080
CONFIG_NOTE = b"# Empty on purpose: every setting comes from the environment (citypulse/airflow_settings.py).\n"


def airflow_home(settings: Settings) -> Path:
    return settings.home / "airflow"


def password_file(settings: Settings) -> Path:
    """`{"admin": "..."}`, for the login page; owner-only."""
    return airflow_home(settings) / "passwords.json"


def knobs() -> dict[str, object]:
    """What our DAGs need of Airflow on any machine, by section and key."""
    return {
        "core.dags_folder": PROJECT_ROOT / "dags",
        "core.executor": "LocalExecutor",
        "core.load_examples": False,
        "core.dags_are_paused_at_creation": False,
        "core.default_timezone": "Asia/Shanghai",
        "api.host": LOOPBACK,
        "scheduler.mp_start_method": "forkserver",
        "scheduler.mp_forkserver_preload": "citypulse.preload",  # tasks find dbt and Great Expectations loaded
        "scheduler.scheduler_idle_sleep_time": 0.1,  # a second less from file to brief at every step
        "scheduler.orphaned_tasks_check_interval": 60,  # what a killed scheduler left is taken up within minutes,
        "scheduler.scheduler_health_check_threshold": 90,  # but a slow one must not take itself for dead
        "workers.execution_api_timeout": 60,  # a busy machine answers late, and that is no reason to fail a task
        "triggerer.shared_stream_cohort_grace_period": 2,  # all feeds listen before the first ring
    }


def variable(option: str) -> str:
    """The environment variable of an option named `section.key`."""
    return f"AIRFLOW__{option.replace('.', '__').upper()}"


def environment(settings: Settings) -> dict[str, str]:
    """Environment of every Airflow process: SQLite, LocalExecutor, loopback on a free port."""
    home = airflow_home(settings)
    secrets = _secrets(settings)
    port = _free_port()
    url = f"http://{LOOPBACK}:{port}"
    options = {
        **knobs(),
        "core.parallelism": 4,
        "core.fernet_key": secrets["fernet_key"],
        "core.simple_auth_manager_users": "admin:admin",
        "core.simple_auth_manager_passwords_file": password_file(settings),
        "core.execution_api_server_url": f"{url}/execution/",
        "database.sql_alchemy_conn": f"sqlite:///{home / 'airflow.db'}?timeout=60",  # writers wait for each other
        "api.port": port,
        "api.base_url": url,
        "api.secret_key": secrets["secret_key"],
        "api_auth.jwt_secret": secrets["jwt_secret"],
        "logging.base_log_folder": home / "logs",
    }
    airflow = {variable(option): str(value) for option, value in options.items()}
    plain = {"AIRFLOW_HOME": str(home), "NO_PROXY": LOOPBACK, "no_proxy": LOOPBACK, "NO_COLOR": "1"}
    return child_environment(settings, {**plain, **airflow})


def _secrets(settings: Settings) -> dict[str, str]:
    """Keys of this installation, made at the first start; the password has a file of its own, as Airflow wants it."""
    home = airflow_home(settings)
    make_folder(home, 0o700)
    keys = home / "secrets.json"
    if not keys.exists():
        made = {
            "fernet_key": urlsafe_b64encode(token_bytes(32)).decode(),
            "jwt_secret": token_urlsafe(64),
            "secret_key": token_urlsafe(64),
        }
        write_file(keys, json.dumps(made).encode(), "airflow.secrets", 0o600)
    if not password_file(settings).exists():
        password = json.dumps({"admin": token_urlsafe(18)}).encode()
        write_file(password_file(settings), password, "airflow.password", 0o600)
    if not (home / "airflow.cfg").exists():  # else Airflow writes one that freezes today's defaults
        write_file(home / "airflow.cfg", CONFIG_NOTE, "airflow.config", 0o600)
    found: dict[str, str] = json.loads(keys.read_text())
    return found


def _free_port() -> int:
    """The usual port where it is free, else any."""
    for port in (USUAL_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on loopback")
