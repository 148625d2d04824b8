"""The harness finds bugs: each of these, planted in the product, is told of by the model, a reader or the checker."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability import grounds
from tests.reliability.figures import record
from tests.reliability.harness import Ground, Harness, Talker, talkers
from tests.reliability.planted import BUGS
from tests.reliability.power import Disk

MOST_TRIALS = 60


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Talker, Talker]]:
    with talkers() as found:
        yield found


def trials_until_found(harness: Harness, ground: Ground, near: str, dice: random.Random) -> int:
    """How many kills the harness needs to find the bug; those near to where it lies come first, else by chance."""
    chosen = dice.sample(ground.kills, len(ground.kills))
    chosen.sort(key=lambda kill: not str(kill.point).startswith(near))
    for number, kill in enumerate(chosen[:MOST_TRIALS], start=1):
        if harness.trial(ground, kill, dice):
            return number
    return 0


def test_every_planted_bug_is_found(both: tuple[Talker, Talker], tmp_path: Path, seed: int) -> None:
    disk = Disk(tmp_path)
    try:
        ground = grounds.day(both[0], disk.mount, seed)
        Harness(*both, tmp_path / "failed").undisturbed(ground)
        found = {}
        for bug, (_, near) in BUGS.items():
            on = disk if bug == "no_fsync" else None
            harness = Harness(*both, tmp_path / f"failed_{bug}", disk=on, bug=bug)
            found[bug] = trials_until_found(harness, ground, near, random.Random(f"{bug}:{seed}"))
    finally:
        disk.close()
    record("planted", bugs=len(BUGS), found=sum(map(bool, found.values())), kills_needed=found)
    assert [bug for bug, trials in found.items() if not trials] == []
