"""The doorbell rings for waiting files, shares one look between all feeds, and forgets only what Airflow has stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from airflow.triggers.shared_stream import AdvanceItem, AdvanceOutcome, SharedStreamManager

from ingestion import inbox_trigger
from ingestion.inbox_trigger import FIRST_REPEAT_SECONDS, InboxProducer, InboxTrigger, Ring
from ingestion.settings import load_settings

CLEAN, FAILED = AdvanceOutcome(acked=1, failed=0), AdvanceOutcome(acked=0, failed=1)


@pytest.fixture
def producer(tmp_path: Path) -> InboxProducer:
    return InboxProducer(load_settings(tmp_path))


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """What lies in the inbox; a test changes it as it goes."""
    inbox: dict[str, int] = {}
    monkeypatch.setattr(inbox_trigger, "scan", lambda settings: dict(inbox))
    monkeypatch.setattr(inbox_trigger, "POLL_SECONDS", 0.01)
    return inbox


def feeds(rings: list[Ring]) -> list[str]:
    return [ring.feed for ring in rings]


def test_it_rings_once_for_a_feed_however_many_files_wait(producer: InboxProducer) -> None:
    assert feeds(producer.due({"a": 20, "b": 1}, now=0)) == ["a", "b"]
    assert producer.due({"a": 20, "b": 1}, now=1) == []


def test_one_more_file_rings_again_also_while_others_are_being_fetched(producer: InboxProducer) -> None:
    producer.due({"a": 3}, now=0)
    assert feeds(producer.due({"a": 4}, now=1)) == ["a"]
    assert producer.due({"a": 1}, now=2) == []
    assert feeds(producer.due({"a": 2}, now=3)) == ["a"]


def test_an_emptied_inbox_is_forgotten(producer: InboxProducer) -> None:
    producer.due({"a": 1}, now=0)
    assert producer.due({}, now=1) == []
    assert feeds(producer.due({"a": 1}, now=2)) == ["a"]


def test_files_nobody_fetches_are_rung_for_again_ever_more_patiently(producer: InboxProducer) -> None:
    moments = [now for now in range(1000) if producer.due({"a": 1}, now)]
    first = int(FIRST_REPEAT_SECONDS)
    assert moments[:4] == [0, first, 3 * first, 7 * first]


def test_a_ring_that_airflow_could_not_store_is_rung_again_at_once(producer: InboxProducer) -> None:
    a, b = producer.due({"a": 1, "b": 1}, now=0)
    asyncio.run(producer.advance([AdvanceItem(a, CLEAN), AdvanceItem(b, FAILED)]))
    assert feeds(producer.due({"a": 1, "b": 1}, now=1)) == ["b"]


def test_a_late_refusal_of_an_old_ring_does_not_undo_a_newer_one(producer: InboxProducer) -> None:
    (old,) = producer.due({"a": 1}, now=0)
    producer.due({"a": 2}, now=1)
    asyncio.run(producer.advance([AdvanceItem(old, FAILED)]))
    assert producer.due({"a": 2}, now=2) == []


def test_a_trigger_hears_only_its_own_feed() -> None:
    async def rings() -> AsyncIterator[Ring]:
        for feed in ("a", "b", "a"):
            yield Ring(feed, 1, 1.0, 1.0)

    async def heard() -> list[Any]:
        return [event.payload async for event in InboxTrigger("a").filter_shared_stream(rings())]

    assert asyncio.run(heard()) == [{"feed": "a", "waiting": 1}] * 2


def test_all_feeds_of_an_inbox_share_one_look_and_a_trigger_survives_its_serialisation() -> None:
    path, arguments = InboxTrigger("a").serialize()
    assert (path, arguments) == ("ingestion.inbox_trigger.InboxTrigger", {"feed": "a"})
    assert InboxTrigger("a").shared_stream_key() == InboxTrigger("b").shared_stream_key()


def test_an_unreadable_inbox_does_not_end_the_doorbell(
    producer: InboxProducer, waiting: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([OSError("vanished"), {"a": 1}])

    def scan(settings: object) -> dict[str, int]:
        look = next(looks)
        if isinstance(look, OSError):
            raise look
        return look

    monkeypatch.setattr(inbox_trigger, "scan", scan)

    async def first() -> Ring:
        async for ring, _ in producer.open_stream():
            return ring
        raise AssertionError("the stream ended")

    assert asyncio.run(asyncio.wait_for(first(), 5)).feed == "a"


def test_under_airflows_own_manager_a_ring_counts_only_when_it_is_stored(waiting: dict[str, int]) -> None:
    waiting["a"] = 1

    async def story() -> tuple[Any, dict[str, Ring]]:
        manager, trigger, key = SharedStreamManager(), InboxTrigger("a"), "inbox"
        stream = trigger.filter_shared_stream(manager.subscribe(trigger_id=1, trigger=trigger, key=key))
        event = await asyncio.wait_for(anext(stream), 5)
        sequence = manager.bind_pending_event(trigger_id=1, key=key)
        assert sequence is not None, "the trigger is not in ack mode"
        following = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0.05)
        manager.confirm_persisted([sequence])
        waiting["a"] = 2
        second = await asyncio.wait_for(following, 5)
        await manager.unsubscribe(1, key)
        return event.payload, second.payload

    assert asyncio.run(story()) == ({"feed": "a", "waiting": 1}, {"feed": "a", "waiting": 2})
