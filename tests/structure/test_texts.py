"""No committed text names a real person, a machine of ours, or a place to download from; the lock stays portable."""

from __future__ import annotations

import re
import tomllib
import unicodedata

import pytest

from ingestion.settings import PROJECT_ROOT
from tests.structure.repo import text_files

# Written so that no pattern finds itself.
PERSONAL = {
    "a mobile number": r"(?<![\w.])1[3-9]\d{9}(?!\w)",
    "an ID card number": r"(?<![\w.])[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?!\w)",
}
FOREIGN = {
    "a path of one machine": r"(?<![\w.>}])/(?:work|root|home)/|/tmp/[l]ab",
    "a download address": r"py[p]i(?!nyin)|python[h]osted|\bmirro[r]s?\b|npm[j]s|debian[.]org|anaconda[.]org",
}
LOCK = (PROJECT_ROOT / "requirements.lock").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", PERSONAL)
def test_no_text_holds_what_could_be_personal(kind: str) -> None:
    folded = {name: unicodedata.normalize("NFKC", text) for name, text in text_files().items()}
    found = [name for name, text in folded.items() if re.search(PERSONAL[kind], text, re.ASCII)]
    assert not found, f"looks like {kind}: invent numbers that begin with 100, which nobody has"


@pytest.mark.parametrize("kind", FOREIGN)
def test_no_text_holds_places_outside(kind: str) -> None:
    found = [name for name, text in text_files().items() if re.search(FOREIGN[kind], text, re.IGNORECASE)]
    assert not found, f"holds {kind}: say it without, or take it from the settings"


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> dict[str, str]:
    """Each entry of the lock by its package."""
    entries = re.split(r"\n(?=[A-Za-z0-9])", LOCK.strip())
    return {normal(re.split(r"[=\s;@]", entry, maxsplit=1)[0]): entry for entry in entries}


def test_every_locked_package_has_one_version_and_its_hashes() -> None:
    form = re.compile(r"[\w.-]+(?:\[[\w,-]+\])?==\S+[^\n]*\\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n?)+")
    loose = [name for name, entry in locked().items() if not form.match(entry)]
    assert not loose, "run `make lock`"


def test_the_lock_names_no_place_to_download_from() -> None:
    assert re.findall(r"^.*(?:--(?:index|extra-index|find-links|trusted)|://|@ file).*$", LOCK, re.MULTILINE) == [], (
        "run `make lock`: it leaves addresses out"
    )


def test_every_declared_dependency_is_locked() -> None:
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {normal(re.split(r"[<>=\[; ]", requirement, maxsplit=1)[0]) for requirement in declared}
    assert names - set(locked()) == set(), "run `make lock`"
