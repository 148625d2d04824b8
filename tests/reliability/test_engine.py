"""The engine itself: what it said was committed is there after kill -9, whole, and lookups find what counts say.

Run it first when the pinned version moves: 1.5.5 lost index entries after a crash and said nothing.
"""

from __future__ import annotations

import math
import random
import subprocess
import sys
from pathlib import Path

from ingestion.settings import PROJECT_ROOT, Settings
from tests.reliability.engine_child import ROWS
from tests.reliability.figures import record
from warehouse.engine import connect

KILLS = 30


def acknowledged(database: Path, first: int, dice: random.Random) -> int:
    """Let a child commit until it is killed; returns the last batch that it said was committed."""
    command = [sys.executable, "-m", "tests.reliability.engine_child", str(database), str(first)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT_ROOT)
    assert child.stdout is not None
    last = int(child.stdout.readline())
    try:
        child.wait(math.exp(dice.uniform(math.log(0.005), math.log(0.5))))
    except subprocess.TimeoutExpired:
        child.kill()
    said = child.communicate()[0].split("\n")
    return int(said[-2]) if len(said) > 1 else last  # the last whole line


def test_what_was_committed_survives_a_kill(tmp_path: Path, scale: int, seed: int) -> None:
    dice, database = random.Random(f"engine:{seed}"), tmp_path / "engine.duckdb"
    settings = Settings(home=tmp_path, key_file=tmp_path / "key", memory="500MB")
    first = lost = partial = 0
    for _ in range(KILLS * scale):
        said = acknowledged(database, first, dice)
        with connect(database, settings=settings) as connection:
            facts = "SELECT max(batch), last(total ORDER BY batch), (SELECT count(*) FROM fact) FROM ledger"
            (newest, total, rows) = connection.execute(facts).fetchall()[0]
            mixture = "SELECT max(n) FROM (SELECT count(DISTINCT batch) AS n FROM fact GROUP BY id % 3)"
            ((mixed,),) = connection.execute(mixture).fetchall()
            found = connection.execute("SELECT count(*) FROM fact WHERE id IN (0, 1, 2, 77, 129_999)").fetchall()[0][0]
        lost += newest < said  # one more than was said may be there: it was committed and could not say so
        partial += (total, mixed) != (rows, 1) or newest > said + 1 or (rows == ROWS and found != 5)
        first = newest + 1
    record("engine", kills=KILLS * scale, batches=first, lost=lost, partial=partial, seed=seed)
    assert (lost, partial) == (0, 0)
