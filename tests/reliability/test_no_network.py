"""The place without a network is one, and its count sees whatever tries to leave it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.no_network import attempts, can_do_without, without_network

# Called past the module `socket`, as code in C or Rust does: no hook of Python sees these.
CONNECT = """
import ctypes, socket, struct
libc = ctypes.CDLL(None)
address = struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", 443, bytes([192, 0, 2, 7]))
libc.connect(libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0), address, len(address))
"""
CONNECT_6 = """
import ctypes, socket, struct
libc = ctypes.CDLL(None)
where = socket.inet_pton(socket.AF_INET6, "2001:db8::7")
address = struct.pack("=H", socket.AF_INET6) + struct.pack("!HI16sI", 443, 0, where, 0)
libc.connect(libc.socket(socket.AF_INET6, socket.SOCK_STREAM, 0), address, len(address))
"""
NAME = "import ctypes; ctypes.CDLL(None).gethostbyname(b'city.example')"
WAYS = {"a connection": CONNECT, "a connection over IPv6": CONNECT_6, "the address of a name": NAME}


def test_this_machine_can_show_a_place_without_a_network() -> None:
    assert can_do_without(), "needs `unshare --net --mount`: run as root, or allow user namespaces, in a container too"


@pytest.mark.parametrize("way", WAYS)
def test_an_attempt_to_leave_is_counted(way: str, tmp_path: Path) -> None:
    command = without_network([sys.executable, "-c", WAYS[way]], tmp_path / "counted.json")
    subprocess.run(command, capture_output=True, timeout=60, check=False)
    is_possible = "IPv6" not in way or Path("/proc/net/snmp6").exists()
    assert (sum(attempts(tmp_path / "counted.json").values()) > 0) == is_possible


def test_loopback_is_no_attempt(tmp_path: Path) -> None:
    program = (
        "import socket; server = socket.create_server(('127.0.0.1', 0)); "
        "socket.create_connection(('localhost', server.getsockname()[1]))"
    )
    command = without_network([sys.executable, "-c", program], tmp_path / "counted.json")
    assert subprocess.run(command, timeout=60, check=False).returncode == 0
    assert attempts(tmp_path / "counted.json") == {"ipv4": 0, "ipv6": 0}
