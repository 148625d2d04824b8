"""Log lines are `key=value`, and hold nothing that may quote a row: no exception, no message of one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.structure.repo import PACKAGES, place, python_files, tree

LEVELS = {"debug", "info", "warning", "error", "critical", "log"}
VALUE = r'(%[-.\d]*[sdf]|[\w.:-]+|"[^"%]*")'
LINE = re.compile(rf"(\w+={VALUE}|%s)( (\w+={VALUE}|%s))*")
QUOTING = {"log.exception", "logging.exception", "traceback.print_exc", "traceback.format_exc"}
# What may be asked of a caught exception: nothing that says more than which rule was broken.
HARMLESS = {"rule", "exit_code", "next_step", "errno", "kind"}


def log_calls(module: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id in ("log", "logging", "logger") and node.func.attr in LEVELS:
                yield node


def caught(module: ast.AST) -> set[str]:
    """Names under which a module holds exceptions."""
    return {node.name for node in ast.walk(module) if isinstance(node, ast.ExceptHandler) and node.name}


def tells_of(expression: ast.AST, names: set[str]) -> bool:
    """Whether an expression lets out more of a caught exception than its class or its rule."""
    if isinstance(expression, ast.Call) and isinstance(expression.func, ast.Name) and expression.func.id == "type":
        return False
    if isinstance(expression, ast.Attribute) and isinstance(expression.value, ast.Name):
        return expression.value.id in names and expression.attr not in HARMLESS
    if isinstance(expression, ast.Name):
        return expression.id in names
    return any(tells_of(child, names) for child in ast.iter_child_nodes(expression))


def faults(module: ast.AST) -> list[str]:
    found = []
    for call in log_calls(module):
        position = 1 if call.func.attr == "log" else 0  # type: ignore[attr-defined]
        text, *values = call.args[position:]
        if not (isinstance(text, ast.Constant) and isinstance(text.value, str) and LINE.fullmatch(text.value)):
            found.append(f"line {call.lineno}: write a literal of key=value, free words in double quotes")
        if any(keyword.arg in ("exc_info", "stack_info") for keyword in call.keywords):
            found.append(f"line {call.lineno}: a traceback quotes the exception's message")
        if any(tells_of(value, caught(module)) for value in values):
            found.append(f"line {call.lineno}: say type(error).__name__ or its rule, not the error")
    quoting = [node for node in ast.walk(module) if isinstance(node, ast.Attribute) and ast.unparse(node) in QUOTING]
    return found + [f"line {node.lineno}: it quotes the exception's message" for node in quoting]


def test_log_lines_hold_no_value() -> None:
    found = [f"{place(path)}, {fault}" for path in python_files("dags", *PACKAGES) for fault in faults(tree(path))]
    assert found == []


LEAKS = [
    'log.info(f"feed={feed}")',
    'log.info("landed %s rows", count)',
    'log.warning("feed=%s", feed, exc_info=True)',
    'log.exception("feed=%s", feed)',
    'log.error("error=%s", error)',
    'log.error("error=%s", str(error))',
    'log.error("error=%s", error.args[0])',
    'log.log(level, "error=%s", repr(error))',
    "log.error(error)",
    "traceback.print_exc()",
]


@pytest.mark.parametrize("line", LEAKS)
def test_the_check_sees_a_leak(line: str) -> None:
    assert faults(ast.parse(f"try:\n    work()\nexcept ValueError as error:\n    {line}\n"))


def test_the_check_lets_a_class_and_a_rule_pass() -> None:
    line = 'log.error("feed=%s rule=%s kind=%s rows=%d note=\\"as it is\\"", feed, error.rule, type(error).__name__, 3)'
    assert faults(ast.parse(f"try:\n    work()\nexcept ValueError as error:\n    {line}\n")) == []
