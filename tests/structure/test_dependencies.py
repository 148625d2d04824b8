"""Every package is locked with its hashes, from no named place, and each direct one has its row in the docs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from deploy.lock import PROJECT, read_lock
from ingestion.settings import PROJECT_ROOT
from tests.structure.repo import place

LOCKS = [PROJECT_ROOT / "requirements.lock", *sorted((PROJECT_ROOT / "deploy" / "locks").glob("*.lock"))]
DECLARED = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PAGE = (PROJECT_ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def packages(requirements: list[str]) -> set[str]:
    return {normal(re.split(r"[<>=\[; ]", requirement, maxsplit=1)[0]) for requirement in requirements}


@pytest.mark.parametrize("lock", LOCKS, ids=place)
def test_every_locked_package_has_one_version_and_its_hashes(lock: Path) -> None:
    form = re.compile(
        r"[\w.-]+(?:\[[\w,-]+\])?==\S+[^\n]*\\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n?)+(?:    #.*\n?)*"
    )
    entries = re.split(r"\n(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8").strip())
    loose = [entry.partition("\n")[0] for entry in entries if not form.fullmatch(entry)]
    assert not loose, "run `make lock`"


@pytest.mark.parametrize("lock", LOCKS, ids=place)
def test_a_lock_names_no_place_to_download_from(lock: Path) -> None:
    places = r"^.*(?:--(?:index|extra-index|find-links|trusted)|://|@ file).*$"
    assert re.findall(places, lock.read_text(encoding="utf-8"), re.MULTILINE) == [], (
        "run `make lock`: it leaves addresses out"
    )


@pytest.mark.parametrize("extra", ["", "dev", "lineage", "postgres", "fab", "celery", "kubernetes"])
def test_every_declared_dependency_is_locked(extra: str) -> None:
    declared = packages(DECLARED["optional-dependencies"][extra] if extra else DECLARED["dependencies"])
    own = PROJECT_ROOT / "deploy" / "locks" / f"{extra}.lock"
    locked = {entry.name for lock in (LOCKS[0], own) if lock.exists() for entry in read_lock(lock)}
    assert declared - locked == set(), "run `make lock`"


def test_the_lock_and_the_project_name_the_same_direct_dependencies() -> None:
    declared = packages([*DECLARED["dependencies"], *DECLARED["optional-dependencies"]["dev"]])
    assert {entry.name for entry in read_lock(LOCKS[0]) if PROJECT in entry.parents} == declared, "run `make lock`"


def told() -> set[str]:
    """Packages that the page tells of: the second column of its two tables, and the paragraph on development."""
    first, extras, _ = re.split(r"^## .*$", PAGE, flags=re.MULTILINE)[:3]
    table, development = extras.split("For development:")
    rows = [line.split("|") for line in (first + table).splitlines() if line.startswith("|")]
    columns = [row[2] for row in rows if not set(row[1]) <= set("- ") or row[2].strip("- ")]
    named = {normal(part.strip(" `").split(" ")[0]) for column in columns for part in column.split(",")}
    return (named | {normal(word) for word in re.findall(r"[\w-]+(?= \()", development)}) - {"library", "libraries"}


def test_every_direct_dependency_is_told_of_and_no_other() -> None:
    extras = DECLARED["optional-dependencies"]
    declared = packages([*DECLARED["dependencies"], *(line for lines in extras.values() for line in lines)])
    assert told() - declared == set(), "no longer used: take its row out of docs/dependencies.md"
    assert declared - told() == set(), "give it a row in docs/dependencies.md: its job, its licence, what it replaces"
