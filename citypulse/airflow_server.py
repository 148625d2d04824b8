"""The environment of Airflow on a server: our knobs, PostgreSQL, and secrets that stay in files of their own."""

from __future__ import annotations

import os
from pathlib import Path

from citypulse.airflow_settings import LOOPBACK, USUAL_PORT, airflow_home, knobs, password_file, variable
from ingestion.settings import TELEMETRY_OFF, Settings

SECRETS = {
    "database.sql_alchemy_conn": "metadata_url",
    "core.fernet_key": "fernet_key",
    "api.secret_key": "secret_key",
    "api_auth.jwt_secret": "jwt_secret",
}
HEAD = """\
# Airflow and citypulse on this server; written by `citypulse airflow-env`. systemd and `set -a; . FILE` both read it.
# Secrets are not in here: Airflow reads each from its file when it needs it.
"""
CHOICES = """
# Choices: take away the `# ` of what applies, and fill in.
# CITYPULSE_CITY=/etc/citypulse/city
# CITYPULSE_MQTT_HOST=broker.example
# CITYPULSE_WAREHOUSE_QUEUE=warehouse
"""


def server_environment(settings: Settings, secrets: Path) -> str:
    """Text of an environment file for systemd; `secrets` is the folder in which the secret files lie.

    The home, key file and DAG folder are those of the command that prints it.
    """
    url = f"http://{LOOPBACK}:{USUAL_PORT}"
    ours = {
        "CITYPULSE_HOME": settings.home,
        "CITYPULSE_KEY_FILE": settings.key_file,
        "AIRFLOW_HOME": airflow_home(settings),
        "NO_PROXY": LOOPBACK,
        **TELEMETRY_OFF,
    }
    options = {
        **knobs(),
        "core.parallelism": (os.cpu_count() or 2) + 2,
        "core.execution_api_server_url": f"{url}/execution/",
        "core.simple_auth_manager_users": "admin:admin",
        "core.simple_auth_manager_passwords_file": password_file(settings),
        "api.port": USUAL_PORT,
        "api.base_url": url,
        "logging.base_log_folder": airflow_home(settings) / "logs",
    }
    read = {f"{variable(option)}_CMD": f"cat {secrets / name}" for option, name in SECRETS.items()}
    values = {**ours, **{variable(option): value for option, value in options.items()}, **read}
    return HEAD + "".join(f'{name}="{value}"\n' for name, value in values.items()) + CHOICES
