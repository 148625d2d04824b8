"""Which command lines may serve Airflow's SimpleAuthManager: those that stay on loopback."""

from __future__ import annotations

import pytest

from citypulse.airflow_guard import is_loopback, objection, serves

SIMPLE = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
FAB = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"


def refused(command: str, *, manager: str = SIMPLE, host: str = "127.0.0.1", base_url: str = "") -> bool:
    argv = command.split()
    return serves(argv) and bool(objection(argv, auth_manager=manager, host=host, base_url=base_url))


@pytest.mark.parametrize(
    "options",
    [
        "--host 0.0.0.0",
        "--host=0.0.0.0",
        "--hos 0.0.0.0",
        "-H 0.0.0.0",
        "-H0.0.0.0",
        "-DH0.0.0.0",
        "-dH 192.0.2.7",
        "--port 8080 --host ::",
        "--host 127.0.0.1 --host 10.0.0.1",
        "--host city.example",
        "--host 127.0.0.1 --proxy-headers",
        "--workers 4 --proxy",
    ],
)
def test_an_exposed_server_is_refused(options: str) -> None:
    assert refused(f"airflow api-server {options}")
    assert refused(f"-m api-server {options}"), "as `python -m airflow` names itself while Airflow is imported"
    assert not refused(f"airflow api-server {options}", manager=FAB)


@pytest.mark.parametrize(
    "options", ["", "--host 127.0.0.1", "-H 127.9.9.9", "-DHlocalhost", "--host ::1", "--host 0.0.0.0 --host 127.0.0.1"]
)
def test_a_server_on_loopback_may_start(options: str) -> None:
    assert not refused(f"airflow api-server {options}")


def test_the_configured_address_counts_where_none_is_asked() -> None:
    for command in ("airflow api-server --port 9000", "airflow standalone"):
        assert refused(command, host="0.0.0.0")
        assert refused(command, host="")
        assert not refused(command, host="localhost")
    assert not refused("airflow api-server --host 127.0.0.1", host="0.0.0.0")


def test_an_address_for_others_is_a_proxy() -> None:
    assert refused("airflow api-server", base_url="https://airflow.city.example/")
    assert not refused("airflow api-server", base_url="http://127.0.0.1:8080")


@pytest.mark.parametrize(
    "command",
    [
        "uvicorn airflow.api_fastapi.main:app --host 127.0.0.1",
        "gunicorn -b 0.0.0.0 airflow.api_fastapi.main:app",
        "fastapi dev lib/airflow/api_fastapi/main.py",
    ],
)
def test_another_launcher_is_refused_whatever_it_says(command: str) -> None:
    assert refused(command)
    assert not refused(command, manager=FAB)


@pytest.mark.parametrize("command", ["airflow scheduler", "airflow", "airflow db migrate", "airflow api-server --help"])
def test_other_commands_are_let_alone(command: str) -> None:
    assert not refused(command, host="0.0.0.0")


def test_the_message_names_the_address_and_the_next_step_in_both_languages() -> None:
    said = objection(["airflow", "api-server"], auth_manager=SIMPLE, host="0.0.0.0", base_url="")
    assert said is not None
    assert "0.0.0.0" in said.text()
    assert "Next step" in said.text()
    assert "下一步" in said.text()


@pytest.mark.parametrize(
    ("host", "is_local"),
    [("127.0.0.1", True), ("127.255.0.9", True), ("::1", True), ("localhost", True)]
    + [(other, False) for other in ("", "0", "0.0.0.0", "::", "128.0.0.1", "localhost.example", "127.1", "LOCAL")],
)
def test_loopback(host: str, is_local: bool) -> None:
    assert is_loopback(host) is is_local
