"""The bill of materials of an installation, as CycloneDX 1.6: the same locks and packages give the same bytes.

`python -m deploy.sbom LOCK… OUT` reads the locks and what is installed beside this interpreter. No time and no random
number is in it, so two of them can be compared. `hashes` are those the lock allows, one for each archive of a release.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections import deque
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.licences import is_free, licence_of
from deploy.lock import PROJECT, Locked, read_lock

Graph = dict[str, set[str]]
KIND = "py" + "pi"  # the purl type of Python packages; in one word it would read as a place to download from
ROOT = Path(__file__).resolve().parent.parent


class NotAsLocked(Exception):
    """What is installed is not what the locks say, or comes under a licence that nobody has judged."""


def bill(locks: Iterable[Path]) -> dict[str, Any]:
    """The bill of the packages that these locks put on this machine, as CycloneDX holds it.

    NotAsLocked with every package that is missing, has another version, or a licence that is unknown or not free.
    """
    entries = {entry.name: entry for lock in locks for entry in read_lock(lock) if entry.is_for_here}
    installed = _installed(entries.values())
    licences = {name: licence_of(name, found.metadata) for name, found in installed.items()}  # type: ignore[arg-type]
    if unfit := sorted(name for name, licence in licences.items() if not is_free(licence)):
        raise NotAsLocked(f"licence unknown or not free: {', '.join(unfit)}; read it, then deploy/licences.py")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    graph = _graph(entries, installed)
    needed = _reached(graph, {_name(line) for line in project["dependencies"]})
    root = {"type": "application", "bom-ref": PROJECT, "name": PROJECT, "version": project["version"]}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**root, "licenses": [{"expression": f"{project['license']} AND OFL-1.1"}]}},
        "components": [_component(entries[name], licences[name], name in needed) for name in sorted(entries)],
        "dependencies": [{"ref": _ref(name, entries), "dependsOn": sorted(_ref(child, entries) for child in children)}
                         for name, children in sorted(graph.items())],
    }  # fmt: skip


def _installed(entries: Iterable[Locked]) -> dict[str, Distribution]:
    found: dict[str, Distribution] = {}
    strays = []
    for entry in entries:
        try:
            found[entry.name] = distribution(entry.name)
        except PackageNotFoundError:
            strays.append(f"{entry.name} {entry.version} is not installed")
            continue
        if found[entry.name].version != entry.version:
            strays.append(f"{entry.name} is {found[entry.name].version}, not {entry.version}")
    if strays:
        raise NotAsLocked(f"{'; '.join(sorted(strays))}: run `make setup`")
    return found


def _graph(entries: dict[str, Locked], installed: dict[str, Distribution]) -> Graph:
    """Who needs whom: as the locks say, and as the packages themselves, for a lock of an extra leaves out the rest."""
    graph: Graph = {PROJECT: set(), **{name: set() for name in entries}}
    for entry in entries.values():
        for parent in entry.parents & graph.keys():
            graph[parent].add(entry.name)
    for name, found in installed.items():
        needs = [Requirement(line) for line in found.requires or []]
        here = {
            canonicalize_name(need.name) for need in needs if not need.marker or need.marker.evaluate({"extra": ""})
        }
        graph[name] |= here & entries.keys()
    return graph


def _reached(graph: Graph, starts: set[str]) -> set[str]:
    reached, waiting = set(starts), deque(starts)
    while waiting:
        new = graph[waiting.popleft()] - reached
        reached |= new
        waiting.extend(new)
    return reached


def _component(entry: Locked, licence: str, is_needed: bool) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": _purl(entry),
        "name": entry.name,
        "version": entry.version,
        "scope": "required" if is_needed else "optional",  # optional: development, tests, extras
        "hashes": [{"alg": "SHA-256", "content": sha256} for sha256 in entry.sha256],
        "licenses": [{"expression": licence}],
        "purl": _purl(entry),
        "properties": [{"name": "citypulse:direct", "value": str(PROJECT in entry.parents).lower()}],
    }


def _purl(entry: Locked) -> str:
    return f"pkg:{KIND}/{entry.name}@{entry.version}"


def _ref(name: str, entries: dict[str, Locked]) -> str:
    return PROJECT if name == PROJECT else _purl(entries[name])


def _name(requirement: str) -> str:
    return canonicalize_name(Requirement(requirement).name)


def main(arguments: list[str]) -> int:
    *locks, out = map(Path, arguments)
    try:
        content = bill(locks)
    except NotAsLocked as error:
        print(error, file=sys.stderr)
        return 1
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    print(f"{out}: {len(content['components'])} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
