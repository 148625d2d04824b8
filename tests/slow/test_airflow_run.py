"""`make run` for real: Airflow starts, reacts to files that arrive, publishes a brief, and leaves nothing running."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

COMMAND = [sys.executable, "-m", "citypulse"]


def citypulse(home: Path, *arguments: str, timeout: int = 60) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, "--home", str(home), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)


def processes_about(home: Path) -> list[str]:
    """Command lines of processes that still work in this home."""
    lines = [path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace") for path in command_lines()]
    return [line for line in lines if str(home) in line]


def command_lines() -> list[Path]:
    return [path for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]


def test_airflow_reacts_to_deliveries_until_the_brief_is_out(tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = citypulse(home, "airflow", "--days", "4", timeout=900)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "ingest_hotline_city.land success" in done.stderr + done.stdout

    found = json.loads(citypulse(home, "status", "--json").stdout)
    assert found["release"]["checks_total"] > 0
    for counts in found["feeds"].values():
        assert counts["pending"] == 0
        assert counts["received"] == counts["landed"] + counts["quarantined"] + counts["duplicates"] > 0
    briefs = sorted(path.name for path in (home / "briefs" / found["release"]["id"]).iterdir())
    assert any(name.endswith("_zh.pdf") for name in briefs)
    assert any(name.endswith("_en.html") for name in briefs)
    assert processes_about(home) == []
    assert citypulse(home, "doctor").returncode == 0
    assert citypulse(home, "run", timeout=300).returncode == 3, "nothing is left to do"
