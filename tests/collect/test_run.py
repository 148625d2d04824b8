"""`citypulse collect http` as a person or a timetable meets it, and the section of the contract behind it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner, Result

from citypulse.cli import app
from ingestion.contract import Contract, load_contract
from ingestion.inbox import scan
from tests.collect.api import Mood
from tests.collect.conftest import BUILT_IN, FEED, TOKEN, City, event
from tests.feeds.landed import landed


def collect(city: City, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(city.settings.home), "collect", "http", *arguments])


@pytest.fixture(autouse=True)
def at_home(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYPULSE_CITY", str(city.settings.city))


def test_a_segment_is_reported_and_rings_the_bell_of_its_feed(city: City) -> None:
    city.api.rows = [event(number) for number in range(4)]
    done = collect(city, "--json")
    assert done.exit_code == 0, done.output
    (pulled,) = json.loads(done.stdout)["pulled"]
    assert (pulled["feed"], pulled["rows"], pulled["settled"]) == (FEED, 4, True)
    assert pulled["segment"] == city.segments[0].name
    assert scan(city.settings) == {FEED: 1}
    assert CliRunner().invoke(app, ["--home", str(city.settings.home), "land"]).exit_code == 0
    assert len(landed(city.settings, FEED)) == 4


def test_nothing_new_ends_with_3(city: City) -> None:
    done = collect(city)
    assert done.exit_code == 3
    assert "nothing new" in done.stderr


def test_a_refusal_ends_with_4_and_one_object(city: City) -> None:
    city.api.moods = [Mood(status=403)]
    done = collect(city, FEED, "--json")
    assert done.exit_code == 4
    assert json.loads(done.stdout)["failures"][0].startswith(f"{FEED}, page 1: ")
    city.api.moods = [Mood(status=403)]
    shown = collect(city)
    assert "Next step" in shown.stderr
    assert TOKEN not in shown.output


def test_a_moment_may_be_given(city: City) -> None:
    city.api.rows = [event(1)]
    assert collect(city, "--since", "2026-01-04").exit_code == 0
    assert city.api.asked[0].parameters["kssj"] == "2026-01-04 00:00:00"


def test_a_window_long_past_moves_no_cursor_back_and_one_that_leads_on_moves_it_to_its_end(city: City) -> None:
    city.api.rows = [event(1)]
    kept = city.settings.collect / f"{FEED}.json"
    assert collect(city, "--until", "2026-01-06").exit_code == 0
    first = json.loads(kept.read_text())
    assert first["until"] == "2026-01-06 00:00:00"
    assert city.api.asked[-1].parameters["jssj"] == "2026-01-06 00:00:00"
    city.api.rows.append(event(2))
    assert collect(city, "--since", "2026-01-03", "--until", "2026-01-04").exit_code == 0
    assert json.loads(kept.read_text()) == first
    refused = collect(city, "--until", "2026-01-05")
    assert refused.exit_code == 4
    assert "--since" in refused.stderr


def test_days_are_pulled_anew_and_asked_for(city: City) -> None:
    city.api.rows = [event(number) for number in range(4)]
    home = ["--home", str(city.settings.home)]
    done = CliRunner().invoke(app, [*home, "recompute", "2026-01-05", "2026-01-06", "--collect", "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["rows_pulled"] == {FEED: 4}
    assert (said["request"]["number"], said["request"]["feeds"]) == (1, [])
    window = city.api.asked[-1].parameters
    assert (window["kssj"], window["jssj"]) == ("2026-01-05 00:00:00", "2026-01-07 00:00:00")
    city.api.moods = [Mood(status=403)]
    failed = CliRunner().invoke(app, [*home, "recompute", "2026-01-05", "2026-01-05", FEED, "--collect"])
    assert failed.exit_code == 4
    assert "Request 2" in failed.stdout, "the days are computed anew all the same"


@pytest.mark.parametrize("name", ["nothing", "grid_event", "../x"])
def test_a_feed_that_is_not_pulled_is_named(city: City, name: str) -> None:
    done = collect(city, name)
    assert done.exit_code == 4
    assert FEED in done.stderr


@pytest.mark.parametrize(
    "collect_section",
    [
        {"path": "https://example.org/a"},
        {"path": "//elsewhere/a"},
        {"path": "/a?token=1"},
        {"token": "x"},
        {"page_size": 0},
        {"first_page": 2},
        {"method": "put"},
        {"envelope": {"code": "code", "success": 0, "records": "data"}},
        {"envelope": {"code": "code", "success": "0", "records": "a..b"}},
        {"window": {"since": "a", "until": "b", "start": "2026-01-01", "overlap_hours": 0}},
    ],
)
def test_a_collect_section_is_strict(collect_section: dict[str, Any]) -> None:
    content = load_contract(BUILT_IN).model_dump()
    Contract.model_validate(content)
    content["collect"] |= collect_section
    with pytest.raises(ValidationError):
        Contract.model_validate(content)


@pytest.mark.parametrize(
    "changes",
    [{"collect": None}, {"arrives": {"how": "file"}}, {"format": {"kind": "csv"}}, {"format": {"encoding": "gb18030"}}],
)
def test_a_collected_feed_says_so_in_every_part(changes: dict[str, Any]) -> None:
    content = load_contract(BUILT_IN).model_dump()
    for part, change in changes.items():
        content[part] = (content[part] | change) if change else None
    with pytest.raises(ValidationError, match="collect"):
        Contract.model_validate(content)
