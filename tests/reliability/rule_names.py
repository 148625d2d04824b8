"""The names of all rules by which landing sets rows aside or refuses files, read off its own source and SQL."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from expectations.page import RULES_ZH
from ingestion.contract import FLAWS, Contract
from ingestion.normalise import flaw_of, typed_select
from ingestion.settings import PACKAGE_ROOT

REFUSALS = ("DeliveryRefused", "_refusal")


def row_rules(contracts: dict[str, Contract]) -> set[str]:
    """The rules of rows that the SQL of some contract can give, those of the readers, and the collector's flaws."""
    found = {"key_conflict", *FLAWS, *re.findall(r"THEN '(flaw)'", flaw_of("line"))}
    for contract in contracts.values():
        found |= set(re.findall(r"THEN '\w*[|](\w+)'", typed_select(contract, "x", {}, [], "now()")))
    for path in (PACKAGE_ROOT / "readers").glob("*.py"):
        found |= set(_second_words(ast.parse(path.read_text("utf-8"))))
    has_figures = any(column.type == "figure" for contract in contracts.values() for column in contract.kept)
    return (found | ({"not_a_figure"} if has_figures else set())) - {
        "footer"
    }  # a total is no record, and breaks no rule


def file_rules() -> set[str]:
    """The rules of whole files: what any DeliveryRefused of the source can name."""
    found: set[str] = set()
    for path in Path(PACKAGE_ROOT).rglob("*.py"):
        found |= set(_refusals(ast.parse(path.read_text("utf-8"))))
    return found


def named_in_chinese() -> set[str]:
    """The rules of rows that the quality page can name."""
    return set(RULES_ZH)


def _refusals(tree: ast.Module) -> Iterator[str]:
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and _called(node) in REFUSALS]
        for call in (call for call in calls if call.args):
            match call.args[0]:
                case ast.Constant(value=str(rule)):
                    yield rule
                case ast.Name():
                    yield from _first_words(function)


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _first_words(function: ast.FunctionDef) -> Iterator[str]:
    """First words of the pairs that a function chooses from."""
    for node in ast.walk(function):
        match node:
            case ast.Tuple(elts=[ast.Constant(value=str(rule)), ast.Constant() | ast.JoinedStr()]):
                yield rule


def _second_words(tree: ast.Module) -> Iterator[str]:
    """Rules of records that cannot be split: (number, rule)."""
    for node in ast.walk(tree):
        match node:
            case ast.Tuple(elts=[ast.Name() | ast.BinOp(), ast.Constant(value=str(rule))]) if rule.isidentifier():
                yield rule
