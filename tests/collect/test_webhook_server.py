"""The receiver as a process on loopback: slow senders, kills, a full disk, an end in peace, and where it listens."""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import signal
import socket
import ssl
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from citypulse.cli import app
from ingestion import durable
from ingestion.collectors.webhook.keys import Keys, make_key
from ingestion.collectors.webhook.limits import Limits
from ingestion.collectors.webhook.server import _listening, _serve, known_keys, receive_deliveries, tls_context
from ingestion.errors import CitypulseError, ContractError, WarehouseBusy
from ingestion.settings import PROJECT_ROOT, PushReceiver, Settings, push_receiver
from tests.collect.mqtt_broker import wait_for
from tests.collect.push_home import FEED, Receiver, delivery, signed
from tests.collect.test_mqtt_tls import certificate
from tests.feeds.landed import landed

LARGE = delivery(*range(3000))


@pytest.fixture
def receiver(tmp_path: Path) -> Receiver:
    return Receiver(Settings(home=tmp_path / "home", key_file=tmp_path / "key.json", memory="1GB"))


def points(receiver: Receiver) -> list[str]:
    return sorted(row["point_id"] for row in landed(receiver.settings, FEED))


def test_a_kill_in_the_middle_of_a_body_leaves_nothing_and_the_retry_lands_once(receiver: Receiver) -> None:
    running = receiver.start()
    headers = signed(receiver.key, LARGE)
    with running.half(LARGE, headers, sent=60_000):
        wait_for(lambda: len(receiver.halves) == 1, "half of it came")
        running.end(signal.SIGKILL)
    assert receiver.inbox() == []
    again = receiver.start("--for", "20", "--json")
    assert receiver.halves == [], "what the killed one left is gone"
    assert again.post(LARGE, headers).status_code == 202, "nothing had been acknowledged, so nothing is repeated"
    assert again.post(LARGE, headers).status_code == 200
    out, log = again.end()
    assert again.process.returncode == 0
    assert json.loads(out)["files"] == {FEED: 1}
    assert f"key={receiver.key.key_id} feed={FEED} bytes={len(LARGE)} status=202" in log
    assert receiver.key.secret not in out + log
    receiver.land()
    assert len(points(receiver)) == 3000


def serving(receiver: Receiver, talk: Callable[[int], Awaitable[None]]) -> None:
    """Serve in this process, for as long as someone talks to the port."""

    async def both() -> None:
        with _listening(PushReceiver(Path("unused"), port=0)) as listening:
            server = asyncio.ensure_future(_serve(receiver.intake, receiver.tally, listening, None, None))
            try:
                await asyncio.wait_for(talk(listening.getsockname()[1]), 20)
            finally:
                os.kill(os.getpid(), signal.SIGTERM)
                await server

    asyncio.run(both())


async def said_to(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """All that comes back on a connection on which these pieces were sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    reading = asyncio.ensure_future(reader.read())
    for piece in pieces:
        if reading.done():
            break
        writer.write(piece)
        await asyncio.sleep(pause)
    found = await reading
    writer.close()
    return found


async def listens(port: int) -> bool:
    try:
        (await asyncio.open_connection("127.0.0.1", port))[1].close()
    except ConnectionRefusedError:
        return False
    return True


def head(headers: dict[str, str]) -> bytes:
    lines = [f"POST /v1/feeds/{FEED} HTTP/1.1", "Host: receiver", *(f"{n}: {v}" for n, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def test_a_sender_that_dawdles_is_cut_off_before_and_within_its_body(receiver: Receiver) -> None:
    receiver.open(Limits(headers=0.4, idle=0.3))
    body = delivery(1)
    drops = [bytes([byte]) for byte in head(signed(receiver.key, body))]

    async def talk(port: int) -> None:
        silent, dripping, stuck, quick = await asyncio.gather(
            said_to(port),
            said_to(port, *drops, pause=0.05),
            said_to(port, head(signed(receiver.key, body)) + body[:20]),
            said_to(port, head(signed(receiver.key, delivery(2))) + delivery(2)),
        )
        assert silent == dripping == b""
        assert stuck.startswith(b"HTTP/1.1 408 ")
        assert b'"rule":"slow"' in stuck
        assert quick.startswith(b"HTTP/1.1 202 ")

    serving(receiver, talk)
    assert receiver.halves == []


def test_told_to_stop_it_lets_the_one_finish_and_takes_no_more(receiver: Receiver) -> None:
    async def talk(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head(signed(receiver.key, LARGE)) + LARGE[:70_000])
        while not receiver.halves:
            await asyncio.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)
        while await listens(port):
            await asyncio.sleep(0.02)
        writer.write(LARGE[70_000:])
        assert (await reader.read()).startswith(b"HTTP/1.1 202 ")
        writer.close()

    serving(receiver, talk)
    assert receiver.land().landed_rows == 3000


def test_on_a_full_disk_the_sender_is_told_and_may_come_again(receiver: Receiver) -> None:
    headers, before = signed(receiver.key, LARGE), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, before[1]))
    try:
        response = receiver.post(LARGE, headers)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (response.status_code, response.json()["rule"]) == (507, "disk_full")
    assert int(response.headers["Retry-After"]) > 0
    assert receiver.inbox() == receiver.halves == []
    assert receiver.post(LARGE, headers).status_code == 202


def test_a_sender_that_asks_first_is_told_before_it_sends(receiver: Receiver) -> None:
    body = delivery(1)
    asking = {"Expect": "100-continue"}
    receiver.open(Limits(largest=len(body)))

    async def talk(port: int) -> None:
        large = await said_to(port, head(signed(receiver.key, body + b"\n") | asking))
        assert large.startswith(b"HTTP/1.1 413 ")
        taken = await said_to(port, head(signed(receiver.key, body) | asking), body, pause=0.05)
        assert taken.startswith(b"HTTP/1.1 100 ")
        assert b"HTTP/1.1 202 " in taken
        again = await said_to(port, head(signed(receiver.key, body) | asking))
        assert again.startswith(b"HTTP/1.1 200 "), "it need not send again what has been taken"

    serving(receiver, talk)


def test_one_request_a_connection_so_no_body_is_taken_for_a_request(receiver: Receiver) -> None:
    hidden = head(signed(receiver.key, delivery(2))) + delivery(2)
    stranger = replace(receiver.key, secret="0" * 64)

    async def talk(port: int) -> None:
        found = await said_to(port, head(signed(stranger, hidden)) + hidden)
        assert found.count(b"HTTP/1.1 ") == 1
        assert found.startswith(b"HTTP/1.1 401 ")

    serving(receiver, talk)
    assert receiver.inbox() == []


def test_a_sender_that_hangs_up_leaves_nothing(receiver: Receiver) -> None:
    async def talk(port: int) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head(signed(receiver.key, LARGE)) + LARGE[:70_000])
        while not receiver.halves:
            await asyncio.sleep(0.01)
        writer.close()
        while receiver.halves:
            await asyncio.sleep(0.01)

    serving(receiver, talk)
    assert receiver.tally.refused == {"length": 1}
    assert receiver.inbox() == []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "receiver.example"])
def test_beyond_this_machine_it_wants_tls_or_a_proxy(host: str) -> None:
    plain = PushReceiver(Path("unused"), host=host)
    with pytest.raises(ContractError, match="nothing encrypts the way there"):
        tls_context(plain)
    assert tls_context(replace(plain, behind_proxy=True)) is None
    assert tls_context(replace(plain, host="127.0.0.1")) is None


def test_certificates_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("no certificate")
    with pytest.raises(ContractError, match="CITYPULSE_PUSH_CERT_FILE"):
        tls_context(PushReceiver(Path("unused"), certificate=str(tmp_path / "cert.pem")))


def test_over_tls_it_is_the_same(receiver: Receiver, tmp_path: Path) -> None:
    signing, key = certificate(tmp_path, "receiver")
    context = tls_context(PushReceiver(Path("unused"), certificate=str(signing), key=str(key)))
    body = delivery(1)

    async def both() -> bytes:
        with _listening(PushReceiver(Path("unused"), port=0)) as listening:
            server = asyncio.ensure_future(_serve(receiver.intake, receiver.tally, listening, context, 1.0))
            trusting = ssl.create_default_context(cafile=str(signing))
            reader, writer = await asyncio.open_connection(*listening.getsockname(), ssl=trusting)
            writer.write(head(signed(receiver.key, body)) + body)
            found = await reader.read()
            writer.close()
            await server
            return found

    assert asyncio.run(both()).startswith(b"HTTP/1.1 202 ")


def test_one_receiver_a_home(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYPULSE_PUSH_PORT", "0")
    with durable.exclusive(receiver.settings.locks / "collect_push.lock", "Another"), pytest.raises(WarehouseBusy):
        receive_deliveries(receiver.settings)


def test_a_port_that_is_taken_is_named_with_what_to_do(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("CITYPULSE_PUSH_PORT", str(taken.getsockname()[1]))
        with pytest.raises(ContractError, match="choose an address of this machine and a free port"):
            receive_deliveries(receiver.settings)
    for port in ("port", "70000", "-1"):
        monkeypatch.setenv("CITYPULSE_PUSH_PORT", port)
        with pytest.raises(ContractError, match="_PORT"):
            receive_deliveries(receiver.settings)


def test_keys_that_others_can_read_or_that_are_damaged_are_refused(receiver: Receiver) -> None:
    at = push_receiver(receiver.settings)
    assert os.stat(at.keys_file).st_mode & 0o777 == 0o600
    assert known_keys(receiver.settings, at).find(receiver.key.key_id) == receiver.key

    def refused() -> str:
        with pytest.raises(CitypulseError) as caught:
            known_keys(receiver.settings, at)
        assert receiver.key.secret not in str(caught.value)
        return str(caught.value)

    at.keys_file.chmod(0o640)
    assert "open to others" in refused()
    at.keys_file.chmod(0o600)
    good = at.keys_file.read_text()
    for damaged in (good[:-20], "[]", good.replace(receiver.key.secret, "short"), good.replace("-", "/../", 1)):
        durable.write_file(at.keys_file, damaged.encode(), "test", 0o600)
        assert "damaged" in refused()
    durable.write_file(at.keys_file, good.replace(f'"{FEED}"', '"no_such_feed"').encode(), "test", 0o600)
    assert "no contract" in refused()
    durable.write_file(at.keys_file, b'{"keys": {}}', "test", 0o600)
    assert "--new-key" in refused()
    at.keys_file.unlink()
    assert "--new-key" in refused()


def test_a_new_key_is_added_and_the_old_ones_stay(receiver: Receiver) -> None:
    other = make_key(receiver.settings, "hotline_city")
    known = Keys(push_receiver(receiver.settings).keys_file).all()
    assert known == {key.key_id: key for key in (receiver.key, other)}
    with pytest.raises(ContractError, match="No feed named 'nothing'"):
        make_key(receiver.settings, "nothing")


def test_the_command_shows_a_new_secret_once_and_says_what_is_missing(tmp_path: Path) -> None:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["--home", str(tmp_path / "home"), "collect", "webhook", *arguments])

    nobody = run()
    assert (nobody.exit_code, "--new-key" in nobody.stderr) == (4, True)
    assert run("--new-key", "no_such_feed").exit_code == 4
    made = json.loads(run("--new-key", FEED, "--json").stdout)
    assert made.keys() == {"key", "feed", "secret"}
    again = run("--new-key", FEED)
    assert (again.exit_code, made["secret"] in again.stdout + again.stderr) == (0, False)


def blocks(page: str, language: str) -> list[str]:
    text = (PROJECT_ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def test_the_senders_of_the_pages_work_as_they_stand_there(receiver: Receiver, tmp_path: Path) -> None:
    (program,) = blocks("push.md", "python")
    assert blocks("push.zh-CN.md", "python") == [program]
    assert blocks("push.zh-CN.md", "bash") == blocks("push.md", "bash")
    (tmp_path / "室温 0105.csv").write_bytes(delivery(1))
    (tmp_path / "push.py").write_text(program, encoding="utf-8")

    async def talk(port: int) -> None:
        said = {"PUSH_URL": f"http://127.0.0.1:{port}", "PUSH_FEED": FEED, "PUSH_KEY": receiver.key.key_id}
        command = await asyncio.create_subprocess_exec(
            *(sys.executable, "push.py", "室温 0105.csv"),
            env={**os.environ, **said, "PUSH_SECRET": receiver.key.secret},
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await command.communicate()
        assert out.startswith(b"202 ")

    serving(receiver, talk)
    assert receiver.land().landed_rows == 1


def test_the_window_is_that_of_the_clock_of_the_machine(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = signed(receiver.key, delivery(1))
    later = time.time() + 301
    monkeypatch.setattr("ingestion.collectors.webhook.signature.time.time", lambda: later)
    assert receiver.post(delivery(1), headers).status_code == 401
