"""A source system on loopback: it plays an API with its pages, its moods, and rows that come while one reads."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Row = dict[str, Any]


@dataclass
class Asked:
    """One request as it came in."""

    method: str
    path: str
    token: str | None
    parameters: dict[str, str]
    encoding: str | None = None


@dataclass
class Mood:
    """What the next request gets instead of its page."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    delay: float = 0.0
    drip: float = 0.0
    hang_up: bool = False


@dataclass
class Api:
    """The rows of the source, the form of its answers, and what happens before each request."""

    rows: list[Row] = field(default_factory=list)
    envelope: str = "counted"
    code: str = "0000"
    moods: list[Mood | None] = field(default_factory=list)
    before: Callable[[int], None] = lambda number: None
    reported: Callable[[int], int] = lambda count: count
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def page(self, number: int, size: int) -> Any:
        """One page in the envelope of this API."""
        part = self.rows[(number - 1) * size : number * size]
        total = self.reported(len(self.rows))
        forms: dict[str, Any] = {
            "counted": {
                "code": self.code,
                "result": {"pageData": {"records": part, "total": total, "size": size, "current": number}},
            },
            "flat": {"code": self.code, "data": part, "total": str(total)},
            "bare": {"code": self.code, "result": {"pageData": part}},
        }
        return forms[self.envelope]


@contextmanager
def serving(api: Api) -> Iterator[Api]:
    """Serve it on a free port of loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(api))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()


def handler(api: Api) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            self._answer("GET", address.path, dict(parse_qsl(address.query)))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer("POST", self.path, {name: str(value) for name, value in json.loads(body).items()})

        def _answer(self, method: str, path: str, parameters: dict[str, str]) -> None:
            token, encoding = self.headers.get("Authorization"), self.headers.get("Accept-Encoding")
            api.asked.append(Asked(method, path, token, parameters, encoding))
            api.before(len(api.asked))
            mood = api.moods.pop(0) if api.moods else None
            if mood is None:
                page = api.page(int(parameters["pageNumber"]), int(parameters["pageSize"]))
                mood = Mood(body=json.dumps(page, ensure_ascii=False).encode())
            self._send(mood)

        def _send(self, mood: Mood) -> None:
            time.sleep(mood.delay)
            if mood.hang_up:
                self.close_connection = True
                return
            self.send_response(mood.status)
            for name, value in {"Content-Type": "application/json", **mood.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(mood.body) if mood.length is None else mood.length))
            self.end_headers()
            try:
                self._write(mood)
            except OSError:
                self.close_connection = True  # the client has had enough

        def _write(self, mood: Mood) -> None:
            if not mood.drip:
                self.wfile.write(mood.body)
                return
            for byte in mood.body:
                self.wfile.write(bytes([byte]))
                time.sleep(mood.drip)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the tests look at `asked`."""

    return Handler
