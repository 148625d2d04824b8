"""Full disks, files that rot, two writers, readers who hold on: right figures after the next run, or a refusal.

A refusal is an error of ours that says what to do. What it says is then done, and the model must agree.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.reliability import grounds
from tests.reliability.figures import record
from tests.reliability.harness import Ground, Harness, talkers
from tests.reliability.power import Disk
from tests.reliability.source import MESSAGES, ROOMS

LIMITS = [1 << bits for bits in range(9, 22)]
FLIPS = 5
Damage = Callable[[Path, random.Random], None]


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    with talkers() as (zygote, checker):
        yield Harness(zygote, checker, tmp_path_factory.mktemp("failed"))


@pytest.fixture(scope="module")
def ground(harness: Harness, tmp_path_factory: pytest.TempPathFactory, seed: int) -> Ground:
    made = grounds.day(harness.zygote, tmp_path_factory.mktemp("storage"), seed)
    harness.undisturbed(made)
    return made


def settled(harness: Harness, ground: Ground) -> None:
    """The next run ends, and the model agrees."""
    last = harness.zygote.ask(story="day", home=str(ground.home))
    assert last["ended"] == "done", last["said"]
    assert harness._rest(ground, ground.home, []) == []


def is_refusal(outcome: dict[str, Any]) -> bool:
    return outcome["ended"] == "failed" and "ingestion.errors." in outcome["said"] and "Next step:" in outcome["said"]


@pytest.mark.parametrize("limit", LIMITS)
def test_a_file_that_cannot_grow_harms_nothing(harness: Harness, ground: Ground, limit: int) -> None:
    home = harness._copy(ground)
    outcome = harness.zygote.ask(story="day", home=str(home), limit=limit)
    assert outcome["ended"] in ("done", "failed")
    assert harness._readers(ground, home, []) == []
    settled(harness, ground)


def test_a_full_disk_harms_nothing(tmp_path: Path, scale: int, seed: int) -> None:
    dice, disk = random.Random(f"full:{seed}"), Disk(tmp_path)
    full = 0
    try:
        with talkers() as both:
            harness = Harness(*both, tmp_path / "failed")
            ground = grounds.day(both[0], disk.mount, seed)
            for _ in range(8 * scale):
                home, filler = harness._copy(ground), disk.mount / "filler"
                room = shutil.disk_usage(disk.mount).free - int(2 ** dice.uniform(10, 21))
                subprocess.run(["fallocate", "-l", str(max(room, 1)), str(filler)], check=True)
                full += both[0].ask(story="day", home=str(home))["ended"] == "failed"
                assert harness._readers(ground, home, []) == []
                filler.unlink()
                settled(harness, ground)
    finally:
        disk.close()
    record("disk_full", limits=len(LIMITS), full_disks=8 * scale, stopped=full, wrong_reads=0)
    assert full, "no run met the full disk"


# files that rot


def flip(path: Path, dice: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    _replace(path, bytes(data))


def cut(path: Path, dice: random.Random) -> None:
    data = path.read_bytes()
    _replace(path, data[: dice.randrange(len(data))])


def _replace(path: Path, data: bytes) -> None:
    """Rot changes bytes in place; a released file is read-only, and one name of two."""
    path.chmod(0o644)
    with path.open("r+b") as stream:
        stream.write(data)
        stream.truncate(len(data))


def rebuilt(home: Path) -> None:
    shutil.rmtree(home / "warehouse")


def released_anew(home: Path) -> None:
    """`citypulse release`: the zygote's next run does it by itself."""


@pytest.mark.parametrize("damage", [flip, cut])
def test_a_damaged_warehouse_gives_no_wrong_figure(
    harness: Harness, ground: Ground, damage: Damage, scale: int, seed: int
) -> None:
    outcomes: Counter[str] = Counter()
    for number in range(FLIPS * scale):
        dice, home = random.Random(f"{damage.__name__}:{seed}:{number}"), harness._copy(ground)
        database = home / "warehouse" / "governance.duckdb"
        damage(database, dice)
        outcome = harness.zygote.ask(story="day", home=str(home))
        outcomes[_judged(outcome)] += 1
        assert harness._readers(ground, home, []) == []
        if is_refusal(outcome):
            rebuilt(home)
        settled(harness, ground)
    record(f"damage.warehouse_{damage.__name__}", **outcomes)
    assert set(outcomes) <= {"right", "refused"}


@pytest.mark.parametrize("part", ["release", "log", "parquet", "receipt"])
def test_a_damaged_file_is_refused_or_found_by_the_scan(
    harness: Harness, ground: Ground, part: str, scale: int, seed: int
) -> None:
    """Restored as the message says, all is right again; what is not found does no harm."""
    outcomes: Counter[str] = Counter()
    for number in range(FLIPS * scale):
        dice, home = random.Random(f"{part}:{seed}:{number}"), harness._copy(ground)
        scanned = harness.zygote.ask(story="scan", home=str(home))
        assert scanned["ended"] == "done", scanned["said"]
        patterns = {
            "release": "releases/r*.duckdb",
            "log": f"landing/{MESSAGES}/_delta_log/*.json",
            "parquet": f"landing/{ROOMS}/*/*.parquet",
            "receipt": f"receipts/{ROOMS}/*.json",
        }
        victim = dice.choice(sorted(home.glob(patterns[part])))
        sound = victim.read_bytes()
        flip(victim, dice)
        found = harness.zygote.ask(story="scan", home=str(home))
        if is_refusal(found):
            outcomes["found"] += 1
            _replace(victim, sound)
        else:
            outcomes["harmless"] += 1  # it must be: what follows is asked of the figures
        settled(harness, ground)
    record(f"damage.{part}", **outcomes)
    assert part in ("log", "receipt") or outcomes["found"] == FLIPS * scale  # those two hold words that nobody reads


def _judged(outcome: dict[str, Any]) -> str:
    return "right" if outcome["ended"] == "done" else "refused" if is_refusal(outcome) else outcome["said"][-300:]


# left-overs and others


def test_a_stale_log_beside_the_warehouse_is_not_replayed(harness: Harness, ground: Ground, seed: int) -> None:
    """The write-ahead log of another database lies where that of the warehouse would."""
    home = harness._copy(ground)
    killed = harness.zygote.ask(story="day", home=str(home), point="build.write_down")
    assert killed["ended"] == "killed"
    logs = list((home / "warehouse").glob("*.wal"))
    assert logs, "a build killed in the middle leaves a log"
    stale = logs[0].read_bytes()
    harness._copy(ground)
    (home / "warehouse" / logs[0].name).write_bytes(stale)
    outcome = harness.zygote.ask(story="day", home=str(home))
    assert harness._readers(ground, home, []) == []
    if is_refusal(outcome):
        rebuilt(home)
    settled(harness, ground)


def test_a_log_cut_anywhere_costs_at_most_a_build(harness: Harness, ground: Ground, scale: int, seed: int) -> None:
    for number in range(FLIPS * scale):
        dice, home = random.Random(f"wal:{seed}:{number}"), harness._copy(ground)
        assert harness.zygote.ask(story="day", home=str(home), point="build.write_down")["ended"] == "killed"
        for log in (home / "warehouse").glob("*.wal"):
            (cut if number % 2 else flip)(log, dice)
        outcome = harness.zygote.ask(story="day", home=str(home))
        assert harness._readers(ground, home, []) == []
        if is_refusal(outcome):
            rebuilt(home)
        settled(harness, ground)


def test_of_two_runs_at_once_one_waits_and_nothing_is_doubled(harness: Harness, ground: Ground) -> None:
    home = harness._copy(ground)
    code = "from tests.reliability import stories as s; import sys; from pathlib import Path; "
    command = [sys.executable, "-c", f"{code}s.day(s.settings_of(Path(sys.argv[1])))", str(home)]
    runs = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    said = [run.communicate()[1] for run in runs]
    ended = [run.returncode for run in runs]
    assert 0 in ended
    assert all(code == 0 or "WarehouseBusy" in text for code, text in zip(ended, said, strict=True)), said
    settled(harness, ground)


def test_a_reader_keeps_the_release_that_is_cleared_away(harness: Harness, ground: Ground) -> None:
    home = harness._copy(ground)
    held = next(iter(home.glob("releases/r*.duckdb")))
    code = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); print('open', flush=True); input(); "
        "print(c.execute('SELECT count(*), sum(denominator) FROM marts.fct_kpi_value').fetchone())"
    )
    reader = subprocess.Popen(
        [sys.executable, "-c", code, str(held)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "open\n"
    for story in ("day", "prune"):
        assert harness.zygote.ask(story=story, home=str(home))["ended"] == "done"
    assert not held.exists()
    answer, _ = reader.communicate("\n")
    assert answer.startswith("(3, Decimal(")
