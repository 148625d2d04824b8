"""`citypulse releases`: which releases are kept, why, and what a prune lets go."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from citypulse.cli import app
from citypulse.house.releases import list_releases, would_go
from ingestion.errors import NothingToDo
from ingestion.settings import Settings
from tests.warehouse_fixture import make_settings
from warehouse.old_releases import GRACE
from warehouse.serving import Manifest, archived_releases, point_to, write_manifest

NOW = datetime(2026, 3, 10, 9)
PUBLISHED = {"rA": "2026-01-30", "rB": "2026-01-31", "rC": "2026-03-08", "rD": "2026-03-09", "rE": "2026-03-10"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Five releases of eight in the morning, each of 7 + 5 bytes; the newest is served."""
    settings = make_settings(tmp_path)
    settings.releases.mkdir(parents=True)
    for release_id, day in PUBLISHED.items():
        (settings.releases / f"{release_id}.duckdb").write_bytes(b"x" * 7)
        (settings.releases / f"{release_id}.parquet").mkdir()
        (settings.releases / f"{release_id}.parquet" / "t.parquet").write_bytes(b"y" * 5)
        files = {f"{release_id}.duckdb": "", f"{release_id}.parquet/t.parquet": ""}
        manifest = Manifest(release_id, f"{day}T08:00:00", f"{day}T06:00:00", 9, 10, {}, files)
        write_manifest(settings, manifest)
    point_to(settings, manifest)
    monkeypatch.setenv("CITYPULSE_KEEP_RELEASES", "2")
    monkeypatch.setattr("citypulse.house.commands.local_now", lambda: NOW)
    return settings


def ask(home: Settings, *words: str) -> tuple[int, dict]:
    done = CliRunner().invoke(app, ["--home", str(home.home), "releases", *words, "--json"])
    return done.exit_code, json.loads(done.stdout or "{}")


def kept(home: Settings) -> set[str]:
    return {path.stem for path in home.releases.glob("r*.duckdb")}


def test_each_release_says_why_it_is_kept(home: Settings) -> None:
    code, said = ask(home)
    assert code == 0
    assert {row["release_id"]: row["kept_because"] for row in said["releases"]} == {
        "rE": ["in_service", "newest", "month_end"],
        "rD": ["newest", "readers"],
        "rC": [],
        "rB": ["month_end"],
        "rA": [],
    }
    assert [row["readers_until"] for row in said["releases"]] == [
        "", "2026-03-11T08:00:00", "2026-03-10T08:00:00", "2026-03-09T08:00:00", "2026-02-01T08:00:00",
    ]  # fmt: skip
    assert {row["size"] for row in said["releases"]} == {12}
    assert [row["release_id"] for row in said["releases"] if row["in_service"]] == ["rE"]


def test_a_dry_run_names_what_would_go_and_touches_nothing(home: Settings) -> None:
    assert ask(home, "prune", "--dry-run") == (0, {"would_go": ["rA", "rC"]})
    assert kept(home) == set(PUBLISHED)


def test_prune_lets_go_what_the_list_gives_no_reason_for(home: Settings) -> None:
    assert ask(home, "prune") == (0, {"gone": ["rA", "rC"], "brief_files": 0})
    assert kept(home) == {"rB", "rD", "rE"}
    assert archived_releases(home) == ["rA", "rC"]
    assert ask(home, "prune")[0] == NothingToDo.exit_code


def test_readers_have_the_hours_they_were_given(home: Settings) -> None:
    assert ask(home, "prune", "--keep", "1", "--dry-run")[1] == {"would_go": ["rA", "rC"]}
    assert ask(home, "prune", "--keep", "1", "--grace", "48", "--dry-run")[1] == {"would_go": ["rA"]}
    assert ask(home, "prune", "--keep", "1", "--grace", "1", "--dry-run")[1] == {"would_go": ["rA", "rC", "rD"]}


def test_a_reader_reads_a_release_to_its_end_after_it_went(home: Settings) -> None:
    held = os.open(home.releases / "rC.duckdb", os.O_RDONLY)
    ask(home, "prune")
    assert os.read(held, 99) == b"x" * 7
    os.close(held)


def test_the_list_and_the_night_agree_at_any_moment(home: Settings) -> None:
    few = replace(home, keep_releases=2)
    for days, gone in ((0, {"rA", "rC"}), (1, {"rA", "rC"}), (400, {"rA", "rB", "rC"})):
        now = NOW + timedelta(days=days)
        assert {row.release_id for row in list_releases(few, now) if not row.kept_because} == gone
        assert set(would_go(few, now, keep=2, grace=GRACE)) == gone


@pytest.mark.parametrize("wrong", [["--keep", "0"], *(["--grace", hours] for hours in ("-1", "inf", "1e13", "nan"))])
def test_a_number_out_of_all_bounds_is_refused(home: Settings, wrong: list[str]) -> None:
    assert ask(home, "prune", *wrong)[0] == 2
    assert kept(home) == set(PUBLISHED)


def test_before_the_first_release_there_is_nothing(tmp_path: Path) -> None:
    assert ask(make_settings(tmp_path))[0] == NothingToDo.exit_code
