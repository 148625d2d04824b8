"""The tests themselves: none is disabled, and each says in its name what is true."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.structure.repo import place, python_files, tree

# Only the tests of real data may step aside, for that data is not part of the repository, and those of the site where
# there is no browser; in CI they fail without one.
GUARDED = ("tests/real/", "tests/site/")
DISABLING = {"skip", "skipif", "xfail", "importorskip", "skipTest", "skipUnless", "expectedFailure"}
TESTS = [path for path in python_files("tests") if not place(path).startswith(GUARDED)]


@pytest.mark.parametrize("path", TESTS, ids=place)
def test_no_test_is_disabled(path: Path) -> None:
    nodes = list(ast.walk(tree(path)))
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    imported = {a.name for node in nodes if isinstance(node, ast.ImportFrom) for a in node.names}
    assert not (attributes | imported) & DISABLING, "repair what it shows, or delete it and say why"


@pytest.mark.parametrize("path", [path for path in TESTS if path.name.startswith("test_")], ids=place)
def test_a_test_file_holds_tests(path: Path) -> None:
    functions = [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert any(function.name.startswith("test_") for function in functions), "an empty promise: write one or delete it"
