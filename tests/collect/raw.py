"""A server on loopback that says what no HTTP library would: bytes as they are given, for as long as one listens."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

Script = Callable[[], Iterable[bytes]]


@contextmanager
def saying(script: Script, pause: float) -> Iterator[str]:
    """The address of a server that answers each request with the pieces of a script, one every `pause` seconds."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler(script, pause))
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def handler(script: Script, pause: float) -> type[socketserver.BaseRequestHandler]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            try:
                for piece in script():
                    self.request.sendall(piece)
                    time.sleep(pause)
            except OSError:
                return  # the client has had enough

    return Handler


def chunk(piece: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(piece), piece)
