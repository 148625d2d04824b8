"""The command as a person or a script meets it: what it prints, and the exit code it leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from citypulse.cli import app
from ingestion.contract import load_contracts
from ingestion.settings import load_settings
from tests.feeds.forms import seal


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def citypulse(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), *arguments])


def as_json(result: Result) -> Any:
    return json.loads(result.stdout)


def test_help_names_every_command() -> None:
    text = CliRunner().invoke(app, ["--help"]).stdout
    for command in (
        "demo",
        "simulate",
        "land",
        "build",
        "gate",
        "release",
        "snapshot",
        "run",
        "status",
        "trace",
        "doctor",
    ):
        assert f" {command} " in text


def test_simulated_deliveries_land_and_the_numbers_close(home: Path) -> None:
    assert citypulse(home, "simulate", "--days", "6", "--scale", "0.02").exit_code == 0
    done = citypulse(home, "land", "--json")
    assert done.exit_code == 0, done.stdout
    assert {feed["feed"] for feed in as_json(done)["feeds"]} >= {"hotline_city", "heating_room_temperature"}

    feeds = as_json(citypulse(home, "status", "--json"))["feeds"]
    assert set(feeds) == set(load_contracts(load_settings()))
    for found in feeds.values():
        assert found["received"] == found["landed"] + found["quarantined"] + found["duplicates"]
        assert found["pending"] == 0
    for feed in ("hotline_city", "hotline_province", "heating_room_temperature", "grid_event"):
        assert feeds[feed]["received"] > 0
    assert sum(found["duplicates"] for found in feeds.values()) > 0
    assert citypulse(home, "land").exit_code == 3
    assert "receipts" in citypulse(home, "trace", "hotline_city").stdout
    assert citypulse(home, "doctor").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("land",), 3),
        (("land", "../secret"), 4),
        (("build",), 3),
        (("release",), 3),
        (("snapshot",), 3),
        (("trace", "nothing"), 4),
        (("simulate", "--days", "none"), 2),
        (("contracts", "lint"), 0),
        (("status",), 0),
    ],
)
def test_exit_codes_of_an_empty_home(home: Path, arguments: tuple[str, ...], code: int) -> None:
    result = citypulse(home, *arguments)
    assert result.exit_code == code, result.output
    if code in (3, 4):
        assert result.stderr.strip(), "an error says what is wrong"


def test_a_refused_file_gives_exit_code_4_and_says_what_to_do(home: Path) -> None:
    path = home / "inbox" / "grid_event" / "empty.jsonl"
    path.parent.mkdir(parents=True)
    path.touch()
    seal(path)
    result = citypulse(home, "land")
    assert result.exit_code == 4
    assert "empty.jsonl" in result.stderr
    assert "Next step" in result.stderr
    refusals = as_json(citypulse(home, "status", "--json"))["refusals"]
    assert len(refusals) == 1
    assert "empty.jsonl" in refusals[0]
    error = as_json(citypulse(home, "land", "grid_event", "--json"))
    assert (error["error"], error["exit_code"]) == ("NothingToDo", 3)


def test_a_broken_contract_is_named_with_its_place(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feeds = tmp_path / "city" / "feeds"
    feeds.mkdir(parents=True)
    (feeds / "grid_event.yml").write_text("feed: grid_event\nsurprise: 1\n", encoding="utf-8")
    monkeypatch.setenv("CITYPULSE_CITY", str(tmp_path / "city"))
    result = citypulse(home, "contracts", "lint")
    assert result.exit_code == 4
    assert "grid_event.yml" in result.stderr
    assert "surprise" in result.stderr
