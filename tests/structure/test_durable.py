"""One door to the disk: what something rests on is written, renamed and removed by `ingestion/durable.py` alone."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.reliability.points import DOOR, PRODUCT, calls, literal
from tests.structure.repo import place, python_files, tree

BARE = {"fsync", "rename", "unlink", "rmdir", "rmtree", "symlink_to", "symlink", "hardlink_to", "renames"}
OS_ONLY = {"replace", "link", "remove"}  # of other modules these names mean other things
EXEMPT = {"citypulse/house/retention.py": {"rmdir"}}  # an empty folder, and rmdir alone can tell that it is still empty


@pytest.mark.parametrize("path", python_files(*PRODUCT), ids=place)
def test_only_the_door_changes_what_others_rest_on(path: Path) -> None:
    if place(path) == DOOR:
        return
    reached = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)]
    bare = {node.attr for node in reached if node.attr in BARE}
    bare |= {n.attr for n in reached if n.attr in OS_ONLY and isinstance(n.value, ast.Name) and n.value.id == "os"}
    assert bare <= EXEMPT.get(place(path), set()), "call ingestion.durable, which names the point and fsyncs"


def test_every_durable_change_has_a_name_of_its_own() -> None:
    named = Counter(literal(call) for _, call, _ in calls())
    assert named.pop("", 0) == 0, "spell the point out, as in publish_file(new, final, 'vault.original')"
    assert [name for name, times in named.items() if times > 1] == []
    assert len(named) > 50
