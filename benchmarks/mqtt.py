"""The MQTT collector at 5,000 messages a second: publisher -> broker -> collector, each a process of its own.

Prints the rate that was held, what was lost or doubled (both must be 0), and the delay from publishing to the fsync of
the spool, beside a floor from the same run: a bare subscriber that only counts. Then the speed at which a backlog
drains. Example: python benchmarks/mqtt.py --rate 5000 --seconds 30
"""

from __future__ import annotations

import argparse
import json
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ingestion.contract import load_contracts  # noqa: E402
from ingestion.settings import Settings, expose, load_settings  # noqa: E402
from tests.collect.mqtt_broker import IS_MOSQUITTO, Broker  # noqa: E402

# What docs/mqtt.md asks of a broker: sessions on disk, a window wide enough for a group, a backlog without an end.
SETTINGS = """
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 60
max_inflight_messages 2000
max_queued_messages 0
"""
FEED = "heating_room_message"
POINTS = 20_000
TICK = 0.005


def publish(port: int, rate: int, count: int) -> None:
    """QoS 1 by hand, for a client library would cost more than the collector: packets out, acknowledgements counted."""
    link = socket.create_connection(("127.0.0.1", port))
    link.sendall(b"\x10\x12\x00\x04MQTT\x04\x02\x00\x00\x00\x06sender")
    link.recv(4)
    begun, sent, acknowledged = time.time(), 0, 0
    while acknowledged < count:
        due = min(count, int((time.time() - begun) * rate) + 1) if rate else min(count, acknowledged + 2000)
        if due > sent:
            link.sendall(b"".join(packet(number) for number in range(sent, due)))
            sent = due
        link.settimeout(TICK)
        try:
            acknowledged += len(link.recv(1 << 20)) // 4
        except TimeoutError:
            continue
        time.sleep(0 if sent == count else TICK)
    print(json.dumps({"sent": sent, "seconds": time.time() - begun, "cpu": cpu_seconds()}))


def packet(number: int) -> bytes:
    topic = f"heating/room/P{number % POINTS:05d}/up".encode()
    said = {"ts": int(time.time() * 1000), "temp": 21.5, "hum": 41, "bat": 3.61, "rssi": -71, "seq": number}
    payload = json.dumps(said | {"sent": time.time()}).encode()
    body = struct.pack(">H", len(topic)) + topic + struct.pack(">H", number % 65_535 + 1) + payload
    return b"\x32" + bytes([len(body) % 128 | 128, len(body) // 128]) + body


def count_only(port: int, expected: int) -> None:
    """The floor: paho receives, acknowledges at once, and only notes the delay."""
    import paho.mqtt.client as paho

    delays: list[float] = []

    def note(client: Any, data: Any, message: paho.MQTTMessage) -> None:
        delays.append(time.time() - float(message.payload.rsplit(b" ", 1)[1][:-1]))

    client = paho.Client(paho.CallbackAPIVersion.VERSION2, "floor", clean_session=True)
    client.on_message = note
    client.on_connect = lambda *arguments: client.subscribe("heating/room/+/up", 1)
    client.on_subscribe = lambda *arguments: print("ready", flush=True)
    client.connect("127.0.0.1", port)
    while len(delays) < expected:
        client.loop(0.2)
    print(json.dumps({"messages": len(delays), "cpu": cpu_seconds(), **quantiles(delays)}))


def collect(home: str, expected: int) -> None:
    """The collector itself, noting when each group was on disk."""
    from ingestion.collectors.mqtt import collector, intake

    groups: list[tuple[float, int]] = []

    class Timed(intake.Intake):
        def write(self) -> None:
            size = len(self.group)
            super().write()
            groups.append((time.time(), size))

    settings = Settings(home=Path(home), key_file=Path(home) / "key.json")
    contracts = [contract for contract in load_contracts(load_settings()).values() if contract.messages]
    import asyncio

    collector.Intake = Timed  # type: ignore[misc]
    made = collector.Collector(settings, contracts, collector.Until(None, expected or None), collector.Rhythm())
    tally = asyncio.run(made.run())
    print(json.dumps({"groups": groups, "cpu": cpu_seconds(), "count": tally.messages.total()}))


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def quantiles(delays: list[float]) -> dict[str, float]:
    ordered = sorted(delays)
    shares = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99, "max_ms": 1.0}
    return {name: round(1000 * ordered[min(len(ordered) - 1, int(len(ordered) * s))], 1) for name, s in shares.items()}


class Bench:
    """One broker, and the processes around it."""

    def __init__(self, folder: Path, rate: int, seconds: int) -> None:
        self.folder, self.rate, self.count = folder, rate, rate * seconds
        self.broker = Broker(folder / "broker", settings=SETTINGS).start()
        self.home = folder / "home"
        expose(CITYPULSE_MQTT_HOST="127.0.0.1", CITYPULSE_MQTT_PORT=str(self.broker.port))

    def child(self, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, __file__, *map(str, arguments)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def said(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        out, _ = process.communicate(timeout=600)
        assert process.returncode == 0
        found: dict[str, Any] = json.loads(out.splitlines()[-1])
        return found

    def floor(self) -> None:
        counter = self.child("--count-only", self.broker.port, self.count)
        assert counter.stdout
        assert counter.stdout.readline() == "ready\n"
        sent, seen = self.said(self.child("--publish", self.broker.port, self.rate, self.count)), self.said(counter)
        show("floor: bare subscriber", sent, seen, self.count)

    def sustained(self) -> None:
        self.open_session()
        collector = self.child("--collect", self.home, self.count)
        sent, seen = self.said(self.child("--publish", self.broker.port, self.rate, self.count)), self.said(collector)
        numbers, moments = self.lines()
        when = [moment for moment, size in seen.pop("groups") for _ in range(size)]
        delays = [there - begun for begun, there in zip(moments, when, strict=True)]
        lost, doubled = self.count - len(set(numbers)), len(numbers) - len(set(numbers))
        show("collector: publish to fsync", sent, seen | quantiles(delays), self.count)
        print(f"{'':<30} lost {lost}, doubled {doubled}")
        assert (lost, doubled) == (0, 0)

    def backlog(self) -> None:
        for path in (self.home / "inbox" / FEED).iterdir():
            path.unlink()
        self.said(self.child("--publish", self.broker.port, 0, self.count))
        begun = time.monotonic()
        seen = self.said(self.child("--collect", self.home, self.count))
        rate = self.count / (time.monotonic() - begun)
        numbers, _ = self.lines()
        print(f"{'backlog drained at':<30} {rate:,.0f} messages/s, the start of the process included; ", end="")
        print(f"lost {self.count - len(set(numbers))}, groups of {self.count // len(seen['groups'])} on average")
        assert len(set(numbers)) == self.count

    def open_session(self) -> None:
        """The broker keeps messages for the collector only once it has seen it."""
        collector = self.child("--collect", self.home, 0)
        time.sleep(3)
        collector.send_signal(signal.SIGTERM)
        collector.communicate(timeout=20)

    def lines(self) -> tuple[list[int], list[float]]:
        paths = sorted((self.home / "inbox" / FEED).glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns)
        found = [json.loads(line) for path in paths for line in path.read_bytes().splitlines()]
        return [said["seq"] for said in found], [said["sent"] for said in found]


def show(title: str, sent: dict[str, Any], seen: dict[str, Any], count: int) -> None:
    delays = ", ".join(f"{name[:-3]} {seen[name]} ms" for name in ("p50_ms", "p95_ms", "p99_ms", "max_ms"))
    cpu = f"{1e6 * seen['cpu'] / count:.0f} microseconds of CPU a message"
    print(f"{title:<30} {sent['sent'] / sent['seconds']:,.0f} messages/s held; {delays}; {cpu}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=5000)
    parser.add_argument("--seconds", type=int, default=30)
    children = {"--publish": publish, "--count-only": count_only, "--collect": collect}
    if len(sys.argv) > 1 and sys.argv[1] in children:
        children[sys.argv[1]](*(int(word) if word.isdigit() else word for word in sys.argv[2:]))  # type: ignore[operator]
        return
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), said.rate, said.seconds)
        print(f"{said.rate:,} messages/s for {said.seconds} s through {'mosquitto' if IS_MOSQUITTO else 'amqtt'}")
        try:
            bench.floor()
            bench.sustained()
            bench.backlog()
        finally:
            bench.broker.kill()


if __name__ == "__main__":
    main()
