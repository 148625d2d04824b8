"""A run killed at every point the product declares: readers see old or new, the next run finishes, the model agrees."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.reliability import grounds
from tests.reliability.figures import record
from tests.reliability.harness import Ground, Harness, Kill, talkers
from tests.reliability.points import declared

# whole/test_brief_kills.py: they need a whole city; tests/slow/test_privacy_kill.py: deletions have their own model
ELSEWHERE = ("brief.file/", "site.models/", "privacy.")


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    with talkers() as (zygote, checker):
        yield Harness(zygote, checker, tmp_path_factory.mktemp("failed"))


@pytest.fixture(scope="module")
def stories(harness: Harness, tmp_path_factory: pytest.TempPathFactory, seed: int) -> list[Ground]:
    """The homes of all stories, each run once undisturbed: the model agrees before anyone is killed."""
    makers = (grounds.keeping, grounds.day, grounds.restoring, grounds.writing, grounds.first_day)
    made = [make(harness.zygote, tmp_path_factory.mktemp(make.__name__), seed) for make in makers]
    for ground in made:
        harness.undisturbed(ground)
    return made


def kills(stories: list[Ground], scale: int) -> Iterator[tuple[Ground, Kill]]:
    """Each point once, in the first story that comes by; at night in every story, and at its last time too."""
    seen: set[str] = set()
    for ground in stories:
        for kill in ground.kills:
            if scale > 1 or kill.point not in seen:
                seen.add(str(kill.point))
                yield ground, kill


def test_every_declared_point_is_visited(stories: list[Ground]) -> None:
    visited = {point for ground in stories for point in ground.points}
    wanted = {point for point in declared() if not point.startswith(ELSEWHERE)}
    assert wanted - visited == set()


def test_a_kill_at_any_point_costs_nothing(harness: Harness, stories: list[Ground], scale: int, seed: int) -> None:
    dice = random.Random(seed)
    chosen = list(kills(stories, scale))
    for ground, kill in chosen:
        harness.trial(ground, kill, dice)
    points = {kill.point for _, kill in chosen if not str(kill.point).startswith(ELSEWHERE)}
    record("points", declared=len(declared()), visited=len(points), seed=seed, **harness.tally.told())
    assert not harness.tally.problems, "\n".join(harness.tally.problems[:40])
    assert harness.tally.wrong_reads == 0
