"""Readers are sent only to what was issued; a draft waits, a stale kind says since when and why, in both languages."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from citypulse import briefs
from citypulse.brief_page import as_told, brief_page
from citypulse.briefs import issue_draft, turn_down, write_after_release, write_due
from citypulse.notices import KINDS
from ingestion.errors import ContractError, NothingToDo
from ingestion.run_log import logged
from ingestion.settings import Settings, load_settings
from reporting import pictures, snapshot
from reporting.brief import Text
from reporting.issue import Stale, issue, mark_stale, read_draft, read_pointer
from reporting.period import Kind
from reporting.seasons import declared_seasons
from reporting.snapshot import write_draft, write_snapshots
from tests.brief_fixture import LAST_DAY, PERIOD, count, days, make_release
from warehouse.engine import connect
from warehouse.serving import Manifest, write_manifest

RELEASE = "r-20260205"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    events: list[str] = []
    monkeypatch.setattr(briefs, "notify", lambda notice: events.append(notice.event))
    return events


def plain(payload: dict[str, Any]) -> bytes:
    return json.dumps(payload, ensure_ascii=False, sort_keys=True, default=str).encode()


@pytest.fixture
def settings(tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A release in service, as of 5 February 2026, 06:30; what stands in its briefs is not asked here."""
    monkeypatch.setattr(snapshot, "_written", lambda brief, content, language: [("pdf", plain(content))])
    monkeypatch.setattr(pictures, "charts", SimpleNamespace(series=lambda figures: None))
    found = make_release(tmp_path, [*(count(900, day, "day") for day in days(PERIOD, LAST_DAY)), count(27900, PERIOD)])
    manifest = Manifest(RELEASE, "2026-02-05T06:40:00", "2026-02-05T06:30:00", 41, 41, {}, {})
    write_manifest(found, manifest)
    (found.serving / "current.json").write_text(json.dumps({"release_id": RELEASE}))
    return found


def waiting(settings: Settings) -> Settings:
    return Settings(settings.home, settings.key_file, memory="500MB", threads=1, sign_off=True)


def runs(settings: Settings) -> list[dict[str, Any]]:
    months = sorted((settings.logs / "runs").glob("*.jsonl"))
    return [json.loads(line) for month in months for line in month.read_text(encoding="utf-8").splitlines()]


def test_only_issuing_moves_the_pointer(settings: Settings, told: list[str]) -> None:
    asking = waiting(settings)
    draft = write_due(asking, "monthly", date(2026, 2, 1))
    assert (draft.period, draft.state) == ("2026-01", "draft")
    assert all(path.exists() for path in draft.paths(settings))
    assert read_pointer(settings) == {}
    issue_draft(asking, RELEASE, "monthly", "2026-01")
    pointer = read_pointer(settings)
    assert (pointer["release_id"], pointer["kind"], pointer["period"]) == (RELEASE, "monthly", "2026-01")
    assert pointer["kinds"]["monthly"]["files"] == list(draft.files)
    assert told == ["brief_waits_for_sign_off", "brief_issued"]
    with pytest.raises(NothingToDo, match="out already"):
        write_due(asking, "monthly", date(2026, 2, 1))
    first = runs(settings)[0]
    assert (first["step"], first["outcome"], first["release_id"]) == ("snapshot", "done", RELEASE)


def test_a_rejected_draft_is_not_issued_and_says_so(settings: Settings, told: list[str]) -> None:
    draft = write_due(waiting(settings), "monthly", date(2026, 2, 1))
    with pytest.raises(NothingToDo, match="not approved"):
        turn_down(settings, "monthly", as_told(settings, draft))
    kept = read_draft(settings, RELEASE, "monthly", "2026-01")
    assert kept is not None
    assert kept.state == "rejected"
    assert read_pointer(settings) == {}
    assert told[-1] == "brief_rejected"
    assert [run["error"] for run in runs(settings) if run["outcome"] == "skipped"] == ["rejected"]
    with pytest.raises(NothingToDo, match="no monthly brief"):
        turn_down(settings, "monthly", None)
    issue_draft(settings, RELEASE, "monthly", "2026-01")
    with pytest.raises(NothingToDo, match="issued meanwhile"):
        turn_down(settings, "monthly", as_told(settings, draft))


def test_the_command_issues_at_once_unless_a_sign_off_is_asked_for(settings: Settings) -> None:
    write_snapshots(waiting(settings))
    assert read_pointer(settings) == {}
    write_snapshots(waiting(settings), signed_off=True)
    assert read_pointer(settings)["period"] == "2026-01"


def test_a_release_gets_its_brief_once(settings: Settings) -> None:
    assert len(write_after_release(settings)) == 2
    with pytest.raises(NothingToDo, match="has its brief"):
        write_after_release(settings)


def test_a_brief_is_issued_again_after_it_was_written_again(settings: Settings) -> None:
    write_snapshots(settings)
    before = {path: path.read_bytes() for path in settings.briefs.rglob("*") if path.is_file()}
    write_snapshots(settings)
    assert {path: path.read_bytes() for path in settings.briefs.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("kind", "day", "period"),
    [
        ("daily", date(2026, 2, 6), "2026-02-05"),
        ("weekly", date(2026, 2, 9), "2026-W06"),
        ("monthly", date(2026, 3, 1), "2026-02"),
        ("quarterly", date(2026, 4, 1), "2026-Q1"),
        ("season", date(2026, 4, 6), "2025-26"),
    ],
)
def test_a_release_that_does_not_reach_the_end_of_the_period_is_stale(
    settings: Settings, told: list[str], monkeypatch: pytest.MonkeyPatch, kind: Kind, day: date, period: str
) -> None:
    monkeypatch.setattr(briefs, "_why_none_newer", lambda settings: briefs.NOT_DELIVERED)
    write_snapshots(settings)
    with pytest.raises(NothingToDo, match=rf"{period} is not issued: as of 2026-02-05T06:30:00, stale since"):
        write_due(settings, kind, day)
    note = read_pointer(settings)["stale"][kind]
    assert (note["period"], note["data_as_of"]) == (period, "2026-02-05T06:30:00")
    assert told == ["brief_stale"]
    assert [(run["outcome"], run["error"]) for run in runs(settings)] == [("done", ""), ("skipped", "stale")]
    assert (note["reason_zh"], note["reason_en"]) == briefs.NOT_DELIVERED


def test_the_first_of_the_month_needs_data_up_to_the_last_day_only(settings: Settings) -> None:
    assert write_due(settings, "monthly", date(2026, 2, 1)).days_covered == 31
    assert briefs._why_stale(settings, briefs.last_before("daily", date(2026, 2, 5))) is None  # type: ignore[arg-type]


def test_without_a_release_every_kind_is_stale(tmp_path: Path, told: list[str]) -> None:
    settings = Settings(tmp_path, tmp_path / "key")
    with pytest.raises(NothingToDo, match="without a release"):
        write_due(settings, "daily", date(2026, 2, 6))
    assert read_pointer(settings)["stale"]["daily"]["reason_zh"] == "还没有发布任何版本。"


def test_staleness_lasts_from_when_it_was_first_seen_until_its_kind_is_issued(settings: Settings) -> None:
    first = Stale("monthly", "2026-02", "2026-02-05T06:30:00", "2026-03-01T08:20:00", "甲", "a")
    mark_stale(settings, first)
    later = Stale("monthly", "2026-03", "2026-02-05T06:30:00", "2026-04-01T08:20:00", "乙", "b")
    assert mark_stale(settings, later).since == first.since
    mark_stale(settings, Stale("weekly", "2026-W09", "", "2026-03-02T08:10:00", "乙", "b"))
    write_snapshots(settings)
    assert set(read_pointer(settings)["stale"]) == {"weekly"}


def test_the_newest_brief_of_a_kind_stays_in_front(settings: Settings) -> None:
    for name in ("2026-01-30", "2026-01-31", "2026-01-29"):
        write_snapshots(settings, kind="daily", period=name)
    pointer = read_pointer(settings)
    assert (pointer["period"], pointer["kinds"]["daily"]["period"]) == ("2026-01-29", "2026-01-31")


def test_a_district_of_a_newer_release_does_not_drop_the_city(settings: Settings) -> None:
    write_snapshots(settings, area="all")
    before = set(read_pointer(settings)["kinds"]["monthly"]["files"])
    draft = read_draft(settings, RELEASE, "monthly", "2026-01")
    assert draft
    newer = replace(draft, release_id="r-new", files=("r-new/210202/brief_2026-01_zh.pdf",))
    issue(settings, newer)
    files = set(read_pointer(settings)["kinds"]["monthly"]["files"])
    assert files - before == {"r-new/210202/brief_2026-01_zh.pdf"}
    assert before - files == {name for name in before if "/210202/" in name}


def test_the_brief_of_an_empty_month_is_written_and_not_issued(settings: Settings) -> None:
    write_snapshots(settings)
    before = read_pointer(settings)
    with connect(settings.serving / "governance.duckdb", settings=settings) as con:
        con.execute("DELETE FROM marts.fct_kpi_value WHERE period_grain = 'day'")
    with pytest.raises(NothingToDo, match="was not issued"):
        write_snapshots(settings, period="2026-01")
    assert read_pointer(settings) == before


def test_a_season_is_told_of_only_when_it_has_just_ended(settings: Settings) -> None:
    with pytest.raises(NothingToDo, match="just ended"):
        write_due(settings, "season", date(2026, 2, 6))


def test_the_question_before_a_brief_goes_out_shows_no_figure(settings: Settings) -> None:
    draft = write_draft(settings)
    mark_stale(settings, Stale("weekly", "2026-W09", "", "2026-03-02T08:10:00", "没有数据。", "no data."))
    told = as_told(settings, draft)
    assert told["subject"] == "签发月报 2026-01？ · Issue the monthly brief of 2026-01?"
    for text in (RELEASE, "2026-02-05 06:30:00", "41/41", "31/31", "没有数据。", "no data."):
        assert text in told["body"]
    assert "%" not in told["body"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_of_a_kind_speaks_both_languages(kind: Kind) -> None:
    page = brief_page(kind)
    assert all(word in page for word in KINDS[kind])


def test_seasons_come_from_the_seed_of_the_city(tmp_path: Path) -> None:
    assert declared_seasons(load_settings())[-1].name == "2027-28"
    (tmp_path / "seeds").mkdir()
    seed = tmp_path / "seeds" / "season_calendar.csv"
    city = Settings(tmp_path, tmp_path / "key", city=tmp_path)
    seed.write_text("season,season_start,season_end,source\n2025-26,2025-11-01,2026-04-10,x\n", encoding="utf-8")
    assert [(s.name, s.end) for s in declared_seasons(city)] == [("2025-26", date(2026, 4, 10))]
    seed.write_text("season,season_start,season_end,source\n2025-26,soon,later,x\n", encoding="utf-8")
    with pytest.raises(ContractError, match=r"season_calendar\.csv"):
        declared_seasons(city)


@pytest.mark.parametrize(
    ("step", "error", "reason"),
    [("gate", "GateBlocked", briefs.GATE_BLOCKED), ("build", "BuildFailed", briefs.BUILD_FAILED), ("gate", "", None)],
)
def test_a_brief_is_marked_when_the_newest_build_failed_or_was_blocked(
    settings: Settings, step: str, error: str, reason: tuple[str, str] | None
) -> None:
    with logged(settings, "release") as run:
        run.count(models=1)
    with logged(settings, step) as run:
        run.outcome, run.error = ("failed", error) if error else ("done", "")
    found = briefs.newer_failed(settings)
    assert found == (Text(*reason) if reason else None)
    with logged(settings, "release"):
        pass
    assert briefs.newer_failed(settings) is None, "a release after it is the newest again"
