"""The power goes at a crash point: what was acknowledged is on the disk, and nothing half-written has a final name."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability import grounds
from tests.reliability.figures import record
from tests.reliability.harness import Harness, talkers
from tests.reliability.power import Disk

CUTS = 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    found = Disk(tmp_path)
    yield found
    found.close()


def test_a_power_cut_loses_nothing_acknowledged(disk: Disk, tmp_path: Path, scale: int, seed: int) -> None:
    dice = random.Random(f"power:{seed}")
    with talkers() as (zygote, checker):
        harness = Harness(zygote, checker, tmp_path / "failed", disk=disk)
        for make in (grounds.day, grounds.keeping):
            ground = make(zygote, disk.mount, seed)
            harness.undisturbed(ground)
            for kill in dice.sample(ground.kills, CUTS * scale // 2):
                harness.trial(ground, kill, dice)
    record("power", cuts=harness.tally.kills, seed=seed, **harness.tally.told())
    assert not harness.tally.problems, "\n".join(harness.tally.problems[:40])
