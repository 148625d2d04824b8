"""What one pull may cost: its time, its memory and its rows have an end, whatever the server does."""

from __future__ import annotations

import gzip
import itertools
import json
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterable
from typing import Any

import pytest

from ingestion.collectors.client import parse
from ingestion.collectors.deadline import Deadline
from ingestion.collectors.patience import Passing
from ingestion.errors import SourceRefused, SourceUnavailable
from ingestion.land import land_feed
from tests.collect.api import Mood
from tests.collect.conftest import FEED, City, event
from tests.collect.raw import Script, chunk, saying
from tests.collect.test_run import collect
from tests.feeds.landed import landed

START = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = START + b"Transfer-Encoding: chunked\r\n"
GZIPPED = CHUNKED + b"Content-Encoding: gzip\r\n\r\n"
NAMED = b"\x1f\x8b\x08\x08\0\0\0\0\0\xff"  # a gzip whose file name follows, and ends with a zero
EMPTY = json.dumps({"code": "0000", "result": {"pageData": {"records": [], "total": 0}}}).encode()


def on(start: bytes, piece: bytes) -> Script:
    """A start, and then the same piece for ever."""

    def script() -> Iterable[bytes]:
        return itertools.chain([start], itertools.repeat(piece))

    return script


def refusal(
    city: City, script: Script, pause: float, monkeypatch: pytest.MonkeyPatch, **patience: Any
) -> SourceRefused:
    with saying(script, pause) as url:
        monkeypatch.setenv("CITYPULSE_HTTP_CITY_12345_URL", url)
        with pytest.raises(SourceRefused) as refused:
            city.pull(**patience)
    assert not city.segments
    return refused.value


@pytest.mark.parametrize(
    "script",
    [
        on(b"", b"H"),
        on(START, b"X"),
        on(START, b"X: y\r\n"),
        on(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        on(CHUNKED + b"\r\n", b"1"),
        on(CHUNKED + b"\r\n5;", b"x"),
        on(CHUNKED + b"\r\n" + chunk(EMPTY), chunk(b" ")),
        on(CHUNKED + b"\r\n" + chunk(EMPTY) + b"0\r\n", b"X: y\r\n"),
        on(START + b"Connection: close\r\n\r\n" + EMPTY, b" "),
        on(GZIPPED + chunk(NAMED), chunk(b"n")),
    ],
    ids=["status", "header", "headers", "103", "size", "extension", "chunks", "trailers", "until_close", "gzip_name"],
)
def test_a_drip_ends_with_our_time(city: City, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    refused = refusal(city, script, 0.02, monkeypatch, total=0.3)
    assert (refused.rule, type(refused)) == ("total_time", SourceUnavailable)
    assert 0.3 <= time.monotonic() - began < 5


def test_a_flood_without_an_answer_ends_with_our_time(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    hints = b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000
    assert refusal(city, on(b"", hints), 0, monkeypatch, total=0.3).rule == "total_time"
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("start", "piece", "rule"),
    [
        (GZIPPED + chunk(gzip.compress(EMPTY)), chunk(b"\0" * 1000), "content_encoding"),
        (GZIPPED + chunk(gzip.compress(EMPTY)), chunk(gzip.compress(b"")), "content_encoding"),
        (GZIPPED + chunk(NAMED), chunk(b"n" * 1000), "too_large"),
        (GZIPPED + chunk(NAMED + b"\0"), chunk(b"\0\0\0\xff\xff" * 1000), "too_large"),  # blocks that hold nothing
        (CHUNKED + b"\r\n" + chunk(EMPTY), chunk(b" " * 1000), "too_large"),
        (START, b"X: " + b"y" * 1000 + b"\r\n", "truncated"),
    ],
    ids=["after_gzip", "after_gzip_gzip", "gzip_name", "gzip_of_nothing", "plain", "headers"],
)
def test_a_flood_ends_with_our_size(
    city: City, start: bytes, piece: bytes, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()
    assert refusal(city, on(start, piece), 0, monkeypatch, largest_answer=100_000).rule == rule
    assert time.monotonic() - began < 5


def test_no_timer_outlives_its_pull(city: City) -> None:
    city.api.rows = [event(1)]
    city.pull()
    timers = [one for one in threading.enumerate() if isinstance(one, threading.Timer)]
    assert all(timer.finished.is_set() for timer in timers)


def test_a_connection_opened_after_the_deadline_is_cut_at_once(city: City) -> None:
    class Stream:
        def get_extra_info(self, name: str) -> Any:
            return ours

    ours, theirs = socket.socketpair()
    deadline = Deadline(0)
    deadline.start()
    while not deadline.has_passed:
        time.sleep(0.001)
    deadline.watch("connection.connect_tcp.complete", {"return_value": Stream()})
    assert theirs.recv(1) == b""
    ours.close()
    theirs.close()


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZip", "identity"])
def test_gzip_is_asked_for_and_read(city: City, encoding: str) -> None:
    city.api.rows = [event(number) for number in range(2)]
    page = json.dumps(city.api.page(1, 3)).encode()
    body = page if encoding == "identity" else gzip.compress(page)
    city.api.moods = [Mood(body=body, headers={"Content-Encoding": encoding})] * 2
    assert city.pull().rows == 2
    assert {one.encoding for one in city.api.asked} == {"gzip"}


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "gzip, identity", "compress"])
def test_any_other_packing_is_refused_unread(city: City, encoding: str) -> None:
    city.api.moods = [Mood(body=b"anything", headers={"Content-Encoding": encoding})]
    with pytest.raises(SourceRefused, match=f"{FEED}, page 1: .*single gzip.* Next step: ") as refused:
        city.pull()
    assert (refused.value.rule, len(city.api.asked)) == ("content_encoding", 1)


@pytest.mark.parametrize("body", [gzip.compress(EMPTY)[:-1], b"", zlib.compress(EMPTY)], ids=["cut", "empty", "zlib"])
def test_a_broken_gzip_may_be_whole_next_time(city: City, body: bytes) -> None:
    city.api.rows = [event(1)]
    city.api.moods = [Mood(body=body, headers={"Content-Encoding": "gzip"})]
    assert city.pull().rows == 1
    assert len(city.slept) == 1


def test_a_bomb_is_refused_before_it_fills_the_memory(city: City) -> None:
    bomb = gzip.compress(b" " * (200 << 20))
    city.api.moods = [Mood(body=bomb, headers={"Content-Encoding": "gzip"})]
    tracemalloc.start()
    try:
        with pytest.raises(SourceRefused, match="larger than 1000000 bytes") as refused:
            city.pull(largest_answer=1_000_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert refused.value.rule == "too_large"
    assert peak < 10 << 20


@pytest.mark.parametrize(("limit", "named"), [({"most_rows": 50}, "50 rows"), ({"largest_pull": 9000}, "9000 bytes")])
@pytest.mark.parametrize("envelope", ["counted", "bare"])
def test_pages_that_never_end_are_refused(city: City, limit: dict[str, int], named: str, envelope: str) -> None:
    city.contract(envelope)
    city.api.before = lambda number: city.api.rows.extend(event(number * 9 + more) for more in range(9))
    with pytest.raises(SourceRefused, match=rf"more than {named}.*--since.*`{next(iter(limit))}`") as refused:
        city.pull(**limit)
    assert (refused.value.rule, refused.value.transient) == ("pull_too_large", False)
    assert len(city.api.asked) < 30
    assert not city.segments
    assert not city.settings.collect.exists()


def test_a_pull_may_take_in_all_that_it_is_allowed(city: City) -> None:
    city.api.rows = [event(number) for number in range(8)]
    assert city.pull(most_rows=16).rows == 8
    with pytest.raises(SourceRefused, match="more than 15 rows"):
        city.pull(most_rows=15)


@pytest.mark.parametrize("literal", ["1e99999999999999999999", "-1e-99999999999999999999", "0e99999999999999999999"])
def test_a_number_beyond_all_measure_stays_as_it_was_written(city: City, literal: str) -> None:
    city.api.rows = [event(1, yqts="@"), event(2)]
    page = json.dumps(city.api.page(1, 3)).replace('"@"', literal).encode()
    city.api.moods = [Mood(body=page)] * 2
    done = collect(city, "--json")
    assert (done.exit_code, json.loads(done.stdout)["pulled"][0]["rows"]) == (0, 2), done.output
    assert json.loads(city.segments[0].read_text(encoding="utf-8").splitlines()[0])["yqts"] == literal
    land_feed(city.settings, FEED)
    assert "L000002" in [row["event_no"] for row in landed(city.settings, FEED)]


@pytest.mark.parametrize("place", ["code", "total"])
def test_such_a_number_in_the_envelope_is_a_refusal(city: City, place: str) -> None:
    answer = {"code": "0000", "result": {"pageData": {"records": [], "total": 0}}}
    (answer if place == "code" else answer["result"]["pageData"])[place] = "@"  # type: ignore[index]
    city.api.moods = [Mood(body=json.dumps(answer).replace('"@"', "1e99999999999999999999").encode())]
    done = collect(city, "--json")
    assert done.exit_code == 4
    assert f"{place}` " in json.loads(done.stdout)["failures"][0]


@pytest.mark.parametrize("charset", ["punycode", "idna", "zlib", "nothing"])
def test_a_charset_that_is_none_is_no_json(charset: str) -> None:
    with pytest.raises(Passing, match="json"):
        parse(b"{}-" if charset == "punycode" else b"{}", charset)
