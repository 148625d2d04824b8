"""The crash points that the product declares, found in its source: the harness must come by each of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from ingestion.durable import STEPS
from tests.structure.repo import imports, place, python_files, tree

PRODUCT = ("ingestion", "warehouse", "expectations", "reporting", "citypulse")
DOOR = "ingestion/durable.py"


def calls() -> Iterator[tuple[str, ast.Call, Path]]:
    """Each call of a durable change, with the name of its function, outside the door itself."""
    for path in python_files(*PRODUCT):
        if place(path) != DOOR:
            imported = {name.rpartition(".")[2] for name in imports(path) if name.startswith("ingestion.durable.")}
            for node in ast.walk(tree(path)):
                if isinstance(node, ast.Call) and (name := _called(node.func, imported)) in STEPS:
                    yield name, node, path


def declared() -> dict[str, str]:
    """Every point at which a run can be killed, with the file that declares it."""
    found: dict[str, str] = {}
    for name, node, path in calls():
        point = literal(node)
        found |= {f"{point}/{step}" if step else point: place(path) for step in STEPS[name]}
    return found


def literal(call: ast.Call) -> str:
    """The name of the point, or nothing where the call does not spell it out."""
    said = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    return next((value for value in said if isinstance(value, str) and "." in value), "")


def _called(function: ast.expr, imported: set[str]) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr if isinstance(function.value, ast.Name) and function.value.id == "durable" else ""
    return function.id if isinstance(function, ast.Name) and function.id in imported else ""
