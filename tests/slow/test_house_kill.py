"""A kill at any step of the nightly upkeep harms no row, and the next night finishes what it had begun."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from ingestion.landing_upkeep import MANY
from ingestion.settings import Settings
from tests.feeds.readings import FEED, land_many

STRIDE = 5  # odd: now before a call, now after it; all of them take four times as long


def test_upkeep_killed_at_every_few_steps(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", key_file=tmp_path / "home" / "key.json", memory="500MB", threads=1)
    land_many(settings, deliveries=MANY + 4)
    for entry in (settings.landing / FEED / "_delta_log").iterdir():
        os.utime(entry, (0, 0))  # old enough for the log to be cut
    (tmp_path / "work").mkdir()
    command = [sys.executable, "-m", "tests.slow.kill_upkeep", str(settings.home), str(tmp_path / "work"), str(STRIDE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    kills = re.search(r"(\d+) kills", done.stdout)
    assert kills, done.stdout
    assert int(kills[1]) > 10
