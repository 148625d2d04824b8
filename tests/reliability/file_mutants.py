"""Whole deliveries that are not what was agreed, each in one way, and the rule that must refuse it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingestion.contract import Contract
from ingestion.manifest import beside
from tests.feeds.forms import Row, headers, write_delivery

Write = Callable[[Contract, list[Row], Path], None]


def spoil(contract: Contract, rows: list[Row], folder: Path, ending: str) -> dict[str, str]:
    """Write one delivery for each way in which a file of this form can be wrong. Returns rule by name of the file."""
    kind = contract.format.kind
    ways: dict[str, Write] = {"empty": _empty, "no_rows": _without_rows, **MANIFESTS}
    ways |= {"header": _renamed} if kind != "jsonl" else {}
    ways |= {"encoding": _other_bytes(b"\xff\xff\n"), "nul": _other_bytes(b"\0\n")} if kind != "xlsx" else {}
    ways |= {"open_quote": _other_bytes(b'"x\n')} if kind == "csv" else {}
    ways |= {"workbook": _no_workbook} if kind == "xlsx" else {}
    ways |= {"sheet": _other_sheet} if ending == ".xlsx" else {}
    told = {}
    for rule, write in ways.items():
        write(contract, rows, folder / f"{rule}{ending}")
        told[f"{rule}{ending}"] = rule
    write_delivery(contract, rows, folder / "file_name.other")
    return told | {"file_name.other": "file_name"}


def split(contract: Contract, rows: list[Row], path: Path) -> Counter[str]:
    """Write sound rows and, in a text, some that cannot be told apart from their neighbours. Returns their rules."""
    write_delivery(contract, rows, path)
    cells = ",".join("x" * (len(headers(contract)) + 1))
    odd = {
        "csv": [("field_count", f"{cells}\n"), ("quote", '"x"y"\n'), ("truncated", "x,")],
        "jsonl": [("not_json", "[1]\n"), ("not_json", "{\n"), ("truncated", "{")],
    }.get(contract.format.kind, [])
    path.write_bytes(path.read_bytes() + "".join(line for _, line in odd).encode())
    return Counter(rule for rule, _ in odd)


def _empty(contract: Contract, rows: list[Row], path: Path) -> None:
    write_delivery(contract, rows, path).write_bytes(b"")


def _without_rows(contract: Contract, rows: list[Row], path: Path) -> None:
    write_delivery(contract, [], path)
    if contract.format.kind == "jsonl":
        path.write_bytes(b"\n\n")


def _renamed(contract: Contract, rows: list[Row], path: Path) -> None:
    *others, last = contract.columns
    write_delivery(contract.model_copy(update={"columns": [*others, renamed(last)]}), rows, path)


def renamed(column: Any) -> Any:
    """The column under a header that no contract knows."""
    return column.model_copy(update={"header": ["样例列"]})


def _other_bytes(added: bytes) -> Write:
    def write(contract: Contract, rows: list[Row], path: Path) -> None:
        write_delivery(contract, rows, path)
        path.write_bytes(path.read_bytes() + added)

    return write


def _no_workbook(contract: Contract, rows: list[Row], path: Path) -> None:
    write_delivery(contract, rows, path)
    path.write_bytes(b"PK\x03\x04")


def _other_sheet(contract: Contract, rows: list[Row], path: Path) -> None:
    form = contract.format.model_copy(update={"sheet": "样例表"})
    write_delivery(contract.model_copy(update={"format": form}), rows, path)


def _with_manifest(**wrong: Any) -> Write:
    def write(contract: Contract, rows: list[Row], path: Path) -> None:
        write_delivery(contract, rows, path)
        said = {"rows": len(rows), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()} | wrong
        beside(path).write_text(json.dumps(said), encoding="utf-8")

    return write


MANIFESTS = {
    "manifest": _with_manifest(rows="many"),
    "manifest_sha256": _with_manifest(sha256="0" * 64),
    "manifest_rows": _with_manifest(rows=12345),
}
