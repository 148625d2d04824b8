"""The run log tells what happened, survives kills and damage, and holds no message of an error."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ingestion.errors import BuildFailed, ContractError, DeliveryRefused, NothingToDo
from ingestion.run_log import history, logged, recent, running
from ingestion.run_record import Run, read_line, to_line
from ingestion.settings import PROJECT_ROOT, Settings
from tests.warehouse_fixture import make_settings

SLEEPER = """
import sys, time
from pathlib import Path
from ingestion.run_log import logged
from ingestion.settings import Settings
home = Path(sys.argv[1])
with logged(Settings(home=home, key_file=home / "key"), "land", "hotline_city") as run:
    run.count(received=3)
    print("at work", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path)


def lines(settings: Settings) -> list[dict]:
    return [json.loads(line) for path in (settings.logs / "runs").glob("*.jsonl") for line in path.open()]


def plant(settings: Settings, *runs: Run) -> None:
    """Write runs as if they had been."""
    (settings.logs / "runs").mkdir(parents=True, exist_ok=True)
    for run in runs:
        with (settings.logs / "runs" / f"{run.started_at[:7]}.jsonl").open("ab") as stream:
            stream.write(to_line(run))


def test_a_run_leaves_one_line_with_what_it_counted(settings: Settings) -> None:
    with logged(settings, "land", "hotline_city") as run:
        run.add(received=2)
        run.add(received=3, landed=4)
        run.count(duplicates=1)
    (line,) = lines(settings)
    assert (line["step"], line["feed"], line["outcome"], line["error"]) == ("land", "hotline_city", "done", "")
    assert line["counts"] == {"received": 5, "landed": 4, "duplicates": 1}
    assert line["started_by"] == "cli"
    assert 0 <= line["seconds"] < 5
    ago = datetime.now(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None) - datetime.fromisoformat(line["started_at"])
    assert 0 <= ago.total_seconds() < 60
    assert recent(settings, 1)[0].run_id == line["run_id"]


def test_a_run_with_nothing_to_do_leaves_none(settings: Settings) -> None:
    with pytest.raises(NothingToDo), logged(settings, "land"):
        raise NothingToDo("nothing")
    assert lines(settings) == []
    assert running(settings) == []


def test_a_failure_tells_class_rule_and_counts_but_not_its_message(settings: Settings) -> None:
    with pytest.raises(DeliveryRefused), logged(settings, "land"):
        raise DeliveryRefused("header", "the cell reads Wang Wu", next_step="ask")
    with pytest.raises(BuildFailed), logged(settings, "build"):
        raise BuildFailed("dbt: a, b failed", counts={"failed_nodes": 2})
    with pytest.raises(ValueError, match="Wang"), logged(settings, "gate"):
        raise ValueError("Wang Wu")
    found = {line["step"]: (line["outcome"], line["error"], line["counts"]) for line in lines(settings)}
    assert found == {
        "land": ("failed", "DeliveryRefused header", {}),
        "build": ("failed", "BuildFailed", {"failed_nodes": 2}),
        "gate": ("failed", "ValueError", {}),
    }
    assert "Wang" not in str(lines(settings))


def test_a_torn_line_and_foreign_ones_are_left_out_and_counted(settings: Settings) -> None:
    with logged(settings, "land"):
        pass
    (path,) = (settings.logs / "runs").glob("*.jsonl")
    whole = path.read_bytes()
    with path.open("ab") as stream:
        stream.write(b'"a string"\n[1]\n\xff\xfe\n{"run_id": "x"}\n' + whole[: len(whole) // 2])  # torn: no end of line
    with logged(settings, "build"):
        pass
    found = history(settings)
    assert [run.step for run in found.runs] == ["build", "land"]
    assert found.unreadable == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": "call 1" + "3900000000"},
        {"error": "ValueError: Wang Wu"},
        {"feed": "../etc"},
        {"outcome": "fine"},
        {"started_at": "yesterday"},
        {"seconds": -1},
        {"seconds": float("nan")},
        {"counts": {"landed": "many"}},
        {"counts": {"Wang Wu": 1}},
        {"counts": {"landed": True}},
        {"release_id": "r1"},
    ],
)
def test_what_the_log_lets_through_is_fit_to_be_published(wrong: dict) -> None:
    good = json.loads(to_line(Run("0" * 12, "land", "hotline_city", "2026-02-01 06:00:00", counts={"landed": 3})))
    assert read_line(json.dumps(good).encode())
    assert read_line(json.dumps({**good, **wrong}).encode()) is None


def test_many_at_once_do_not_mix_their_lines(settings: Settings) -> None:
    def one(number: int) -> None:
        with logged(settings, "land", f"feed_{number}") as run:
            run.count(received=number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(100)))
    found = history(settings)
    assert found.unreadable == 0
    assert {run.counts["received"] for run in found.runs} == set(range(100))


def test_what_is_at_work_shows_and_a_kill_is_written_down_by_the_next_run(settings: Settings) -> None:
    command = [sys.executable, "-c", SLEEPER, str(settings.home)]
    child = subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout
        assert child.stdout.readline() == "at work\n"
        assert [(run.step, run.feed) for run in running(settings)] == [("land", "hotline_city")]
        with logged(settings, "build"):
            assert {run.step for run in running(settings)} == {"land", "build"}
        assert [run.step for run in recent(settings)] == ["build"]  # who lives is not buried
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
    assert running(settings) == []
    with logged(settings, "gate"):
        pass
    with logged(settings, "release"):
        pass
    assert sorted((run.step, run.outcome) for run in recent(settings)) == [
        ("build", "done"), ("gate", "done"), ("land", "killed"), ("release", "done"),
    ]  # fmt: skip


def test_a_log_that_cannot_be_written_costs_no_work(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.logs.write_text("in the way")
    done = False
    with logged(settings, "build"):
        done = True
    assert done
    assert "not_logged=" in caplog.text


def test_history_reads_no_further_than_it_must(settings: Settings) -> None:
    moments = ["2026-01-31 23:00:00", "2026-02-01 00:10:00", "2026-02-03 08:00:00", "2026-02-03 07:00:00"]
    plant(settings, *(Run(f"{number:012x}", "land", "", moment) for number, moment in enumerate(moments)))
    assert [run.started_at for run in history(settings).runs] == sorted(moments, reverse=True)
    assert [run.started_at for run in recent(settings, 3)] == sorted(moments, reverse=True)[:3]
    assert len(history(settings, since=datetime(2026, 2, 1, 1)).runs) == 2
    (settings.logs / "runs" / "2026-01.jsonl").write_bytes(b"torn")
    assert history(settings, since=datetime(2026, 2, 1)).unreadable == 0  # the month before was not opened


def test_a_run_says_who_started_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CTX_DAG_ID", "build_warehouse")
    monkeypatch.setenv("AIRFLOW_CTX_DAG_RUN_ID", "manual__2026-02-01T06:30:00+08:00 \n by me")
    with logged(settings, "build"):
        pass
    assert recent(settings)[0].started_by == "airflow build_warehouse manual__2026-02-01T06:30:00+08:00___by_me"


def test_lineage_that_cannot_be_written_stops_a_run_before_its_work(settings: Settings) -> None:
    wanted = Settings(home=settings.home, key_file=settings.key_file, lineage_file=settings.home / "no" / "file")
    with pytest.raises(ContractError, match="cannot be written"), logged(wanted, "build"):
        raise AssertionError("the work began")
