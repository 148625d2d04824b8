"""A release survives a kill before any of its changes to the file system: readers are whole, a second run finishes."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.errors import NothingToDo
from ingestion.settings import Settings
from tests.warehouse_fixture import make_settings, make_warehouse
from warehouse import serving
from warehouse.engine import connect
from warehouse.release import publish

STEPS = ("replace", "link", "unlink", "fsync", "rmdir", "mkdir", "symlink", "chmod")


def put(settings: Settings) -> str:
    return publish(settings, checks_passed=9, checks_total=10).release_id


def deadly(name: str, countdown: list[int]) -> Callable[..., object]:
    """The function of `os`, but the process dies instead of the last call of the countdown."""
    real = getattr(os, name)

    def step(*args: object, **kwargs: object) -> object:
        countdown[0] -= 1
        if countdown[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)

    return step


def publish_until_kill(settings: Settings, at: int) -> bool:
    """Publish in a child that is killed before its `at`-th change of the file system; whether it got to the end."""
    child = os.fork()
    if child == 0:
        countdown = [at]
        for name in STEPS:
            setattr(os, name, deadly(name, countdown))
        try:
            put(settings)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def served(settings: Settings) -> str:
    """What a BI tool on the fixed name reads."""
    with connect(settings.serving / "governance.duckdb", settings=settings, read_only=True) as connection:
        row = connection.execute("SELECT release_id FROM meta.publish_info").fetchone()
    assert row is not None
    return str(row[0])


def test_killed_at_any_step_readers_are_whole_and_a_second_run_finishes(tmp_path: Path) -> None:
    settings, start = make_settings(tmp_path / "home"), tmp_path / "start"
    make_warehouse(settings)
    first = put(settings)
    second = make_warehouse(settings, "UPDATE meta.build_info SET input_digest = 'other'")
    settings.home.rename(start)
    seen = set()
    for at in range(1, 200):
        shutil.rmtree(settings.home, ignore_errors=True)
        shutil.copytree(start, settings.home, symlinks=True)
        ended = publish_until_kill(settings, at)

        pointer = serving.current_release(settings)
        seen.add((pointer, served(settings)))
        assert serving.release_problems(settings, str(pointer)) == []

        try:
            assert put(settings) == second
        except NothingToDo:
            assert pointer == second
        assert serving.verify_release(settings) == []
        assert served(settings) == serving.current_release(settings) == second
        left = [*settings.releases.iterdir(), *settings.serving.iterdir()]
        assert not [path.name for path in left if path.name.startswith(".")]
        if ended:
            assert seen == {(first, first), (first, second), (second, second)}
            return
    pytest.fail("the publication never came to its end")
