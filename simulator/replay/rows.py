"""Rows by our names become rows as a sender would write them: its headers, its words, its dates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ingestion.contract import Column, Contract

Named = dict[str, Any]


def as_delivered(contract: Contract, rows: list[Named]) -> list[dict[str, Any]]:
    """The rows under the sender's headers; what a row does not say stays empty."""
    columns = [column for column in contract.columns if column.header]
    words = {column.name: _words(column) for column in columns}
    if strangers := set().union(*rows) - set(words):
        raise KeyError(f"{contract.feed} has no column {sorted(strangers)}")
    empty = None if contract.format.kind == "jsonl" else ""
    return [
        {
            c.header[0]: _written(c, row[c.name], words[c.name]) if row.get(c.name) is not None else empty
            for c in columns
        }
        for row in rows
    ]


def _words(column: Column) -> dict[Any, str]:
    """Our words to the sender's; the first where several mean the same."""
    return {ours: word for word, ours in reversed((column.values or {}).items())}


def _written(column: Column, value: Any, words: dict[Any, str]) -> Any:
    if words:
        return words[value]
    if isinstance(value, datetime):
        return value.isoformat() + "+08:00" if column.zoned else value.strftime(column.formats[0])
    if isinstance(value, date):
        return value.strftime(column.formats[0])
    return str(value)
