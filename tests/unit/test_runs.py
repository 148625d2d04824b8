"""The runs where people look for them: in the release, on the page, in `citypulse status`."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from citypulse.cli import app
from citypulse.status import status
from ingestion.errors import BuildFailed, GateBlocked, NothingToDo
from ingestion.run_log import logged
from ingestion.run_record import Run, read_line, to_line
from ingestion.settings import Settings, local_now
from tests.structure.repo import is_bilingual
from tests.unit.test_run_log import plant
from tests.warehouse_fixture import make_settings, make_warehouse
from warehouse.engine import connect
from warehouse.release import publish
from warehouse.runs import observed
from warehouse.runs_page import step_times, write_runs_page


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path)


def served(settings: Settings, sql: str) -> list[tuple]:
    with connect(settings.serving / "governance.duckdb", settings=settings, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def page(settings: Settings) -> str:
    return (settings.site / "runs.html").read_text(encoding="utf-8")


def ago(**time: int) -> str:
    return (local_now() - timedelta(**time)).isoformat(sep=" ")


def test_a_release_holds_the_runs_that_led_to_it(settings: Settings) -> None:
    make_warehouse(settings)
    by_airflow = "airflow ingest_hotline_city manual__of_Wang_Wu"
    plant(
        settings,
        Run("0" * 12, "land", "hotline_city", ago(days=91)),
        Run(
            "1" * 12,
            "land",
            "hotline_city",
            ago(days=89),
            1.25,
            started_by=by_airflow,
            counts={"received": 7, "odd": 3},
        ),
    )
    with logged(settings, "build") as run:
        run.count(models=3, tests=4, batches=2)
    with (settings.logs / "runs" / f"{ago()[:7]}.jsonl").open("ab") as stream:
        stream.write(
            b'{"step": "someone wrote 1' + b'3900000000 here"}\n'
        )  # would block the release, were it let through
    published = publish(settings, checks_passed=9, checks_total=10)
    columns = "step, feed, seconds, outcome, received, models, started_by"
    assert served(settings, f"SELECT {columns} FROM meta.run_log ORDER BY started_at") == [
        ("land", "hotline_city", pytest.approx(1.25), "done", 7, None, "airflow"),
        ("build", "", pytest.approx(0, abs=5), "done", None, 3, "cli"),
    ]
    comments = "SELECT comment FROM duckdb_columns() WHERE table_name = 'run_log'"
    comments += " UNION ALL SELECT comment FROM duckdb_tables() WHERE table_name = 'run_log'"
    assert all(is_bilingual(comment) for (comment,) in served(settings, comments))
    last = status(settings)["runs"][0]
    tables = 6 + 3  # in `zh`
    assert (last["step"], last["release_id"], last["counts"]["tables"]) == ("release", published.release_id, tables)
    assert published.release_id in page(settings)


def test_the_page_shows_a_failure_first_and_that_it_was_put_right(settings: Settings) -> None:
    plant(settings, Run("2" * 12, "land", "hotline_city", ago(hours=2), 3.0, counts={"received": 1234567}))
    with pytest.raises(GateBlocked), observed(settings, "gate"):
        raise GateBlocked("10000000000", counts={"checks_passed": 3})
    before = page(settings)
    assert before.index("GateBlocked") < before.index("1,234,567")
    assert "待处理" in before
    assert "有步骤停在失败处" in before
    assert "checks_passed&nbsp;3" in before
    assert "10000000000" not in before
    with observed(settings, "gate"):
        pass
    assert "其后正常" in page(settings)
    assert "有步骤停在失败处" not in page(settings)


def test_the_page_asks_nothing_from_anywhere(settings: Settings) -> None:
    write_runs_page(settings)
    assert "尚无运行" in page(settings)
    assert re.findall(r"(?:src|href|url|action)\s*[=(]\s*[\"']?([^\"'>)]+)", page(settings)) == [
        "index.html",
        "quality.html",
    ]
    assert "default-src 'none'" in page(settings)


def test_a_run_with_nothing_to_do_writes_no_page(settings: Settings) -> None:
    with pytest.raises(NothingToDo), observed(settings, "build"):
        raise NothingToDo("nothing")
    assert not settings.site.exists()


def test_a_page_that_cannot_be_written_costs_no_work(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.site.write_text("in the way")
    with observed(settings, "build"):
        pass
    assert status(settings)["runs"][0]["outcome"] == "done"
    assert "page=runs not_written=" in caplog.text


def test_durations_leave_out_what_did_not_finish() -> None:
    seconds = [("done", 4.0), ("failed", 100.0), ("done", 1.0), ("done", 2.5), ("killed", 0.0), ("done", 9.0)]
    runs = [Run(f"{n:012x}", "build", "", "2026-02-01 06:00:00", s, outcome) for n, (outcome, s) in enumerate(seconds)]
    (times,) = step_times(runs)
    assert (times.runs, times.failed, times.median, times.last, times.longest) == (6, 2, 3.25, 4.0, 9.0)
    assert [run.seconds for run in times.latest] == [9.0, 2.5, 1.0, 100.0, 4.0]


def test_steps_stand_in_the_order_in_which_data_pass_them() -> None:
    names = ["release", "audit_of_ours", "land", "gate", "build"]
    runs = [Run(f"{n:012x}", name, "", "2026-02-01 06:00:00") for n, name in enumerate(names)]
    assert [times.step for times in step_times(runs)] == ["land", "build", "gate", "release", "audit_of_ours"]


def test_status_shows_the_last_runs_and_what_is_at_work(settings: Settings) -> None:
    with pytest.raises(BuildFailed), logged(settings, "build"):
        raise BuildFailed("dbt: x failed", counts={"failed_nodes": 1})
    home = ["--home", str(settings.home), "status"]
    with logged(settings, "gate"):
        seen = CliRunner().invoke(app, home)
        found = json.loads(CliRunner().invoke(app, [*home, "--json"]).stdout)
    assert seen.exit_code == 0
    assert "BuildFailed" in seen.stdout
    assert "failed_nodes=1" in seen.stdout
    assert "at work: gate since" in " ".join(seen.stdout.split())
    assert [(run["step"], run["error"], run["counts"]) for run in found["runs"]] == [
        ("build", "BuildFailed", {"failed_nodes": 1})
    ]
    assert [run["step"] for run in found["running"]] == ["gate"]
    assert datetime.fromisoformat(found["runs"][0]["started_at"])


def test_a_run_that_was_skipped_is_read_back_and_is_no_failure() -> None:
    run = Run("0" * 12, "snapshot", "", "2026-02-06 08:00:00", outcome="skipped", error="stale")
    assert read_line(to_line(run)) == run
    assert run.went_well
    (times,) = step_times([run])
    assert (times.runs, times.failed, times.median) == (1, 0, None)
