"""A notice reaches the webhook in the form its robot reads, or is given up quietly; address and secret stay unseen."""

from __future__ import annotations

import hashlib
import json
import logging
import socket
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from citypulse import notices, notify
from ingestion.errors import (
    BuildFailed,
    ContractError,
    GateBlocked,
    IntegrityError,
    NothingToDo,
    WarehouseBusy,
    raise_refusals,
)
from ingestion.settings import Webhook

NOTICE = notices.brief_issued("daily", "2026-01-31", "r20260131-0123456789", "2026-01-31 23:50:00")
KEY = "key=0f3c-secret-key"
ROBOT_SAYS = {"wecom": {"errcode": 0, "errmsg": "ok"}, "dingtalk": {"errcode": 0, "errmsg": "ok"}, "generic": {}}


@dataclass
class Robot:
    """A webhook on loopback: answers as it is told to, one answer a request, and remembers what came."""

    answers: list[tuple[int, bytes]]
    seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    url: str = ""
    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @contextmanager
    def serving(self) -> Iterator[Robot]:
        robot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"]))
                robot.seen.append((self.path, json.loads(sent)))
                status, answer = robot.answers[min(len(robot.seen), len(robot.answers)) - 1]
                time.sleep(robot.seconds)
                self.send_response(status)
                for name, value in robot.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who asked may be gone
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_port}/robot/send?{KEY}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()


def answering(kind: str) -> Robot:
    return Robot([(200, json.dumps(ROBOT_SAYS[kind]).encode())])


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(notify, "WAIT_SECONDS", 0.01)
    caplog.set_level(logging.DEBUG)


@pytest.mark.parametrize("kind", ["wecom", "dingtalk"])
def test_a_robot_gets_a_markdown_message_of_both_languages(kind: str) -> None:
    with answering(kind).serving() as robot:
        assert notify.notify(NOTICE, Webhook(robot.url, kind))
    path, sent = robot.seen[0]
    assert parse_qs(urlsplit(path).query) == {"key": ["0f3c-secret-key"]}, "the robot's own key is kept"
    assert sent["msgtype"] == "markdown"
    text = sent["markdown"]["content" if kind == "wecom" else "text"]
    assert "日报 2026-01-31 已发布" in text
    assert "The daily brief of 2026-01-31 is out" in text
    assert "citypulse" in text, "a robot may be set to take only messages with a keyword"
    assert len(text.encode()) < 4096, "企业微信 takes no more"


def test_the_generic_body_holds_the_facts_for_machines() -> None:
    with Robot([(204, b"")]).serving() as robot:
        assert notify.notify(NOTICE, Webhook(robot.url))
    assert robot.seen[0][1] == {
        "source": "citypulse",
        "event": "brief_issued",
        "zh": NOTICE.zh,
        "en": NOTICE.en,
        "facts": {
            "kind": "daily",
            "period": "2026-01-31",
            "release_id": "r20260131-0123456789",
            "data_as_of": "2026-01-31 23:50:00",
        },
    }


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """By the definition of RFC 2104, for a key of at most one block."""
    block = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + message).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in block) + inner).digest()


def test_the_signature_follows_its_definition() -> None:
    secret = "SEC0f3c+/="
    with answering("dingtalk").serving() as robot:
        assert notify.notify(NOTICE, Webhook(robot.url, "dingtalk", secret))
    query = parse_qs(urlsplit(robot.seen[0][0]).query)
    [stamp], [sign] = query["timestamp"], query["sign"]
    assert abs(int(stamp) / 1000 - time.time()) < 60
    assert b64decode(sign) == hmac_sha256(secret.encode(), f"{stamp}\n{secret}".encode())
    assert query["key"] == ["0f3c-secret-key"]


@pytest.mark.parametrize(
    ("answers", "requests", "arrives"),
    [
        ([(500, b""), (200, b'{"errcode": 0}')], 2, True),
        ([(500, b"")], 2, False),
        ([(429, b"")], 2, False),
        ([(404, b"")], 1, False),
        ([(302, b"")], 1, False),
        ([(200, b'{"errcode": 310000}')], 1, False),
        ([(200, b"<html>a gateway</html>")], 1, False),
        ([(200, b"x" * 70_000)], 1, False),
    ],
)
def test_what_passes_is_tried_once_more_and_a_plain_no_is_not(
    answers: list[tuple[int, bytes]], requests: int, arrives: bool
) -> None:
    with Robot(answers, headers={"Location": "/elsewhere"}).serving() as robot:
        assert notify.notify(NOTICE, Webhook(robot.url, "wecom")) is arrives
    assert len(robot.seen) == requests


def test_a_slow_endpoint_is_given_up_and_the_log_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(notify, "TIMEOUT_SECONDS", 0.1)
    with Robot([(200, b"{}")], seconds=0.4).serving() as robot:
        assert not notify.notify(NOTICE, Webhook(robot.url, "wecom"))
    assert "notify=failed event=brief_issued kind=ReadTimeout" in caplog.text


def test_an_answer_that_drips_is_cut(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(notify, "TOTAL_SECONDS", 0.2)
    monkeypatch.setattr(notify, "ATTEMPTS", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
                for _ in range(100):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return
                    time.sleep(0.03)

        threading.Thread(target=drip, daemon=True).start()
        started = time.monotonic()
        assert not notify.notify(NOTICE, Webhook(f"http://127.0.0.1:{server.getsockname()[1]}/", "generic"))
    assert time.monotonic() - started < 2
    assert "kind=TotalTime" in caplog.text


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/?secret-key", "secret-key", "ftp://secret-key/"])
def test_a_wrong_address_fails_nothing(url: str, caplog: pytest.LogCaptureFixture) -> None:
    assert not notify.notify(NOTICE, Webhook(url, "wecom"))
    assert "notify=failed" in caplog.text
    assert "secret-key" not in caplog.text


def test_without_an_address_nothing_is_sent(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.delenv("CITYPULSE_WEBHOOK_URL", raising=False)
    assert not notify.notify(NOTICE)
    assert caplog.text == ""


def test_address_and_secret_show_in_no_log_and_no_repr(caplog: pytest.LogCaptureFixture) -> None:
    with answering("dingtalk").serving() as robot:
        hook = Webhook(robot.url, "dingtalk", "SEC-secret-key")
        assert notify.notify(NOTICE, hook)
    assert "notify=sent event=brief_issued" in caplog.text
    assert "secret-key" not in caplog.text + repr(hook)


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with answering("generic").serving() as robot:
        assert notify.notify(NOTICE, Webhook(robot.url))


def test_an_unknown_kind_is_said_by_name(caplog: pytest.LogCaptureFixture) -> None:
    assert not notify.notify(NOTICE, Webhook("http://127.0.0.1:1/", "fax"))
    assert "kind=unknown_webhook_kind" in caplog.text


@pytest.mark.parametrize(
    "error", [GateBlocked("a value"), BuildFailed("a value"), ContractError("a value"), KeyError("a value")]
)
def test_a_notice_of_an_error_never_quotes_it(error: Exception) -> None:
    told = notices.notice_of(error, "build_warehouse.gate")
    assert "a value" not in f"{told}"
    assert told.event in ("gate_blocked", "build_failed") or type(error).__name__ in told.zh


def test_a_command_tells_of_what_ends_it_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[notices.Notice] = []
    monkeypatch.setattr(notify, "notify", told.append)
    for error in (NothingToDo("none"), WarehouseBusy("busy"), IntegrityError("a value")):
        with pytest.raises(type(error)), notify.telling("citypulse run"):
            raise error
    with pytest.raises(ContractError), notify.telling("citypulse run"):
        raise_refusals(["a value", "another"])
    assert [notice.event for notice in told] == ["run_failed", "deliveries_refused"]
    assert told[1].facts == {"place": "citypulse run", "count": 2}
    assert "a value" not in f"{told}"
