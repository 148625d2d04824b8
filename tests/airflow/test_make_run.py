"""`make run` for real: Airflow starts, reacts to files that arrive, publishes a brief, and leaves nothing running."""

from __future__ import annotations

import json

from tests.airflow.conftest import FirstRun, citypulse


def test_airflow_reacts_to_deliveries_until_the_brief_is_out(first_run: FirstRun) -> None:
    home, done = first_run.settings.home, first_run.done
    print(f"\n  make run, one day: {first_run.seconds:.0f} s")
    assert "ingest_hotline_city.land success" in done.stderr + done.stdout
    found = json.loads(citypulse(home, "status", "--json").stdout)
    assert found["release"]["checks_total"] > 0
    for counts in found["feeds"].values():
        assert counts["pending"] == 0
        assert counts["received"] == counts["landed"] + counts["quarantined"] + counts["duplicates"] > 0
    briefs = sorted(path.name for path in (home / "briefs" / found["release"]["id"]).iterdir())
    assert any(name.endswith("_zh.pdf") for name in briefs)
    assert any(name.endswith("_en.html") for name in briefs)
    assert first_run.left_running == []
    assert citypulse(home, "doctor").returncode == 0
    assert citypulse(home, "run", timeout=300).returncode == 3, "nothing is left to do"
