"""Airflow's build waits for a burst to land and leaves alone what is served."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from citypulse import due
from ingestion.errors import GateBlocked, NothingToDo
from ingestion.settings import Settings, load_settings


def audit(release_id: str, failed: int = 0) -> Any:
    return SimpleNamespace(build=SimpleNamespace(release_id=release_id), failed_critical=failed)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(due, "scan", lambda settings: {})
    monkeypatch.setattr(due, "all_receipts", lambda settings: [])
    monkeypatch.setattr(due, "build", lambda settings: "built")
    monkeypatch.setattr(due, "current_release", lambda settings: "r1")
    monkeypatch.setattr(due, "due_release_id", lambda settings, receipts: "r2")
    monkeypatch.setattr(due, "read_audit", lambda settings: audit("r20260131-r1"))
    return load_settings(tmp_path)


def test_what_is_served_already_is_not_built_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "due_release_id", lambda settings, receipts: "r1")
    with pytest.raises(NothingToDo):
        due.build_what_is_due(settings)


def test_what_is_not_served_is_built(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(due.build_what_is_due(settings)) == "built"
    monkeypatch.setattr(due, "current_release", lambda settings: None)
    monkeypatch.setattr(due, "due_release_id", lambda settings, receipts: None)
    assert str(due.build_what_is_due(settings)) == "built", "before the first release everything is due"


@pytest.mark.parametrize(
    ("judged", "is_built"),
    [
        (audit("r20260130-aa", failed=1), False),
        (audit("r20260131-aa"), True),
        (audit("r20260131-bb", failed=1), True),
        (NothingToDo("never built"), True),
        (GateBlocked("never audited"), True),
    ],
)
def test_what_the_gate_has_blocked_is_not_built_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, judged: Any, is_built: bool
) -> None:
    def read_audit(settings: Settings) -> Any:
        if isinstance(judged, Exception):
            raise judged
        return judged

    monkeypatch.setattr(due, "due_release_id", lambda settings, receipts: "r20260131-aa")
    monkeypatch.setattr(due, "read_audit", read_audit)
    with nullcontext() if is_built else pytest.raises(NothingToDo, match="blocked"):
        assert str(due.build_what_is_due(settings)) == "built"


def test_the_build_waits_until_the_inbox_is_empty_but_not_for_ever(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([{"hotline_city": 2}, {"hotline_city": 1}, {}])
    monkeypatch.setattr(due.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(due, "scan", lambda settings: next(looks))
    due.build_what_is_due(settings)
    assert next(looks, "all looked at") == "all looked at"
    monkeypatch.setattr(due, "scan", lambda settings: {"hotline_city": 1})
    assert str(due.build_what_is_due(settings, patience=0.01)) == "built"
