"""Reading many files to see whether they still are what they were; large holdings over seven nights."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from warehouse.serving import sha256_of

AT_ONCE = 20 << 30  # bytes that are read whole every night, within minutes
NIGHTS = 7


def due(paths: Iterable[Path], now: datetime) -> list[Path]:
    """Those of the files that are to be read tonight: all, or the share that every seventh night has for its own."""
    there = [path for path in paths if path.is_file()]
    if sum(path.stat().st_size for path in there) <= AT_ONCE:
        return there
    tonight = now.toordinal() % NIGHTS
    return [path for path in there if zlib.crc32(path.name.encode()) % NIGHTS == tonight]


def digests(paths: list[Path]) -> Iterator[tuple[Path, str]]:
    """Each file with its sha256; one that cannot be read has none. Two at a time: hashing is worth a core."""
    with ThreadPoolExecutor(2) as pool:
        yield from zip(paths, pool.map(_digest, paths), strict=True)


def _digest(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError:
        return ""
