"""Loads the product once, opens nothing, and forks a child for every run; a child dies where it is told to.

`python -m tests.reliability.zygote` reads one order a line (JSON) and answers each with one line.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ingestion import durable
from ingestion.contract import load_contracts
from tests.reliability import planted, stories

WARM = ("deltalake.transaction", "arro3.core", "jinja2", "pandas", "ingestion.readers.workbook", "warehouse.runs_page")
SLACK_SECONDS = 120


@dataclass(frozen=True)
class Order:
    """Run a story in a home. `point` and `hit`: die there. `after`: die after so many seconds. Neither: to the end.

    `limit`: no file may grow beyond so many bytes, as on a full disk. `bug`: one of `planted.BUGS` is in the product.
    """

    story: str
    home: str
    point: str | None = None
    hit: int = 1
    after: float | None = None
    limit: int | None = None
    bug: str | None = None


@dataclass(frozen=True)
class Outcome:
    """How a run ended: `killed`, `done`, or `failed` with what it said; the points it came by, in order."""

    ended: str
    seconds: float
    points: list[str] = field(default_factory=list)
    said: str = ""


def serve() -> None:
    for name in WARM:
        importlib.import_module(name)
    load_contracts(stories.settings_of(Path("nowhere")))  # read and compiled once, for all children
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(asdict(run(Order(**json.loads(line))))), flush=True)


def run(order: Order) -> Outcome:
    """Fork, wait, and kill where time is what decides."""
    started = time.monotonic()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _live(order, writing)
    os.close(writing)
    code = _wait(child, order.after)
    with open(reading, encoding="utf-8") as stream:
        told = stream.read()
    seconds = round(time.monotonic() - started, 3)
    if os.WIFSIGNALED(code):
        return Outcome("killed", seconds)
    found: dict[str, Any] = json.loads(told)
    return Outcome(found["ended"], seconds, found["points"], found["said"])


def _wait(child: int, after: float | None) -> int:
    """How the child ended, as the kernel says; killed where it did not end by itself in time."""
    alive = os.pidfd_open(child)
    try:
        if not select.select([alive], [], [], SLACK_SECONDS if after is None else after)[0]:
            os.kill(child, signal.SIGKILL)
        return os.waitpid(child, 0)[1]
    finally:
        os.close(alive)


def _live(order: Order, writing: int) -> None:
    """The child: its own session, so that nothing it starts outlives a kill unseen."""
    points: list[str] = []
    seen: Counter[str] = Counter()

    def visit(point: str) -> None:
        points.append(point)
        seen[point] += 1
        if point == order.point and seen[point] == order.hit:
            os.kill(os.getpid(), signal.SIGKILL)

    ended, said = "done", ""
    try:
        os.setsid()
        durable.watch(visit)
        if order.limit is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (order.limit, order.limit))
        if order.bug:
            plant, _ = planted.BUGS[order.bug]
            plant()
        stories.STORIES[order.story](stories.settings_of(Path(order.home)))
    except BaseException:  # noqa: BLE001 - whatever it was, the parent must see it
        ended, said = "failed", traceback.format_exc()
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        json.dump({"ended": ended, "points": points, "said": said}, stream)
    os._exit(0)


if __name__ == "__main__":
    serve()
