"""How a suite is spread over two processes: what shares a costly fixture stays together, and the costliest begin."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER = (
    "tests/integration", "tests/dags", "tests/airflow", "tests/real", "tests/site", "tests/reliability/whole",
)  # one dbt, one DagBag, one Airflow, one browser, one city each  # fmt: skip
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


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--nightly", action="store_true", help="ten times the kills, files and bits of tests/reliability")
    parser.addoption("--reliability-seed", type=int, help="the seed of tests/reliability, to see a failure again")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup:
    return ByGroup(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {folder: position for position, folder in enumerate(TOGETHER)}
    items.sort(key=lambda item: order.get(group_of(item.nodeid), len(order)))
