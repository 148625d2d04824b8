"""How a suite is spread over two processes: what shares a costly fixture stays together, and the costliest begin."""

from __future__ import annotations

import pytest

from ingestion.settings import PROJECT_ROOT

TOGETHER = ("tests/integration", "tests/dags", "tests/airflow", "tests/real")  # one dbt, one DagBag, one Airflow each
SHARED = {"tests/slow/test_published_figures.py", "tests/slow/test_published_heating.py"}  # one press conference


def group_of(place: str) -> str:
    """The group of a test file, given its path in the repository; a group runs in one process, in its order."""
    folder = next((folder for folder in TOGETHER if place.startswith(f"{folder}/")), None)
    return folder or ("press conference" if place in SHARED else place)


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    groups = {item: group_of(item.path.relative_to(PROJECT_ROOT).as_posix()) for item in items}
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: TOGETHER.index(groups[item]) if groups[item] in TOGETHER else len(TOGETHER))
