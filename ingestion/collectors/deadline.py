"""Hold a deadline whatever the other side does: once it passes, the connection is cut under whoever waits for it."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Any

OPENED = ("connection.connect_tcp.complete", "connection.start_tls.complete")


class Deadline:
    """A timer over one connection at a time.

    A timeout of the socket counts from the last byte, so a server that drips headers, chunk sizes or 103s never meets
    it, and the client library does not come back to us in between. A TLS handshake keeps its timeout as a whole.
    """

    def __init__(self, seconds: float) -> None:
        self.has_passed = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(max(0.0, seconds), self._pass)
        self._timer.daemon = True

    def start(self) -> None:
        self._timer.start()

    def stop(self) -> None:
        self._timer.cancel()

    def watch(self, event: str, info: dict[str, Any]) -> None:
        """The `trace` of each request: it tells of a connection before anything is read from it."""
        if event in OPENED:
            with self._lock:
                self._socket = info["return_value"].get_extra_info("socket")
                if self.has_passed:
                    self._cut()

    def _pass(self) -> None:
        with self._lock:
            self.has_passed = True
            self._cut()

    def _cut(self) -> None:
        """Shut it down below TLS, and do not close it: its number could be another file's while someone still reads."""
        if self._socket is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
