"""Which old token became which new one when a key was rotated: for the vault alone, never for the warehouse."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection
from pathlib import Path

from ingestion import durable
from ingestion.settings import Settings

Pair = tuple[str, str, str]  # column, old token, new token


def bridge_file(settings: Settings, feed: str, version: str) -> Path:
    """Where the pairs of a feed lie that lead to a key version."""
    return settings.vault / "bridge" / f"{feed}-{version}.csv"


def add_pairs(settings: Settings, feed: str, version: str, pairs: Collection[Pair]) -> None:
    """Keep these pairs beside those that are there."""
    path = bridge_file(settings, feed, version)
    _write(path, {*_read(path), *pairs})


def forget_in_bridges(settings: Settings, tokens: Collection[str]) -> None:
    """Take the pairs of these tokens out of all bridges."""
    gone = {*tokens}
    _sift(settings, lambda token: token not in gone)


def destroy_in_bridges(settings: Settings, version: str) -> None:
    """Take the pairs of a key version that is no more out of all bridges."""
    _sift(settings, lambda token: not token.startswith(f"{version}:"))


def _sift(settings: Settings, stays: Callable[[str], bool]) -> None:
    for path in sorted((settings.vault / "bridge").glob("*.csv")):
        pairs = _read(path)
        left = {pair for pair in pairs if all(map(stays, pair[1:]))}
        if not left:
            durable.remove_file(path, "privacy.bridge_gone")
        elif left != pairs:
            _write(path, left)


def _read(path: Path) -> set[Pair]:
    if not path.exists():
        return set()
    with path.open(encoding="ascii", newline="") as stream:
        return {(column, old, new) for column, old, new in csv.reader(stream)}


def _write(path: Path, pairs: Collection[Pair]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(sorted(pairs))
    durable.make_folder(path.parent, 0o700)
    durable.write_file(path, out.getvalue().encode("ascii"), "privacy.bridge", 0o600)
