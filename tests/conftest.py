"""How a suite is spread over two processes: what shares a costly fixture stays together, and the costliest begin.

And what holds for all suites: no interpreter that they start reaches for a socket beyond this machine.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.socket_guard import sitecustomize as sockets

TOGETHER = (
    "tests/integration", "tests/dags", "tests/airflow", "tests/real", "tests/site", "tests/reliability/whole",
)  # one dbt, one DagBag, one Airflow, one browser, one city each  # fmt: skip
SEEN = pytest.StashKey[Path]()
# These begin early, so that nothing long is left when the other process has done its share.
LONG = ("tests/reliability/test_points.py", "tests/reliability/test_files.py")
SHARED = {"tests/slow/test_published_figures.py", "tests/slow/test_published_heating.py"}  # one press conference


def group_of(nodeid: str) -> str:
    """The group of a test: one process runs all of a group, in order. Groups of costly fixtures are asked for first."""
    place = nodeid.partition("::")[0]
    folder = next((folder for folder in TOGETHER if place.startswith(f"{folder}/")), None)
    return folder or ("press conference" if place in SHARED else place)


class ByGroup(LoadScopeScheduling):
    """Hands out whole groups; the marks of `--dist loadgroup` get lost between xdist 3.8 and pytest 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def pytest_configure(config: pytest.Config) -> None:
    if sockets.FOLDER not in os.environ:
        os.environ[sockets.FOLDER] = tempfile.mkdtemp(prefix="sockets_")
        config.stash[SEEN] = Path(os.environ[sockets.FOLDER])
        path = [str(Path(sockets.__file__).parent), os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, path))
    sockets.watch()


def sockets_beyond(config: pytest.Config) -> str:
    """What the processes of this session wrote down; empty for a process that does not lead it."""
    seen = config.stash.get(SEEN, None)
    return "".join(sockets.written(seen, sockets.BEYOND)) if seen else ""


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if sockets_beyond(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if beyond := sockets_beyond(config):
        terminalreporter.section("sockets beyond this machine: the session fails", red=True)
        terminalreporter.write(beyond)


def pytest_unconfigure(config: pytest.Config) -> None:
    if seen := config.stash.get(SEEN, None):
        shutil.rmtree(seen, ignore_errors=True)  # what a straggler still writes belongs to no session


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--nightly", action="store_true", help="ten times the kills, files and bits of tests/reliability")
    parser.addoption("--reliability-seed", type=int, help="the seed of tests/reliability, to see a failure again")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup:
    return ByGroup(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {group: position for position, group in enumerate((*TOGETHER, *LONG))}
    items.sort(key=lambda item: order.get(group_of(item.nodeid), len(order)))
