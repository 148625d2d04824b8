"""From landing to brief and site, nothing asks for anything beyond this machine: no telemetry, font or extension."""

from __future__ import annotations

import os

from ingestion.settings import Settings
from tests.no_network import attempts
from tests.reliability.figures import record
from tests.socket_guard import sitecustomize as sockets


def test_a_whole_run_tries_to_send_nothing_beyond_this_machine(whole_city: Settings) -> None:
    counted = whole_city.home.parent / "output.network"
    assert counted.exists(), "the city ran with a network: see test_this_machine_can_show_a_place_without_a_network"
    found = attempts(counted)
    record("sockets.whole_run", attempts_ipv4=found["ipv4"], attempts_ipv6=found["ipv6"])
    assert found == {"ipv4": 0, "ipv6": 0}


def test_no_interpreter_so_far_reached_beyond_this_machine(whole_city: Settings) -> None:
    seen = os.environ[sockets.FOLDER]
    beyond = sockets.written(seen, sockets.BEYOND)
    record("sockets", processes=len(sockets.written(seen, sockets.STARTED)), beyond_loopback=len(beyond))
    assert beyond == []
