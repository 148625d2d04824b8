"""The watch over sockets sees what leaves this machine, and lets alone what stays on it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.socket_guard import sitecustomize as sockets

# Each reaches beyond this machine without sending anything: UDP connects in the kernel alone, and a name that must be a
# number is refused before anyone is asked.
BEYOND = {
    "an address": "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.7', 9))",
    "a name": "import socket; socket.getaddrinfo('city.invalid', 80, flags=socket.AI_NUMERICHOST)",
    "a port open to all": "import socket; socket.socket().bind(('0.0.0.0', 47999))",
    "the name of an address": "import socket; socket.getnameinfo(('192.0.2.7', 9), socket.NI_NUMERICHOST)",
    "a name in asyncio": (
        "import asyncio, socket\n"
        "loop = asyncio.new_event_loop()\n"
        "loop.run_until_complete(loop.getaddrinfo('city.invalid', 80, flags=socket.AI_NUMERICHOST))"
    ),
    "a fork": (
        "import os, socket\n"
        "if os.fork(): os.wait()\n"
        "else: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.7', 9))"
    ),
    "a grandchild": (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', "
        "\"import socket; socket.getaddrinfo('city.invalid', 80, flags=socket.AI_NUMERICHOST)\"])"
    ),
}
HERE = """
import os, socket
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname()).close()
    socket.create_connection(("localhost", server.getsockname()[1]), source_address=("", 0)).close()
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
    datagrams.sendto(b"", ("127.9.9.9", 9))
left, right = socket.socketpair()
left.sendmsg([b"x"])
socket.getaddrinfo(None, 80)
socket.getaddrinfo("192.0.2.7", 80)
"""


def seen(program: str, folder: Path) -> str:
    """What a program's interpreter and those that it starts write down."""
    environment = {**os.environ, sockets.FOLDER: str(folder)}
    subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, timeout=60, check=False)
    assert sockets.written(folder, sockets.STARTED), "the interpreter was not watched"
    return "".join(sockets.written(folder, sockets.BEYOND))


@pytest.mark.parametrize("way", BEYOND)
def test_what_reaches_beyond_this_machine_is_seen(way: str, tmp_path: Path) -> None:
    (where,) = [host for host in ("city.invalid", "192.0.2.7", "0.0.0.0") if host in BEYOND[way]]
    assert where in seen(BEYOND[way], tmp_path)


def test_what_stays_on_this_machine_is_let_alone(tmp_path: Path) -> None:
    assert seen(HERE, tmp_path) == ""


def test_this_session_is_watched() -> None:
    assert Path(os.environ[sockets.FOLDER], f"{sockets.STARTED}.{os.getpid()}").exists()


def test_the_watch_harms_nobody_who_may_write_no_file(tmp_path: Path) -> None:
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); {BEYOND['an address']}; print('on')"
    environment = {**os.environ, sockets.FOLDER: str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", limited], env=environment, capture_output=True, timeout=60, check=True)
    assert done.stdout == b"on\n"


def test_a_session_fails_when_a_worker_of_it_reached_beyond(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(f"def test_passes():\n    {BEYOND['an address']}\n")
    kept = {name: value for name, value in os.environ.items() if name != sockets.FOLDER}
    environment = {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "xdist", "-p", "tests.conftest", "-n", "1", str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    assert b"1 passed" in done.stdout
    assert b"192.0.2.7" in done.stdout
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
