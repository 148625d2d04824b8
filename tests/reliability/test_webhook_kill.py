"""The receiver killed before each step at the disk: no half file is seen, and the retry lands exactly once."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from ingestion.collectors.webhook.limits import Limits
from ingestion.settings import Settings
from tests.collect.push_home import FEED, Receiver, delivery, signed
from tests.feeds.landed import landed
from tests.reliability.figures import record

STEPS = ("fsync", "replace", "open", "unlink")


@pytest.fixture
def receiver(tmp_path: Path) -> Receiver:
    made = Receiver(Settings(home=tmp_path / "home", key_file=tmp_path / "key.json", memory="1GB"))
    return made.open(Limits(per_minute=100_000))


def killed_before(receiver: Receiver, step: int, body: bytes, headers: dict[str, str]) -> bool:
    """Push in a child that is killed before its n-th step; whether it was, or had come to its end."""
    child = os.fork()
    if not child:
        number = 0

        def counting(real: Any) -> Any:
            def counted(*arguments: Any, **more: Any) -> Any:
                nonlocal number
                number += 1
                if number == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*arguments, **more)

            return counted

        for name in STEPS:
            setattr(os, name, counting(getattr(os, name)))
        os._exit(receiver.post(body, headers).status_code != 202)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status) == signal.SIGKILL
    assert os.WEXITSTATUS(status) == 0
    return False


def test_killed_before_any_step_the_retry_lands_once(receiver: Receiver) -> None:
    """Steps are counted until there is one no more; half of the killed are landed before the sender tries again."""
    sent: list[int] = []
    bodies: set[bytes] = set()
    for step in range(1, 100):
        body = delivery(2 * step, 2 * step + 1)
        headers = signed(receiver.key, body)
        was_killed = killed_before(receiver, step, body, headers)
        bodies.add(body)
        assert all(path.read_bytes() in bodies for path in (receiver.settings.inbox / FEED).glob("*.csv"))
        receiver.open(receiver.limits)
        assert receiver.halves == []
        if step % 2:
            receiver.land()
        response = receiver.post(body, headers if step % 3 else signed(receiver.key, body))
        assert response.status_code in (200, 202)
        sent += [2 * step, 2 * step + 1]
        if not was_killed:
            break
    while receiver.land().deliveries:
        pass
    assert step > 15, "these are the steps: fewer would mean that they are not seen"
    assert sorted(row["point_id"] for row in landed(receiver.settings, FEED)) == sorted(f"P{n}" for n in sent)
    record("webhook.kill", kill_points=step - 1, lost=0, doubled=0, halves_seen=0)
