"""What is installed is what the locks say, from wheels alone, and all of it is free software."""

from __future__ import annotations

import json
import re
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.tags import parse_tag, sys_tags

from deploy.licences import is_free
from deploy.lock import read_lock
from deploy.sbom import NotAsLocked, bill
from ingestion.settings import PROJECT_ROOT
from tests.reliability.figures import record

LOCK = PROJECT_ROOT / "requirements.lock"
FREE = {
    "0BSD", "Apache-2.0", "Artistic-1.0-Perl", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "EPL-2.0",
    "ISC", "LGPL-3.0-only", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0", "Unlicense", "Zlib", "LGPL-2.1-only",
    "GCC-exception-3.1",
}  # fmt: skip


def entries() -> dict[str, str]:
    """Name and version of each entry of the lock, read more simply than the product does."""
    found = re.findall(r"^([a-z0-9][\w.-]*)(?:\[.*?\])?==(\S+)", LOCK.read_text("utf-8"), re.MULTILINE)
    return dict(found)


def test_every_package_of_the_lock_is_in_the_bill_with_hash_licence_and_place() -> None:
    found = bill([LOCK])
    elsewhere = {entry.name for entry in read_lock(LOCK)} - {
        entry.name for entry in read_lock(LOCK) if entry.is_for_here
    }
    components = {component["name"]: component for component in found["components"]}
    assert components.keys() == entries().keys() - elsewhere
    for name, component in components.items():
        (licence,) = component["licenses"]
        assert component["hashes"], name
        assert any(
            all(part.split(" WITH ")[-1] in FREE for part in choice.split(" AND "))
            for choice in licence["expression"].split(" OR ")
        ), (name, licence)
    known = {component["bom-ref"] for component in found["components"]} | {"citypulse"}
    edges = {edge["ref"]: edge["dependsOn"] for edge in found["dependencies"]}
    assert edges.keys() == known
    assert {child for children in edges.values() for child in children} == known - {"citypulse"}, (
        "nothing hangs in the air"
    )
    assert json.dumps(found) == json.dumps(bill([LOCK]))
    record(
        "supply",
        packages=len(components),
        hashed=sum(bool(component["hashes"]) for component in components.values()),
        direct=len(edges["citypulse"]),
        licences=len({component["licenses"][0]["expression"] for component in components.values()}),
    )


def test_all_of_it_came_as_wheels_for_this_machine() -> None:
    here = {str(tag) for tag in sys_tags()}
    names = [component["name"] for component in bill([LOCK])["components"]]
    strays = []
    for name in names:
        said = re.findall(r"^Tag: (\S+)", distribution(name).read_text("WHEEL") or "", re.MULTILINE)
        if not {str(tag) for line in said for tag in parse_tag(line)} & here:
            strays.append(name)
    assert strays == []
    record("supply.wheels", wheels=len(names))


def test_nothing_is_installed_without_its_hash_and_setup_builds_nothing() -> None:
    makefile = Path(PROJECT_ROOT / "Makefile").read_text("utf-8")
    syncs = [line.split() for line in makefile.splitlines() if "pip sync" in line]
    assert len(syncs) == 2, "that of the project, and that of Superset"
    assert all("--require-hashes" in sync for sync in syncs)
    (ours,) = [sync for sync in syncs if "$(LOCKS)" in sync]
    assert "--no-build" in ours
    (theirs,) = [sync for sync in syncs if sync is not ours]
    assert "--only-binary" in theirs
    assert re.findall(r"--no-binary (\S+)", makefile) == ["wtforms-json"], "the one library without a wheel"


@pytest.mark.parametrize(
    ("expression", "is_fit"),
    [
        ("MIT", True),
        ("GPL-2.0-only OR MIT", True),
        ("MIT AND GPL-2.0-only", False),
        ("GPL-3.0-only", False),
        ("LicenseRef-Proprietary", False),
        ("", False),
    ],
)
def test_a_licence_that_nobody_has_judged_is_not_free(expression: str, is_fit: bool) -> None:
    assert is_free(expression) == is_fit


@pytest.mark.parametrize("line", ["pytz==1900.1", "nowhere-to-be-found==1.0"])
def test_what_is_not_installed_as_locked_is_named(line: str, tmp_path: Path) -> None:
    lock = tmp_path / "other.lock"
    lock.write_text(f"{line} \\\n    --hash=sha256:{'0' * 64}\n    # via citypulse (pyproject.toml)\n")
    with pytest.raises(NotAsLocked, match=line.partition("=")[0]):
        bill([lock])


@pytest.mark.parametrize("line", ["pytz>=2025", "    --hash=md5:0", "pytz @ file:wheel"])
def test_a_lock_of_another_form_is_not_half_read(line: str, tmp_path: Path) -> None:
    lock = tmp_path / "other.lock"
    lock.write_text(f"pytz==2025.2 \\\n    --hash=sha256:{'0' * 64}\n{line}\n")
    with pytest.raises(ValueError, match=r"other\.lock, line 3"):
        read_lock(lock)
