"""What landing makes of messages: instants in any of their forms, repetitions once, later contents as versions."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.contract import load_contracts
from ingestion.land import land_feed
from ingestion.normalise import first_try, second_try
from ingestion.receipts import Receipt
from ingestion.settings import LOCAL_TIME, Settings, load_settings
from tests.collect.mqtt_home import ROOM
from tests.feeds.forms import seal
from tests.feeds.landed import landed

COLUMN = load_contracts(load_settings())[ROOM].column("measured_at")
ENGINE = duckdb.connect()
ENGINE.execute("SET TimeZone = 'Asia/Shanghai'")
INSTANTS = st.datetimes(datetime(2007, 1, 2), datetime(2099, 12, 30), timezones=st.just(UTC))
OFFSETS = st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))


def read(text: str) -> datetime | None:
    query = f"SELECT {second_try(COLUMN, 'said')} FROM (SELECT ?::VARCHAR AS said)"
    found: datetime | None = ENGINE.execute(query, [text]).fetchall()[0][0]
    return found


def read_at_once(text: str) -> datetime | None:
    query = f"SELECT {first_try(COLUMN, 'said')} FROM (SELECT ?::VARCHAR AS said)"
    found: datetime | None = ENGINE.execute(query, [text]).fetchall()[0][0]
    return found


def local(instant: datetime) -> datetime:
    return instant.astimezone(LOCAL_TIME).replace(tzinfo=None)


@settings(max_examples=150, deadline=None)
@given(INSTANTS, OFFSETS, st.sampled_from(["seconds", "milliseconds", "microseconds"]), st.sampled_from("T "))
def test_an_iso_text_is_the_same_instant_with_any_zone_or_none(
    instant: datetime, offset: timezone, precision: str, between: str
) -> None:
    text = instant.astimezone(offset).isoformat(between, precision)
    whole = datetime.fromisoformat(text)
    assert read(text) == local(whole)
    assert read(text[:-6] + text[-6:].replace(":", "")) == local(whole)
    assert read(whole.astimezone(UTC).isoformat(between, precision).replace("+00:00", "Z")) == local(whole)
    assert read(local(whole).isoformat(between, precision)) == local(whole), "without zone it is local"
    assert read_at_once(local(whole).isoformat(between, precision)) in (None, local(whole))


@settings(max_examples=150, deadline=None)
@given(INSTANTS)
def test_an_epoch_is_the_same_instant_in_seconds_and_milliseconds(instant: datetime) -> None:
    whole = instant.replace(microsecond=instant.microsecond // 1000 * 1000)
    milliseconds = round(Decimal(whole.replace(microsecond=0).timestamp()) * 1000) + whole.microsecond // 1000
    assert read(str(milliseconds)) == local(whole)
    assert read_at_once(str(milliseconds)) == (local(whole) if len(str(milliseconds)) == 13 else None)
    assert read(f"{milliseconds}.0") == local(whole)
    assert read(f"{milliseconds // 1000}") == local(whole.replace(microsecond=0))
    assert read(f"{milliseconds // 1000}.{milliseconds % 1000:03d}") == local(whole)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30) | st.from_regex(r"[0-9TZ :+.-]{0,30}", fullmatch=True))
def test_no_text_breaks_the_reading_of_instants(text: str) -> None:
    found = read(text.replace("\0", ""))
    assert found is None or isinstance(found, datetime)


NEAR = st.from_regex(r"[0-9+. -]{13}|[0-9]{13}|20[0-9]{2}-[01][0-9]-[0-3][0-9][T ][0-9+:Z. -]{8,12}", fullmatch=True)


@settings(max_examples=400, deadline=None)
@given(NEAR)
def test_the_quick_way_reads_no_text_otherwise_than_the_thorough_one(text: str) -> None:
    at_once = read_at_once(text)
    assert at_once is None or at_once == read(text) or at_once < datetime(2007, 1, 1)


@pytest.mark.parametrize(
    "text", ["epoch", "infinity", "now", "0", "17675712", "1767571200000000", "2026-01-05", "1e12"]
)
def test_what_is_no_instant_is_none(text: str) -> None:
    assert read(text) is None


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", key_file=tmp_path / "key.json", memory="1GB")


def land(home: Settings, name: str, *messages: dict[str, Any]) -> Receipt:
    """One segment with these messages, the n-th received n seconds after eight."""
    lines = []
    for second, said in enumerate(messages):
        own = {"citypulse_received_at": f"2026-01-05 08:00:{second:02d}.000", "citypulse_retained": False}
        lines.append(json.dumps({**own, "citypulse_dup": False, "point_id": "P1", **said}))
    path = home.inbox / ROOM / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    seal(path)
    return land_feed(home, ROOM).receipts[0]


FIRST = {"ts": "2026-01-05 07:59:00", "t": 20}
AGAIN = {"ts": 1767571140000, "t": "20.0", "citypulse_dup": True, "citypulse_retained": True}
LATER = {"ts": "2026-01-05 07:59:00", "t": 21}


def test_a_repetition_is_a_duplicate_within_a_segment_and_across(home: Settings) -> None:
    receipt = land(home, "a", FIRST, AGAIN)
    assert (receipt.landed, receipt.duplicates) == (1, 1)
    receipt = land(home, "b", AGAIN)
    assert (receipt.landed, receipt.duplicates) == (0, 1)
    assert [row["is_duplicate"] for row in landed(home, ROOM)] == [False], "the first one stays"


@pytest.mark.parametrize("cut", [1, 2, 3, 4])
def test_where_a_segment_ends_changes_nothing(home: Settings, cut: int) -> None:
    """Two contents under one moment are versions by arrival, and an old one sent again does not become the newest."""
    stream = [FIRST, LATER, AGAIN, LATER]
    for name, part in [("a", stream[:cut]), ("b", stream[cut:])]:
        if part:
            land(home, name, *part)
    assert [str(row["temperature_c"]) for row in landed(home, ROOM)] == ["20.00", "21.00"]


def test_future_and_age_are_judged_by_when_it_came_not_by_when_it_landed(home: Settings) -> None:
    ahead = {"ts": "2026-01-05 09:00:00", "t": 20}  # long past by now, yet an hour ahead when it came
    drifting = {"ts": "2026-01-05 08:04:00", "t": 20}
    old = {"ts": "2024-11-30 08:00:00", "t": 20}
    season = {"ts": "2024-12-15 08:00:00", "t": 20}
    receipt = land(home, "a", ahead, drifting, old, season)
    assert receipt.quarantine_rules == {"in_the_future": 1, "too_old": 1}
    assert receipt.landed == 2


def test_a_foreign_flaw_is_never_shown(home: Settings) -> None:
    receipt = land(home, "a", {**FIRST, "citypulse_flaw": "a value of someone's"})
    assert receipt.quarantine_rules == {"flaw": 1}


def test_devices_may_leave_out_what_they_do_not_measure(home: Settings) -> None:
    receipt = land(home, "a", FIRST, {"ts": "2026-01-05 07:58:00"}, {"t": 20})
    assert receipt.quarantine_rules == {"missing_member": 2}
    assert [row["humidity"] for row in landed(home, ROOM)] == [None]
