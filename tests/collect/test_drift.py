"""Pages that drift while they are read: nothing is lost, nothing stands twice, and the report says what happened."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingestion.collectors.client import parse
from ingestion.collectors.passes import Reading, Record, Records, read_until_settled
from ingestion.collectors.segment import as_bytes, as_record
from ingestion.contract import load_contracts
from ingestion.errors import SourceRefused
from ingestion.land import land_feed
from ingestion.settings import load_settings
from tests.collect.conftest import FEED, City, event
from tests.feeds.landed import landed, set_aside

CONTRACT = load_contracts(load_settings())[FEED]


def keys(city: City) -> list[str]:
    return [json.loads(line)["lzbh"] for line in city.segments[-1].read_text(encoding="utf-8").splitlines()]


def at_request(wanted: int, change: Callable[[], Any]) -> Callable[[int], None]:
    return lambda number: change() if number == wanted else None


def test_a_row_inserted_between_pages_is_there_once(city: City) -> None:
    city.api.rows = [event(number) for number in range(1, 8)]
    city.api.before = at_request(2, lambda: city.api.rows.insert(0, event(99)))
    done = city.pull()
    assert sorted(keys(city)) == sorted(row["lzbh"] for row in city.api.rows)
    assert (done.rows, done.settled, done.passes) == (8, True, 3)


def test_a_row_that_moves_up_between_pages_is_not_lost(city: City) -> None:
    city.api.rows = [event(number) for number in range(9)]
    city.api.before = at_request(2, lambda: city.api.rows.insert(0, city.api.rows.pop(5)))
    done = city.pull()
    assert sorted(keys(city)) == [f"L{number:06d}" for number in range(9)]
    assert done.passes == 3


def test_rows_that_never_hold_still_are_all_taken_and_the_report_says_so(city: City) -> None:
    city.api.rows = [event(number) for number in range(7)]
    city.api.before = lambda number: city.api.rows.insert(0, event(100 + number))
    done = city.pull()
    assert (done.settled, done.passes) == (False, 5)
    assert len(set(keys(city))) == len(keys(city)) >= 7 + 10
    assert set(keys(city)) >= {f"L{number:06d}" for number in range(7)}


def test_a_row_that_changes_while_it_is_read_keeps_both_lines(city: City) -> None:
    city.api.rows = [event(number) for number in range(6)]

    def change(number: int) -> None:
        city.api.rows[0] = event(0, czlx="21", czsj=f"2026-01-05 09:00:{number:02d}")
        city.api.rows.insert(1, event(100 + number))

    city.api.before = change
    assert city.pull().settled is False
    assert keys(city).count("L000000") > 1
    assert len(set(city.segments[0].read_text(encoding="utf-8").splitlines())) == len(keys(city))


def test_a_total_that_promises_more_than_comes_holds_the_cursor(city: City) -> None:
    city.api.rows = [event(number) for number in range(4)]
    city.api.reported = lambda count: count + 2
    done = city.pull()
    assert (done.rows, done.settled, done.whole) == (4, False, False)
    assert not city.settings.collect.exists()


def test_a_total_that_moves_is_read_until_it_holds(city: City) -> None:
    city.api.rows = [event(number) for number in range(4)]
    totals = iter([9, 4, 4, 4, 4, 4, 4])
    city.api.reported = lambda count: next(totals)
    done = city.pull()
    assert (done.rows, done.settled, done.passes) == (4, True, 3)


def test_a_server_that_caps_its_pages_is_read_to_its_total(city: City) -> None:
    city.api.rows = [event(number) for number in range(7)]
    honest = city.api.page
    city.api.page = lambda number, size: honest(number, 2)  # type: ignore[method-assign]
    assert city.pull().rows == 7


def test_rows_that_the_source_gives_twice_stand_once(city: City) -> None:
    city.api.rows = [event(1), event(2), event(1), event(3)]
    done = city.pull()
    assert (done.rows, done.settled, done.passes) == (3, True, 3)
    city.api.rows[2] = event(1, czlx="21")
    assert city.pull().rows == 4
    land_feed(city.settings, FEED)
    assert [rule for _, _, rule in set_aside(city.settings, FEED)] == ["key_conflict", "key_conflict"]
    assert len(landed(city.settings, FEED)) == 3


def test_a_server_that_caps_its_total_is_read_to_its_last_row(city: City) -> None:
    city.api.rows = [event(number) for number in range(11)]
    city.api.reported = lambda count: min(count, 6)
    done = city.pull()
    assert (done.rows, done.settled, done.whole) == (11, False, True)


@pytest.mark.parametrize("envelope", ["counted", "bare"])
def test_a_server_that_repeats_its_last_page_has_no_more(city: City, envelope: str) -> None:
    city.contract(envelope)
    city.api.rows = [event(number) for number in range(6)]
    honest = city.api.page
    city.api.page = lambda number, size: honest(min(number, 2), size)  # type: ignore[method-assign]
    done = city.pull()
    assert (done.rows, done.settled, done.passes) == (6, True, 2)


@pytest.mark.parametrize(("envelope", "rows"), [("counted", 12), ("counted", 6), ("bare", 12)])
def test_a_page_parameter_that_is_ignored_is_noticed(city: City, envelope: str, rows: int) -> None:
    city.contract(envelope)
    city.api.rows = [event(number) for number in range(rows)]
    honest = city.api.page
    city.api.page = lambda number, size: honest(1, size)  # type: ignore[method-assign]
    with pytest.raises(SourceRefused, match="page parameter") as refused:
        city.pull()
    assert refused.value.rule == "same_page"


def test_without_a_total_the_pages_end_with_a_short_one(city: City) -> None:
    city.contract("bare")
    city.api.rows = [event(number) for number in range(6)]
    city.api.before = at_request(2, lambda: city.api.rows.insert(0, event(99)))
    assert city.pull().rows == 7


def test_a_record_without_its_key_is_taken_for_no_other() -> None:
    found = [as_record(CONTRACT, row) for row in ({"gdbh": "1"}, {"gdbh": "2"}, {"lzbh": None}, "text", None, 7)]
    assert len({record.key for record in found}) == 6
    assert as_bytes(found).count(b"\n") == 6


@pytest.mark.parametrize(
    "literal", ["1.10", "12345678901234567.89", "1e400", "-0.0", "18.5", "9007199254740993", "0.1"]
)
def test_a_number_keeps_its_value_to_the_digit(literal: str) -> None:
    found = parse(f'{{"lzbh": "a", "v": {literal}}}'.encode(), None)
    written = json.loads(as_record(CONTRACT, found).line, parse_float=str, parse_int=str)["v"]
    assert Decimal(written) == Decimal(literal)


@pytest.mark.parametrize(("charset", "encoding"), [(None, "utf-8"), ("utf-8", "utf-8-sig"), ("GBK", "gb18030")])
def test_a_charset_is_believed(charset: str | None, encoding: str) -> None:
    assert parse('{"名": "㐀"}'.encode(encoding), charset) == {"名": "㐀"}


def test_half_a_letter_still_makes_a_line() -> None:
    assert as_bytes([as_record(CONTRACT, {"lzbh": "\ud83d", "a": "b\nc"})]).count(b"\n") == 1


class Drifting:
    """Rows in memory of which some come, go up or go away just before the n-th request."""

    def __init__(self, rows: int, size: int, changes: dict[int, list[tuple[str, int]]], counted: bool = True) -> None:
        self.counted = counted
        self.rows = list(range(rows))
        self.size = size
        self.changes = changes
        self.requests = 0
        self.fresh = 1000
        self.gone: set[int] = set()
        self.at_pass_start: list[int] = []

    def page_of(self, number: int) -> Records:
        if number == 1:
            self.at_pass_start = list(self.rows)
        self.requests += 1
        for kind, place in self.changes.get(self.requests, []):
            self._change(kind, place % (len(self.rows) + 1))
        part = self.rows[(number - 1) * self.size : number * self.size]
        return Records([Record(str(row), f"line {row}") for row in part], len(self.rows) if self.counted else None)

    def _change(self, kind: str, place: int) -> None:
        if kind == "insert":
            self.fresh += 1
            self.rows.insert(place, self.fresh)
        elif place < len(self.rows):
            row = self.rows.pop(place)
            if kind == "move_up":
                self.rows.insert(0, row)
            else:
                self.gone.add(row)


def read(drifting: Drifting) -> Reading:
    return read_until_settled("feed", drifting.page_of, 1, drifting.size, 5)


def schedules(kinds: list[str], most: int) -> st.SearchStrategy[dict[int, list[tuple[str, int]]]]:
    change = st.tuples(st.sampled_from(kinds), st.integers(0, 30))
    return st.dictionaries(st.integers(1, 30), st.lists(change, min_size=1, max_size=1), max_size=most)


@given(rows=st.integers(0, 20), size=st.integers(2, 6), changes=schedules(["insert"], 30), counted=st.booleans())
def test_nothing_is_lost_however_rows_come(
    rows: int, size: int, changes: dict[int, list[tuple[str, int]]], counted: bool
) -> None:
    drifting = Drifting(rows, size, changes, counted)
    reading = read(drifting)
    found = [record.key for record in reading.records]
    assert len(set(reading.records)) == len(found)
    assert {str(row) for row in drifting.at_pass_start} <= set(found)


@given(rows=st.integers(0, 20), size=st.integers(2, 6), changes=schedules(["insert", "move_up", "remove"], 3))
@example(rows=6, size=2, changes={2: [("move_up", 3)], 4: [("move_up", 5)]})
def test_nothing_is_lost_while_few_rows_come_go_and_move(
    rows: int, size: int, changes: dict[int, list[tuple[str, int]]]
) -> None:
    drifting = Drifting(rows, size, changes)
    reading = read(drifting)
    found = [record.key for record in reading.records]
    assert len(set(reading.records)) == len(found)
    assert {str(row) for row in drifting.at_pass_start if row not in drifting.gone} <= set(found)
