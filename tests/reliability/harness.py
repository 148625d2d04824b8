"""One trial: a home, a run that is killed, readers who look, a run that recovers, and the model that judges."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingestion.settings import PROJECT_ROOT
from tests.reliability.model import Truth
from tests.reliability.power import Disk
from tests.reliability.source import Sent

RECOVERIES_KILLED = 0.2  # share of trials whose recovery is killed too


@dataclass(frozen=True)
class Kill:
    """Where a run dies: at the `hit`-th time it comes by `point`, or `after` seconds."""

    story: str
    point: str | None = None
    hit: int = 1
    after: float | None = None

    def __str__(self) -> str:
        return f"{self.story} at {self.point}#{self.hit}" if self.point else f"{self.story} after {self.after}"


@dataclass
class Tally:
    """What came of the trials so far."""

    kills: int = 0
    recoveries_killed: int = 0
    wrong_reads: int = 0
    problems: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def p95(self) -> float:
        """Seconds in which nineteen of twenty recoveries were done."""
        return sorted(self.seconds)[int(len(self.seconds) * 0.95)] if self.seconds else 0.0

    def told(self) -> dict[str, Any]:
        """The figures to publish."""
        return {
            "kills": self.kills,
            "recoveries_killed": self.recoveries_killed,
            "wrong_reads": self.wrong_reads,
            "problems": len(self.problems),
            "recovery_p95_seconds": round(self.p95, 2),
        }


class Talker:
    """A process that answers one line with one line."""

    def __init__(self, module: str) -> None:
        command = [sys.executable, "-m", module]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT_ROOT
        )

    def ask(self, **order: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.communicate()


@contextmanager
def talkers() -> Iterator[tuple[Talker, Talker]]:
    """The zygote and the checker."""
    zygote, checker = Talker("tests.reliability.zygote"), Talker("tests.reliability.check")
    assert zygote.process.stdout is not None
    assert zygote.process.stdout.readline() == "ready\n"
    try:
        yield zygote, checker
    finally:
        zygote.close()
        checker.close()


@dataclass
class Ground:
    """A home in which a story is about to begin, what readers may see meanwhile, and what must be true at its end."""

    story: str
    home: Path
    may_read: list[dict[str, Any]]
    expected: dict[str, Any]
    points: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        shutil.copytree(self.home.parent, self.template, symlinks=True)

    @property
    def template(self) -> Path:
        return self.home.parent.with_name(f"{self.home.parent.name}.template")

    @property
    def kills(self) -> list[Kill]:
        """One kill for each point, and another at the last time where it comes by more than once."""
        hits = {point: self.points.count(point) for point in dict.fromkeys(self.points)}
        first = [Kill(self.story, point) for point in hits]
        return [*first, *(Kill(self.story, point, count) for point, count in hits.items() if count > 1)]


def expected(sent: Iterable[Sent]) -> dict[str, Any]:
    """The end of a story in which all of this was sent, as the checker wants it told."""
    files = list(sent)
    truth = Truth().take(files)
    return {
        "published": figures(truth),
        "landed": {feed: len(rows) for feed, rows in truth.rows.items()},
        "aside": dict(truth.aside),
        "sent": {feed: [f.name for f in files if f.feed == feed and f.name] for feed in {f.feed for f in files}},
        "acknowledged": [],
    }


def figures(truth: Truth) -> dict[str, Any]:
    return {f"{feed} {day}": [count, f"{total:.4f}"] for (feed, day), (count, total) in truth.published().items()}


@dataclass
class Harness:
    """Runs trials in copies of a ground, one after the other."""

    zygote: Talker
    checker: Talker
    failed: Path
    disk: Disk | None = None
    bug: str | None = None
    tally: Tally = field(default_factory=Tally)

    def undisturbed(self, ground: Ground) -> None:
        """Run the story once without a kill, note by which points it came, and see that the model agrees."""
        home = self._copy(ground)
        outcome = self.zygote.ask(story=ground.story, home=str(home))
        assert outcome["ended"] == "done", outcome["said"]
        ground.points, ground.seconds = outcome["points"], outcome["seconds"]
        wrong = self._rest(ground, home, [])
        assert wrong == [], f"without any kill: {wrong}"

    def trial(self, ground: Ground, kill: Kill, dice: random.Random) -> list[str]:
        """Kill, look, recover, look again. Returns what is wrong; the home stays for a look where something is."""
        home = self._copy(ground)
        self._run(kill.story, home, point=kill.point, hit=kill.hit, after=kill.after)
        wrong = self._readers(ground, home, seen := [])
        if dice.random() < RECOVERIES_KILLED:
            self._run(ground.story, home, after=10 ** dice.uniform(-2, 0))
            self.tally.recoveries_killed += 1
            wrong += self._readers(ground, home, seen)
        recovered = self.zygote.ask(story=ground.story, home=str(home), bug=self.bug)
        self.tally.seconds.append(recovered["seconds"])
        if recovered["ended"] != "done":
            wrong.append(f"the recovery failed: {recovered['said'][-1500:]}")
        wrong += self._rest(ground, home, seen)
        self.tally.problems += [f"{kill}: {problem}" for problem in wrong]
        if wrong:
            shutil.copytree(home.parent, self.failed / f"{self.tally.kills:05d}", symlinks=True)
        return wrong

    def _run(self, story: str, home: Path, **kill: Any) -> None:
        """A run that dies, and where there is a disk, its power with it."""
        self.zygote.ask(story=story, home=str(home), bug=self.bug, **kill)
        self.tally.kills += 1
        if self.disk:
            self.disk.cut()

    def _copy(self, ground: Ground) -> Path:
        """The ground as it was, at its own place: the pointer of a release names its file by its whole path."""
        shutil.rmtree(ground.home.parent, ignore_errors=True)
        shutil.copytree(ground.template, ground.home.parent, symlinks=True)
        if self.disk:
            self.disk.settle()
        return ground.home

    def _readers(self, ground: Ground, home: Path, seen: list[str]) -> list[str]:
        found = self.checker.ask(ask="readers", home=str(home))
        if "failed" in found:
            self.tally.wrong_reads += 1
            return [f"a reader failed: {found['failed']}"]
        seen += found["receipts"]
        wrong = [name for name in ("served", "pointed") if found[name] not in ground.may_read]
        self.tally.wrong_reads += len(wrong)
        return [f"{name} shows neither the old nor the new figures" for name in wrong]

    def _rest(self, ground: Ground, home: Path, seen: list[str]) -> list[str]:
        found = self.checker.ask(ask="rest", home=str(home), expected={**ground.expected, "acknowledged": seen})
        return [f"the checker failed: {found['failed']}"] if isinstance(found, dict) else list(found)
