"""Runs killed at random moments, and again while they recover; seeds that once failed come first."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability import grounds
from tests.reliability.figures import record
from tests.reliability.harness import Ground, Harness, Kill, talkers

KILLS = 30
FAILED_ONCE = Path(__file__).parent / "corpus" / "kills.json"


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    with talkers() as (zygote, checker):
        yield Harness(zygote, checker, tmp_path_factory.mktemp("failed"))


def ground_of(harness: Harness, folder: Path, seed: int) -> Ground:
    ground = grounds.day(harness.zygote, folder, seed)
    harness.undisturbed(ground)
    return ground


def trial(harness: Harness, ground: Ground, seed: int, number: int) -> list[str]:
    """The trial of this seed and number; early moments as often as late ones, for they are shorter."""
    dice = random.Random(f"{seed}:{number}")
    after = math.exp(dice.uniform(math.log(0.02), math.log(1.2 * ground.seconds)))
    return harness.trial(ground, Kill("day", after=after), dice)


def test_seeds_that_once_failed_hold(harness: Harness, tmp_path: Path) -> None:
    for position, (seed, number) in enumerate(json.loads(FAILED_ONCE.read_text())):
        ground = ground_of(harness, tmp_path / str(position), seed)
        assert trial(harness, ground, seed, number) == []


def test_a_kill_at_any_time_costs_nothing(harness: Harness, tmp_path: Path, scale: int, seed: int) -> None:
    ground = ground_of(harness, tmp_path, seed)
    failed = [number for number in range(KILLS * scale) if trial(harness, ground, seed, number)]
    if failed:
        known = json.loads(FAILED_ONCE.read_text())
        FAILED_ONCE.write_text(json.dumps([*known, *([seed, number] for number in failed)]) + "\n")
    record("random", seed=seed, **harness.tally.told())
    assert not failed, "\n".join(harness.tally.problems[:40])
