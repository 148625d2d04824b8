"""The locks as data: each package with its version, its hashes, and who asked for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import canonicalize_name

PROJECT = "citypulse"
ENTRY = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[\w,-]+\])?==(?P<version>\S+)(?: ; (?P<marker>.+?))?(?: \\)?$")
HASH = re.compile(r"    --hash=sha256:(?P<sha256>[0-9a-f]{64})(?: \\)?$")
VIA = re.compile(r"    #(?: via)? +(?P<parent>(?!via$)[A-Za-z0-9][\w.-]*)(?: \(pyproject\.toml\))?$")


@dataclass(frozen=True)
class Locked:
    """One package of a lock. `parents` are the packages that need it; the project itself is `citypulse`."""

    name: str
    version: str
    marker: str
    sha256: tuple[str, ...]
    parents: frozenset[str]

    @property
    def is_for_here(self) -> bool:
        """Whether this interpreter on this machine needs it; other entries are for other systems or versions."""
        return not self.marker or Marker(self.marker).evaluate()


def read_lock(path: Path) -> list[Locked]:
    """Every entry of a lock, in its order.

    ValueError with the number of the line that is none of uv's, so that a lock of another form is not half read.
    """
    return [_locked(path, lines) for lines in _entries(path)]


def _entries(path: Path) -> Iterator[list[tuple[int, str]]]:
    entry: list[tuple[int, str]] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if entry and not line.startswith(" "):
            yield entry
            entry = []
        if line:
            entry.append((number, line))
    if entry:
        yield entry


def _locked(path: Path, lines: list[tuple[int, str]]) -> Locked:
    first = ENTRY.match(lines[0][1])
    if not first:
        raise ValueError(f"{path.name}, line {lines[0][0]}: not `name==version`; run `make lock`")
    sha256, parents = [], set()
    for number, line in lines[1:]:
        if found := HASH.match(line):
            sha256.append(found["sha256"])
        elif found := VIA.match(line):
            parents.add(canonicalize_name(found["parent"]))
        elif line.strip() != "# via":
            raise ValueError(f"{path.name}, line {number}: neither a hash nor who needs it; run `make lock`")
    return Locked(
        canonicalize_name(first["name"]), first["version"], first["marker"] or "", tuple(sha256), frozenset(parents)
    )
