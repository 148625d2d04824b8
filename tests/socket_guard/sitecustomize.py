"""Watches one interpreter for sockets beyond this machine: Python loads it by name, where its folder is on the path.

`tests/conftest.py` puts the folder on PYTHONPATH, so the processes of the tests and all that they start are watched.
Nothing is forbidden, only written down, and the session fails in the end. Code of other languages is not seen here:
that is what `tests/no_network.py` counts. Light on purpose, for it is loaded by every interpreter.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # as in `typing`, which alone would double the time an interpreter takes to start
if TYPE_CHECKING:
    from typing import Any

FOLDER = "CITYPULSE_TEST_SOCKETS"  # where the session collects what its interpreters saw
STARTED, BEYOND = "started", "beyond"  # each process has files of its own, for some may write short ones only
TO_ADDRESS = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind")
FOR_NAME = ("socket.getaddrinfo", "socket.gethostbyname")
FOR_NUMBER = ("socket.gethostbyaddr", "socket.getnameinfo")
WATCHED = frozenset((*TO_ADDRESS, *FOR_NAME, *FOR_NUMBER))
INTERNET = (2, 10)  # AF_INET, AF_INET6 of Linux
NOTHING = ("", "0.0.0.0", "::")  # who connects to it stays here, who listens on it is open to all

_folder = ""


def watch() -> None:
    """From now on, write down what this interpreter and its forks do; a second call changes nothing."""
    global _folder
    if not os.environ.get(FOLDER) or getattr(sys, "_citypulse_watched", False):
        return
    _folder = os.environ[FOLDER]  # whatever becomes of the environment later
    sys._citypulse_watched = True  # type: ignore[attr-defined]
    _append(STARTED, "")
    sys.addaudithook(_seen)


def _seen(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in WATCHED:
        return
    if event in TO_ADDRESS:
        socket, address = arguments
        if socket.family in INTERNET and address and _is_beyond(event, *address[:2]):
            _tell(event, address[0])
    elif event in FOR_NUMBER:
        host = arguments[0][0] if isinstance(arguments[0], tuple) else arguments[0]
        if not _is_here(host) and not _is_own_name(host):
            _tell(event, host)
    elif event in FOR_NAME and not (_is_here(arguments[0]) or _is_own_name(arguments[0]) or _is_number(arguments[0])):
        _tell(event, arguments[0])


def _is_beyond(event: str, host: Any, port: int) -> bool:
    """Listening on nothing in particular is open to all; a client that connects from there has asked for no port."""
    return not _is_here(host) or (event == "socket.bind" and port != 0 and _text(host) in NOTHING)


def _is_here(host: Any) -> bool:
    """Loopback, by number or by a name that means it everywhere."""
    name = _text(host).partition("%")[0].lower().removeprefix("::ffff:")
    is_number = name == "::1" or (name.startswith("127.") and name.replace(".", "").isdigit())
    return is_number or name in NOTHING or name == "localhost" or name.endswith(".localhost")


def _is_own_name(host: Any) -> bool:
    """Airflow asks for the machine it runs on, and the file of hosts answers."""
    import _socket

    return _text(host) == _socket.gethostname()


def _is_number(host: Any) -> bool:
    """An address already, which nobody has to be asked for."""
    import _socket

    for family in INTERNET:
        try:
            _socket.inet_pton(family, _text(host).partition("%")[0])
        except OSError:
            continue
        return True
    return False


def _text(host: Any) -> str:
    return "" if host is None else host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)


def _tell(event: str, host: Any) -> None:
    import traceback

    stack = "".join(traceback.format_stack(limit=14)[:-2])
    _append(BEYOND, f"{event} {_text(host)} in process {os.getpid()}: {' '.join(sys.argv[:4])}\n{stack}\n")


def _append(name: str, text: str) -> None:
    """Write it down, and never be why what is watched fails: not where the tests leave it no file or no byte."""
    try:
        target = os.open(f"{_folder}/{name}.{os.getpid()}", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError:
        return
    try:
        os.write(target, text.encode("utf-8", "replace"))
    except OSError:
        return
    finally:
        os.close(target)


def written(folder: str | os.PathLike[str], name: str) -> list[str]:
    """What the processes of a session wrote under a name, one text for each process that did."""
    from pathlib import Path

    return [path.read_text("utf-8") for path in sorted(Path(folder).glob(f"{name}.*"))]


watch()
