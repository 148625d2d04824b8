"""What a server is given and what this project starts itself are the same Airflow."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from citypulse.airflow_processes import FIRST, THEN
from citypulse.airflow_server import SECRETS, server_environment
from citypulse.airflow_settings import environment, variable
from ingestion.settings import PROJECT_ROOT, Settings

DEPLOY = PROJECT_ROOT / "deploy"
IN_THE_LOCK = {"dev", "lineage"}  # requirements.lock holds them
APART = {"tools", "superset"}  # locks of environments of their own
OWN = {"database.sql_alchemy_conn", "core.parallelism", "api.port", "api.base_url", "core.execution_api_server_url"}


def lines(settings: Settings) -> dict[str, str]:
    text = server_environment(settings, Path("/secrets"))
    return dict(re.findall(r'^(\w+)="(.*)"$', text, re.MULTILINE))


def settings(folder: Path) -> Settings:
    return Settings(home=folder / "data", key_file=folder / "key")


def test_a_server_has_every_option_of_our_own_airflow(tmp_path: Path) -> None:
    ours = {name: value for name, value in environment(settings(tmp_path)).items() if name.startswith("AIRFLOW")}
    server = lines(settings(tmp_path))
    secret = {variable(option) for option in SECRETS}
    apart = secret | {variable(option) for option in OWN}
    assert {name: server.get(name) for name in ours.keys() - apart} == {
        name: value for name, value in ours.items() if name not in apart
    }
    assert {f"{name}_CMD" for name in secret} <= server.keys()


def test_no_secret_of_this_installation_is_printed(tmp_path: Path) -> None:
    ours = environment(settings(tmp_path))
    text = server_environment(settings(tmp_path), Path("/secrets"))
    assert not [option for option in SECRETS if ours[variable(option)] in text]


def test_the_units_start_what_we_start() -> None:
    started = re.findall(
        r"^ExecStart=/opt/citypulse/\.venv/bin/airflow (.+)$",
        "".join(unit.read_text(encoding="utf-8") for unit in sorted(DEPLOY.glob("systemd/*.service"))),
        re.MULTILINE,
    )
    assert sorted(started) == sorted(" ".join(command) for command in (*FIRST, *THEN))


def test_every_extra_has_a_lock_and_every_lock_its_packages() -> None:
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {name: wanted for name, wanted in project["optional-dependencies"].items() if name not in IN_THE_LOCK}
    assert {path.stem for path in DEPLOY.glob("locks/*.lock")} - APART == extras.keys()
    for extra, wanted in extras.items():
        locked = (DEPLOY / "locks" / f"{extra}.lock").read_text(encoding="utf-8")
        assert all(f"\n{re.split('[>=<]', name)[0]}==" in f"\n{locked}" for name in wanted), extra
        assert "://" not in locked, "a lock names no place to download from"
