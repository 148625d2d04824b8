"""Parts of one delivery that come seconds apart, each seen at a look of its own."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

import pytest

from ingestion.manifest import beside
from ingestion.settings import Settings
from tests.airflow.books import assert_balanced, is_booked, receipts_of, waiting
from tests.airflow.fleet import Fleet
from tests.airflow.sender import Sender, Sent
from tests.airflow.waiting import wait_for

pytestmark = pytest.mark.usefixtures("frozen")
FEEDS = ("mediation_case", "mediation_dispute", "capacity_service_case")
SECONDS_APART = 4.0  # longer than a file takes to settle, and several looks of the doorbell


def test_parts_of_a_delivery_are_put_together(settings: Settings, sender: Sender, landing_only: Fleet) -> None:
    """A file and a zip that grow wait for their ends; a file whose manifest follows at once is held against it."""
    grown, described = sender.prepare("mediation_case"), sender.prepare("capacity_service_case")
    packed = sender.prepare("mediation_dispute", packed=True)
    growing = Growing(settings, grown, cut_at=-20)  # within the last line
    zipping = Growing(settings, packed, cut_at=-40)  # within the directory at its end
    sender.hand_over(described, sealed=False)
    time.sleep(0.6)  # the doorbell has looked, the file has not settled
    _describe(settings, described)
    time.sleep(SECONDS_APART)
    assert not receipts_of(settings, "mediation_case", grown.booked_as), "half a file was read"
    assert not receipts_of(settings, "mediation_dispute", packed.booked_as), "half a zip was read"
    growing.finish()
    zipping.finish()
    wait_for("empty inbox", lambda: not waiting(settings, *FEEDS), 60)
    assert_balanced(settings, sender, *FEEDS)


def test_two_files_that_belong_together_come_apart(settings: Settings, sender: Sender, landing_only: Fleet) -> None:
    """The sentinel of the first comes when its file has settled and landed; the second file comes after that."""
    first = sender.deliver("mediation_case", sealed=False)
    wait_for("receipt of the first", lambda: is_booked(settings, first), 60)
    (settings.inbox / "mediation_case" / f"{first.path.name}.ok").touch()
    second = sender.deliver("mediation_case")
    wait_for("receipt of the second", lambda: is_booked(settings, second), 60)
    assert_balanced(settings, sender, *FEEDS)


def _describe(settings: Settings, sent: Sent) -> None:
    lies = settings.inbox / sent.feed / sent.path.name
    content = {"rows": sent.rows, "sha256": hashlib.sha256(lies.read_bytes()).hexdigest()}
    beside(lies).write_text(json.dumps(content))


class Growing:
    """A file that is written in two parts under its final name, by a sender that knows no better."""

    def __init__(self, settings: Settings, sent: Sent, cut_at: int) -> None:
        content = sent.path.read_bytes()
        sent.path.unlink()
        self._rest = content[cut_at:]
        self._path: Path = settings.inbox / sent.feed / sent.path.name
        self._path.write_bytes(content[:cut_at])
        assert self._rest

    def finish(self) -> None:
        with self._path.open("ab") as stream:
            stream.write(self._rest)
