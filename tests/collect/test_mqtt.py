"""The MQTT collector at a real broker: what is acknowledged is in the inbox, whatever ends first."""

from __future__ import annotations

import json
import resource
import signal
from pathlib import Path

import pytest

from ingestion.errors import SourceUnavailable, WarehouseBusy
from tests.collect.mqtt_broker import IS_MOSQUITTO, Broker, Gateway, free_port, wait_for
from tests.collect.mqtt_home import ROOM, STATION, Home, end, epoch, moment, reading
from tests.feeds.contracts import change_contract
from tests.feeds.landed import set_aside

PASSWORD = "secret-of-the-broker"


def lines(home: Home) -> int:
    return sum(path.read_bytes().count(b"\n") for path in [*home.segments(), home.spool()] if path.exists())


def test_messages_become_a_sealed_segment_and_rows(home: Home, gateway: Gateway) -> None:
    home.subscribe()
    gateway.send_all([reading(n) for n in range(50)])
    gateway.send("heating/station/S1/up", json.dumps({"ts": epoch(moment(0)), "t1s": "92.5", "pump": "1"}))
    tally = home.collect(messages=51)
    assert tally.messages == {ROOM: 50, STATION: 1}
    assert tally.groups < 51, "a group is acknowledged together"
    assert not home.spool().exists()
    (receipt,) = home.land().receipts
    assert (receipt.received, receipt.landed) == (50, 50)
    assert [str(row["temperature_c"]) for row in home.rows()[:3]] == ["18.00", "18.10", "18.20"]
    home.land(STATION)
    assert [(row["station_id"], row["pump_state"]) for row in home.rows(STATION)] == [("S1", "on")]


def test_what_is_no_reading_is_counted_and_set_aside_and_the_stream_goes_on(home: Home, gateway: Gateway) -> None:
    home.subscribe()
    topic = "heating/room/P1/up"
    bad: list[bytes | str] = [b"\xff\x00", '{"t": NaN}', '{"t": -Infinity}', "[1]", '"22.0"', "", "x" * 20_000]
    bad += ['{"citypulse_dup": true}', '{"t": 1, "t": 2}', "{" * 5000, b'\xef\xbb\xbf{"t": 1}']
    gateway.send_all([(topic, payload) for payload in bad])
    future, old = {"time": "2037-01-05T08:00:00"}, {"time": "2019-01-05T08:00:00"}
    gateway.send_all([reading(1, **future), reading(1, **old), reading(1, temp="1e999"), reading(2)])
    tally = home.collect(messages=len(bad) + 4)
    flaws = {"not_json": 8, "oversized": 1, "reserved_member": 1, "doubled_member": 1}
    assert tally.flaws == flaws
    (receipt,) = home.land().receipts
    assert receipt.quarantine_rules == {**flaws, "in_the_future": 1, "too_old": 1, "not_a_number": 1}
    assert receipt.landed == 1
    assert {(column, rule) for _, column, rule in set_aside(home.settings, ROOM)} >= {(None, "oversized")}


def test_the_broker_keeps_what_comes_while_no_one_collects(home: Home, gateway: Gateway) -> None:
    home.subscribe()
    gateway.send_all([reading(1)])
    assert home.collect(messages=1).sessions_lost == 0
    gateway.send_all([reading(2)])
    home.collect(messages=1)
    assert len(home.segments()) == 2


def test_a_retained_message_and_a_repetition_land_once(home: Home, gateway: Gateway) -> None:
    gateway.send(*reading(1), retain=True)
    tally = home.collect(messages=1)
    assert tally.retained == 1
    home.land()
    home.collect(seconds=1.0)  # the broker gives it again to whoever subscribes
    gateway.send(*reading(1))
    home.collect(messages=1)
    home.land()
    assert [row["is_retained"] for row in home.rows()] == [True]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_seals_what_is_spooled(home: Home, gateway: Gateway, number: signal.Signals) -> None:
    home.subscribe()
    process = home.start()
    gateway.send_all([reading(n) for n in range(3)])
    wait_for(lambda: lines(home) == 3, "they are spooled")
    assert home.spool().exists(), "300 seconds have not passed"
    process.send_signal(number)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "messages=3" in out
    assert len(home.segments()) == 1


@pytest.mark.parametrize("seal", [{"seconds": 1}, {"messages": 2}])
def test_a_segment_is_sealed_while_the_stream_goes_on(home: Home, gateway: Gateway, seal: dict[str, int]) -> None:
    home.settings, _ = change_contract(home.settings, ROOM, messages={"topic": "heating/room/+/up", "seal": seal})
    home.environment["CITYPULSE_CITY"] = str(home.settings.city)
    home.subscribe()
    process = home.start()
    for number in (1, 2):
        gateway.send_all([reading(number, "P1", point_id="P1"), reading(number, "P2", point_id="P2")])
        wait_for(lambda wanted=number: len(home.segments()) == wanted, "it is sealed")  # type: ignore[misc]
    assert process.poll() is None
    end(process)
    assert home.land().landed_rows == 4


def test_a_segment_is_sealed_in_time_while_there_is_no_broker(home: Home, broker: Broker) -> None:
    home.settings, _ = change_contract(home.settings, ROOM, messages={"topic": "heating/+/up", "seal": {"seconds": 1}})
    home.environment["CITYPULSE_CITY"] = str(home.settings.city)
    process = home.start()
    gateway = Gateway(broker.port)
    wait_for(lambda: gateway.send("heating/P1/up", reading(1)[1]) and home.spool().exists(), "one is spooled")
    broker.kill()
    wait_for(lambda: len(home.segments()) == 1 and not home.spool().exists(), "it is sealed")
    _, log = end(process)
    assert process.returncode == 0
    assert log.count("mqtt=waiting") == 1
    gateway.close()


def test_a_killed_collector_leaves_nothing_behind(home: Home, gateway: Gateway) -> None:
    home.subscribe()
    process = home.start()
    gateway.send_all([reading(n) for n in range(20)])
    wait_for(lambda: lines(home) == 20, "they are spooled")
    process.kill()
    process.communicate()
    with home.spool().open("ab") as spool:
        spool.write(b'{"citypulse_received_at":"2026-01')  # as a kill within a write leaves it
    gateway.send_all([reading(n) for n in range(15, 30)])
    tally = home.collect(messages=10)
    assert len(tally.recovered) == 1
    home.collect(seconds=1.0)
    home.land()
    found = sorted(row["measured_at"] for row in home.rows())
    assert found == [moment(n) for n in range(30)]


def test_a_restarted_broker_is_met_again(home: Home, broker: Broker, tmp_path: Path) -> None:
    told = tmp_path / "told.log"

    def count(what: str) -> int:
        return told.read_text(encoding="utf-8").count(what)

    with told.open("w") as log:
        process = home.start(log=log)
        first = Gateway(broker.port)
        wait_for(lambda: first.send(*reading(1)) and lines(home) > 0, "the first message is spooled")
        wait_for(lambda: count("mqtt=connected") == 1, "the subscription is confirmed")
        first.close()
        broker.kill()
        broker.start()
        second = Gateway(broker.port)
        before = lines(home)
        wait_for(lambda: second.send(*reading(2)) and lines(home) > before, "the session is back")
        wait_for(lambda: count("mqtt=connected") == 2, "its subscription is confirmed, after what the session kept")
        second.close()
        end(process)
    assert process.returncode == 0
    assert (count("mqtt=lost"), count("mqtt=connected")) == (1, 2), "one line for each change"
    home.land()
    assert {row["measured_at"] for row in home.rows()} == {moment(1), moment(2)}


def test_one_home_has_one_collector(home: Home) -> None:
    process = home.start()
    lock = home.settings.locks / "collect_mqtt.lock"
    wait_for(lambda: lock.exists() and lock.read_text() == str(process.pid), "it has its lock")
    with pytest.raises(WarehouseBusy, match=str(process.pid)):
        home.collect(seconds=0.2)
    end(process)


def test_no_broker_ends_with_a_word(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYPULSE_MQTT_PORT", str(free_port()))
    with pytest.raises(SourceUnavailable, match="could not be reached"):
        home.collect(seconds=0.5)


def test_a_full_disk_ends_it_with_7_and_loses_nothing(home: Home, gateway: Gateway) -> None:
    home.subscribe()
    readings = [reading(n, note="x" * 400) for n in range(300)]
    gateway.send_all(readings)
    process = home.start("--json")
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (60_000, 60_000))
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 7
    assert "File too large" in json.loads(out)["message"]
    assert "broker keeps the rest" in json.loads(out)["message"]
    on_disk = lines(home)
    assert 0 < on_disk < 300
    if not IS_MOSQUITTO:  # amqtt forgets what was under way when a client left
        gateway.send_all(readings)
    # What is on the disk but was not acknowledged comes again, so the messages yet to come cannot be counted.
    wait_for(lambda: home.collect(seconds=1.0) and home.land() and len(home.rows()) == 300, "all came", seconds=60)
    assert sorted(row["measured_at"] for row in home.rows()) == [moment(n) for n in range(300)]


def test_no_log_shows_a_value_or_the_password(home: Home, gateway: Gateway) -> None:
    home.environment |= {"CITYPULSE_MQTT_USER": "collector", "CITYPULSE_MQTT_PASSWORD": PASSWORD}
    process = home.start()
    wait_for(lambda: gateway.send(*reading(1, note="unusual-value")) and lines(home) > 0, "it is spooled")
    command = Path(f"/proc/{process.pid}/cmdline").read_bytes()
    said = "".join(end(process))
    assert "unusual-value" not in said
    assert PASSWORD not in said + command.decode()
    assert process.returncode == 0
