"""Requests to compute days anew: numbered, never lost, taken by the next build and seen as due until then."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from citypulse.backfill import recompute, recompute_day
from ingestion.errors import ContractError, IntegrityError
from ingestion.receipts import Receipt
from ingestion.settings import Settings
from tests.warehouse_fixture import make_settings, make_warehouse
from warehouse import release
from warehouse.build import code_version, input_digest, inputs_of
from warehouse.engine import connect
from warehouse.recompute import Asked, Request, ask, asked_feeds, last_request, show_requests, take
from warehouse.release import publish

DAY, NEXT = date(2026, 1, 5), date(2026, 1, 6)
RECEIPT = Receipt("hotline_city", "b1", 3, "a.csv", "2026-01-05 08:00:00", "landed", 1, 1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path)


def test_requests_are_numbered_without_a_gap_even_when_many_ask_at_once(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = [r.number for r in pool.map(lambda _: ask(settings, DAY, NEXT, ["hotline_city"]), range(24))]
    assert sorted(numbers) == list(range(1, 25))
    assert [path.name for path in sorted(settings.recompute.iterdir())] == [f"{n:08d}.json" for n in range(1, 25)]


def test_what_makes_no_sense_is_refused(settings: Settings) -> None:
    with pytest.raises(ContractError, match="No feed named 'hotline'"):
        ask(settings, DAY, NEXT, ["hotline"])
    with pytest.raises(ContractError, match="2026-01-05 lies before 2026-01-06"):
        ask(settings, NEXT, DAY)
    with pytest.raises(ContractError, match="partition key"):
        recompute_day(settings, None, [], collect=False)
    assert last_request(settings) == 0


def test_a_build_takes_what_no_finished_build_has_taken(settings: Settings) -> None:
    assert take(settings) == Asked(0, [])
    recompute(settings, DAY, NEXT, ["hotline_city"])
    make_warehouse(settings)
    assert [request.number for request in take(settings).waiting] == [1], "this build remembers no request"
    taken = "CREATE TABLE meta.build_input AS SELECT 'recompute' AS feed, 1::BIGINT AS last_batch_seq"
    make_warehouse(settings, taken)
    assert take(settings) == Asked(1, [])
    recompute_day(settings, "2026-01-06", [], collect=False)
    found = take(settings)
    assert (found.last, [(r.number, r.first_date, r.last_date, r.feeds) for r in found.waiting]) == (
        2,
        [(2, "2026-01-06", "2026-01-06", [])],
    )
    assert "heating_station" in asked_feeds(settings, found), "none named means all"


def test_dbt_is_shown_each_feed_and_span_once(settings: Settings) -> None:
    twice = Request(1, "2026-01-05", "2026-01-06", ["hotline_city", "grid_event"], "")
    with connect(":memory:", settings=settings) as connection:
        connection.execute("CREATE SCHEMA landing")
        show_requests(connection, settings, Asked(2, [twice, twice]))
        rows = connection.execute("SELECT * FROM landing.recompute ORDER BY ALL").fetchall()
        show_requests(connection, settings, Asked())
        assert connection.execute("SELECT count(*) FROM landing.recompute").fetchall() == [(0,)]
    assert rows == [("grid_event", DAY, NEXT), ("hotline_city", DAY, NEXT)]


def test_a_request_is_part_of_what_a_build_saw_and_of_its_name() -> None:
    assert inputs_of([RECEIPT]) == {"hotline_city": 3}
    assert inputs_of([RECEIPT], 2) == {"hotline_city": 3, "recompute": 2}
    names = {input_digest([RECEIPT], request) for request in (0, 1, 2)}
    assert len(names) == 3
    assert input_digest([RECEIPT], 0) == input_digest([RECEIPT]), "before the first request names stay as they were"


def test_a_request_is_due_until_a_release_shows_it(settings: Settings) -> None:
    def served(request: int) -> str:
        digest = input_digest([], request)
        make_warehouse(
            settings, f"UPDATE meta.build_info SET code_version = '{code_version(settings)}', input_digest = '{digest}'"
        )
        return publish(settings, checks_passed=1, checks_total=1).release_id

    first = served(0)
    assert release.due_release_id(settings, []) == first
    ask(settings, DAY, DAY)
    assert release.due_release_id(settings, []) != first
    assert release.due_release_id(settings, [], 0) == first, "for a build that began before it was asked"
    second = served(1)
    assert release.due_release_id(settings, []) == second != first


def test_a_damaged_request_is_not_passed_over(settings: Settings) -> None:
    ask(settings, DAY, DAY)
    path = settings.recompute / "00000001.json"
    path.write_text(json.dumps({"number": 1}), encoding="utf-8")
    with pytest.raises(IntegrityError, match=r"recompute/00000001\.json is damaged"):
        take(settings)
