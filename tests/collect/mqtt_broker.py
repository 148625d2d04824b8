"""A real broker on a free port of loopback, started and ended by the test: mosquitto where present, amqtt otherwise.

`CITYPULSE_TEST_BROKER=amqtt` takes amqtt in any case.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import paho.mqtt.client as paho

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
IS_MOSQUITTO = bool(MOSQUITTO) and os.environ.get("CITYPULSE_TEST_BROKER") != "amqtt"
CHILD = Path(__file__).with_name("amqtt_child.py")
SETTINGS = """
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_on_changes true
autosave_interval 1
max_inflight_messages 1000
max_queued_messages 0
"""


@dataclass
class Broker:
    """One broker; after a kill `start` brings it back on the same port. `secured`: certfile, keyfile, password."""

    folder: Path
    port: int = 0
    settings: str = SETTINGS
    secured: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> Broker:
        self.port = self.port or free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(self._command(), **quiet)  # type: ignore[call-overload]
        wait_for(lambda: self._answers(), "the broker listens")
        return self

    def kill(self) -> None:
        """As a power cut does it."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _command(self) -> list[str]:
        if self.secured or not IS_MOSQUITTO:
            return [sys.executable, str(CHILD), json.dumps({"port": self.port, **self.secured})]
        place = self.folder / "mosquitto.conf"
        user = "user root\n" if os.geteuid() == 0 else ""
        settings = self.settings.format(folder=self.folder)
        place.write_text(f"listener {self.port} 127.0.0.1\n{user}{settings}", encoding="utf-8")
        return [str(MOSQUITTO), "-c", str(place)]

    def _answers(self) -> bool:
        assert self.process
        assert self.process.poll() is None, "the broker ended"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Gateway:
    """A sender that knows which of its messages the broker has acknowledged."""

    def __init__(self, port: int, authority: Path | None = None, password: str = "") -> None:
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, "gateway", reconnect_on_failure=False)
        self._client.max_inflight_messages_set(200)
        if authority:
            self._client.tls_set(str(authority))
            self._client.username_pw_set("gateway", password)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def send(self, topic: str, payload: bytes | str, qos: int = 1, retain: bool = False) -> bool:
        """Whether the broker acknowledged it."""
        try:
            sent = self._client.publish(topic, payload, qos=qos, retain=retain)
            sent.wait_for_publish(5)
            return sent.is_published()
        except (RuntimeError, ValueError):
            return False

    def send_all(self, messages: Iterable[tuple[str, bytes | str]]) -> None:
        for sent in [self._client.publish(topic, payload, qos=1) for topic, payload in messages]:
            sent.wait_for_publish(20)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: object, what: str, seconds: float = 15.0) -> None:
    ends = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < ends, f"in vain: {what}"
        threading.Event().wait(0.02)
