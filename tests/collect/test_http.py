"""Pulling over HTTP: the envelopes of the field, the moods of a server, and what may never be said."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion import durable
from ingestion.collectors import pull as pulling
from ingestion.collectors.patience import retry_after
from ingestion.errors import ContractError, IntegrityError, NothingToDo, SourceRefused, SourceUnavailable, WarehouseBusy
from ingestion.land import land_feed
from ingestion.settings import http_source
from tests.collect.api import Mood
from tests.collect.conftest import FEED, TOKEN, City, event
from tests.feeds.landed import landed


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def cursor(city: City) -> dict[str, str]:
    found: dict[str, str] = json.loads((city.settings.collect / f"{FEED}.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("envelope", ["counted", "flat", "bare"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_each_envelope_of_the_field_gives_the_rows_as_the_source_wrote_them(
    city: City, envelope: str, method: str
) -> None:
    city.contract(envelope, method=method)
    city.api.rows = [event(number) for number in range(8)]
    done = city.pull()
    assert (done.rows, done.passes, done.settled, done.whole) == (8, 2, True, True)
    assert lines(city.segments[0]) == city.api.rows
    first = city.api.asked[0]
    assert (first.method, first.path, first.token) == (method.upper(), "/api/v1/gdlz/page", f"Bearer {TOKEN}")
    assert first.parameters.items() >= {"pageNumber": "1", "pageSize": "3", "kssj": "2026-01-01 00:00:00"}.items()


def test_what_was_pulled_lands_row_for_row(city: City) -> None:
    city.api.rows = [event(number) for number in range(7)] + [event(7, czlx="99")]
    city.pull()
    receipt = land_feed(city.settings, FEED).receipts[0]
    assert (receipt.status, receipt.received, receipt.landed, receipt.quarantined) == ("landed", 8, 7, 1)
    found = [(row["event_no"], row["case_no"], str(row["occurred_at"])) for row in landed(city.settings, FEED)]
    assert found == [(row["lzbh"], row["gdbh"], row["czsj"]) for row in city.api.rows[:7]]
    assert list((city.settings.inbox / FEED).iterdir()) == []


def test_nothing_new_leaves_cursor_and_inbox_alone(city: City) -> None:
    with pytest.raises(NothingToDo):
        city.pull()
    assert not city.segments
    assert not city.settings.collect.exists()
    city.api.rows = [event(1)]
    city.pull()
    before = cursor(city)
    with pytest.raises(NothingToDo):
        city.pull()
    assert cursor(city) == before
    assert len(city.segments) == 1


def test_a_list_that_is_null_is_empty_only_where_the_total_says_so(city: City) -> None:
    empty = {"code": "0000", "result": {"pageData": {"records": None, "total": 0}}}
    city.api.moods = [Mood(body=json.dumps(empty).encode())] * 2
    with pytest.raises(NothingToDo):
        city.pull()
    empty["result"]["pageData"]["total"] = 4  # type: ignore[index]
    city.api.moods = [Mood(body=json.dumps(empty).encode())]
    with pytest.raises(SourceRefused, match="is null, not a list"):
        city.pull()


def test_the_next_pull_looks_back_and_never_moves_over_a_gap(city: City) -> None:
    city.api.rows = [event(1)]
    city.pull()
    until = cursor(city)["until"]
    city.api.rows.append(event(2))
    city.pull()
    back = datetime.fromisoformat(until) - datetime.fromisoformat(city.api.asked[-1].parameters["kssj"])
    assert back.total_seconds() == 2 * 3600

    kept = cursor(city)
    city.api.rows.append(event(3))
    city.pull(since=datetime.fromisoformat(kept["until"]) - timedelta(hours=1))
    assert cursor(city) == kept, "what lies before the hour asked for is still to be read"
    city.pull(since=datetime(2025, 12, 1))
    assert city.api.asked[-1].parameters["kssj"] == "2025-12-01 00:00:00"
    assert cursor(city)["sha256"] != kept["sha256"]


@pytest.mark.parametrize(
    ("mood", "waits"),
    [
        (Mood(status=503), [0.0]),
        (Mood(status=500), [0.0]),
        (Mood(status=429, headers={"Retry-After": "7"}), [7.0]),
        (Mood(status=503, headers={"Retry-After": "soon"}), [0.0]),
        (Mood(hang_up=True), [0.0]),
        (Mood(body=b'{"code": "0000", "result"', length=500), [0.0]),
        (Mood(body=b'{"code": "0000", "result"'), [0.0]),
        (Mood(body="<html>登录</html>".encode()), [0.0]),
        (Mood(headers={"Content-Encoding": "gzip"}), [0.0]),
        (Mood(delay=0.4), [0.0]),
    ],
    ids=["503", "500", "429", "unusable_wait", "reset", "cut_body", "cut_json", "html", "gzip", "timeout"],
)
def test_what_passes_is_asked_again(city: City, mood: Mood, waits: list[float]) -> None:
    city.api.rows = [event(number) for number in range(4)]
    city.api.moods = [None, mood]
    assert city.pull(timeout=0.2).rows == 4
    assert len(city.slept) == len(waits)
    assert all(least <= slept < least + 0.1 for slept, least in zip(city.slept, waits, strict=True))


@pytest.mark.parametrize(
    ("mood", "rule", "kind"),
    [
        (Mood(status=502), "busy", SourceUnavailable),
        (Mood(hang_up=True), "truncated", SourceRefused),
        (Mood(body=b'{"code"', length=99), "truncated", SourceRefused),
        (Mood(body=b"[" * 100_000), "json", SourceRefused),
        (Mood(body=b'{"code": "\xff"}'), "json", SourceRefused),
        (Mood(delay=0.3), "timeout", SourceUnavailable),
    ],
)
def test_what_stays_broken_is_refused_with_its_rule(
    city: City, mood: Mood, rule: str, kind: type[SourceRefused]
) -> None:
    city.api.moods = [mood] * 3
    with pytest.raises(kind) as refused:
        city.pull(attempts=3, timeout=0.1)
    assert type(refused.value) is kind
    assert refused.value.rule == rule
    assert str(refused.value).startswith(f"{FEED}, page 1: the source ")
    assert "Next step" in str(refused.value)
    assert len(city.api.asked) == 3
    assert not city.segments


@pytest.mark.parametrize("status", [301, 302, 400, 401, 403, 404, 422])
def test_a_plain_no_is_not_asked_again(city: City, status: int) -> None:
    city.api.moods = [Mood(status=status, headers={"Location": "/elsewhere"})]
    with pytest.raises(SourceRefused, match=f"page 1.*HTTP {status}") as refused:
        city.pull()
    assert (refused.value.rule, refused.value.transient, len(city.api.asked)) == ("http_status", False, 1)


def test_a_wait_longer_than_our_time_is_not_begun(city: City) -> None:
    city.api.moods = [Mood(status=429, headers={"Retry-After": "86400"})]
    with pytest.raises(SourceUnavailable, match="busy"):
        city.pull()
    assert city.slept == []


def test_all_pages_together_have_an_end(city: City) -> None:
    city.api.moods = [Mood(body=b" " * 1000, drip=0.05)]
    with pytest.raises(SourceUnavailable, match="not all pages") as late:
        city.pull(total=0.2)
    assert late.value.rule == "total_time"


def test_an_answer_may_not_be_endless(city: City) -> None:
    city.api.rows = [event(1, cbdw="长" * 4000)]
    with pytest.raises(SourceRefused, match="page_size") as refused:
        city.pull(largest_answer=5000)
    assert refused.value.rule == "too_large"


def test_a_failure_with_http_200_is_a_failure(city: City) -> None:
    city.api.rows = [event(1)]
    city.api.code = "0500"
    with pytest.raises(SourceRefused, match=r"page 1: `code` does not say success") as refused:
        city.pull()
    assert refused.value.rule == "code"
    assert "0500" not in str(refused.value)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({}, "`code` cannot be reached, for the answer has no `code`"),
        ([], "`code` cannot be reached, for the answer is a list, not an object"),
        ({"code": "0000"}, "for the answer has no `result`"),
        ({"code": "0000", "result": "王某"}, "for result is a text, not an object"),
        ({"code": "0000", "result": {"pageData": []}}, "for result.pageData is a list, not an object"),
        ({"code": "0000", "result": {"pageData": {"total": "many", "records": []}}}, "`result.pageData.total` is not"),
        ({"code": "0000", "result": {"pageData": {"total": 1, "records": {"王某": 1}}}}, "is an object, not a list"),
    ],
)
def test_a_missing_level_is_named_and_its_content_is_not(city: City, answer: Any, said: str) -> None:
    city.api.moods = [Mood(body=json.dumps(answer).encode())]
    with pytest.raises(ContractError) as refused:
        city.pull()
    message = str(refused.value)
    assert said in message
    assert message.startswith(f"{FEED}, page 1: ")
    assert "collect.envelope" in message
    assert "王某" not in message


def test_the_token_is_never_shown(city: City, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    city.api.rows = [event(1)]
    city.api.moods = [Mood(status=503), None, None, Mood(status=401)]
    city.pull()
    city.api.rows.append(event(2))
    with pytest.raises(SourceRefused) as refused:
        city.pull()
    shown = [caplog.text, str(refused.value), repr(refused.value), repr(city.settings), repr(http_source("CITY_12345"))]
    assert TOKEN not in " ".join(shown)
    assert "rule=busy" in caplog.text


@pytest.mark.parametrize(
    "address", ["", "12345.example", "ftp://a", "http://", "http://u:p@a", "http://a?key=1", "http://a:port"]
)
def test_an_address_that_is_none_is_named_by_its_variable(
    city: City, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYPULSE_HTTP_CITY_12345_URL", address)
    with pytest.raises(ContractError, match="CITYPULSE_HTTP_CITY_12345_URL is not set"):
        city.pull()


def test_a_token_no_header_can_carry_is_refused_unseen(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYPULSE_HTTP_CITY_12345_TOKEN", "one\ntwo")
    with pytest.raises(ContractError, match="_TOKEN holds characters") as refused:
        city.pull()
    assert "two" not in str(refused.value)


def test_a_kill_before_the_cursor_only_repeats(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    city.api.rows = [event(number) for number in range(5)]
    with monkeypatch.context() as patch:
        patch.setattr(pulling, "write_cursor", _killed)
        with pytest.raises(KeyboardInterrupt):
            city.pull()
    assert len(city.segments) == 1
    land_feed(city.settings, FEED)
    city.api.rows.append(event(5))
    city.pull()
    receipt = land_feed(city.settings, FEED).receipts[0]
    assert (receipt.received, receipt.landed, receipt.duplicates) == (6, 1, 5)


def _killed(*anything: Any) -> None:
    raise KeyboardInterrupt


def test_a_failure_leaves_no_trace_in_the_inbox(city: City) -> None:
    city.api.rows = [event(number) for number in range(8)]
    city.api.moods = [None, None, Mood(status=404)]
    with pytest.raises(SourceRefused, match="page 3"):
        city.pull()
    assert not (city.settings.inbox / FEED).exists()
    assert not city.settings.collect.exists()


def test_what_a_killed_pull_left_is_cleared_away(city: City) -> None:
    city.api.rows = [event(1)]
    city.pull()
    folder = city.settings.inbox / FEED
    whole = set(folder.iterdir())
    for name in (".http_x.jsonl.tmp", "http_y.jsonl.manifest.json"):
        (folder / name).touch()
    with pytest.raises(NothingToDo):
        city.pull()
    assert set(folder.iterdir()) == whole


def test_two_pulls_of_one_feed_do_not_meet(city: City) -> None:
    with durable.exclusive(city.settings.locks / f"collect_{FEED}.lock", "x"), pytest.raises(WarehouseBusy):
        city.pull()


@pytest.mark.parametrize("content", ["", "[]", '{"until": "soon", "sha256": ""}'])
def test_a_damaged_cursor_is_named(city: City, content: str) -> None:
    city.settings.collect.mkdir(parents=True)
    (city.settings.collect / f"{FEED}.json").write_text(content)
    with pytest.raises(IntegrityError, match="delete it"):
        city.pull()


def test_a_cursor_in_the_future_is_named(city: City) -> None:
    city.settings.collect.mkdir(parents=True)
    (city.settings.collect / f"{FEED}.json").write_text('{"until": "2999-01-01T00:00:00", "sha256": ""}')
    with pytest.raises(IntegrityError, match="in the future"):
        city.pull()


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        (None, 0, 0),
        ("12", 12, 12),
        ("-3", 0, 0),
        ("nan", 0, 0),
        (format_datetime(datetime(2020, 1, 1)), 0, 0),
        ("Wed, 01 Jan 2120 00:00:00 GMT", 1e9, 4e9),
    ],
)
def test_a_wait_is_read_as_seconds_or_as_a_date(header: str | None, least: float, most: float) -> None:
    assert least <= retry_after(header) <= most
