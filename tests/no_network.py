"""Runs a command where there is no network but loopback, and counts what it tries to send beyond: code of any language.

A network namespace of Linux without an interface has no road out. Whatever the command asks for, a connection, a
datagram or the address of a name, the kernel refuses and counts: `OutNoRoutes` of `/proc/net/snmp` and of `snmp6`.
Names are asked of an address that nobody has, so that they count as well where the resolver sits on loopback. A machine
that lets nobody make such a place (`unshare` of util-linux, as root or with user namespaces) proves nothing: the test
says so and fails.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

GET_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 1  # of an interface, <linux/sockios.h> and <linux/if.h>
RESOLVER = Path("/etc/resolv.conf")
NOBODY = "nameserver 192.0.2.53\noptions timeout:1 attempts:1\n"  # an address of RFC 5737


def without_network(command: list[str], counted: Path) -> list[str]:
    """The command line that runs `command` without a network and leaves what `attempts` reads in `counted`."""
    return [*_apart(), sys.executable, str(Path(__file__).resolve()), str(counted), *command]


def attempts(counted: Path) -> dict[str, int]:
    """How often the command tried to get out, over IPv4 and over IPv6."""
    found: dict[str, int] = json.loads(counted.read_text("utf-8"))
    return found


def can_do_without() -> bool:
    """Whether this machine lets us make a place without a network."""
    try:
        return subprocess.run([*_apart(), "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _apart() -> list[str]:
    """A network and mounts of one's own; who is not root becomes the root of a user namespace."""
    return ["unshare", "--net", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]


def _raise_loopback() -> None:
    """A new namespace has `lo`, but down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sh", b"lo", 0)
        (flags,) = struct.unpack_from("h", fcntl.ioctl(any_socket, GET_FLAGS, asked), 16)
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh", b"lo", flags | UP))


def _ask_nobody(folder: Path) -> None:
    if RESOLVER.exists():
        (folder / "resolv.conf").write_text(NOBODY)
        subprocess.run(["mount", "--bind", str(folder / "resolv.conf"), str(RESOLVER)], check=True)


def _refused_by_the_kernel() -> dict[str, int]:
    names, values = (line.split() for line in Path("/proc/net/snmp").read_text().splitlines() if line[:3] == "Ip:")
    newer = Path("/proc/net/snmp6")  # not there where the kernel knows no IPv6
    six = dict(line.split() for line in newer.read_text().splitlines()) if newer.exists() else {}
    return {
        "ipv4": int(dict(zip(names, values, strict=True))["OutNoRoutes"]),
        "ipv6": int(six.get("Ip6OutNoRoutes", 0)),
    }


def _run(counted: str, *command: str) -> int:
    if len(Path("/proc/net/route").read_text().splitlines()) > 1:
        raise SystemExit("there are roads out of here: run it with `unshare --net --mount`")
    _raise_loopback()
    with tempfile.TemporaryDirectory() as folder:
        _ask_nobody(Path(folder))
        before = _refused_by_the_kernel()
        code = subprocess.run(command, check=False).returncode
        after = _refused_by_the_kernel()
        Path(counted).write_text(json.dumps({name: after[name] - before[name] for name in after}), "utf-8")
        if RESOLVER.exists():
            subprocess.run(["umount", str(RESOLVER)], check=True)
    return code


if __name__ == "__main__":
    sys.exit(_run(*sys.argv[1:]))
