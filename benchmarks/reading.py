"""Reader processes on a served release, each as some kind of BI tool does it, and the judgement of what they read.

- `connection_per_query`: opens the file for each query, as Superset does (NullPool).
- `connection_kept`: opens the file once per so many pages, as a tool with a pool or a notebook does.
- `parquet`: resolves the link `serving/parquet` once per page, then reads the files of that folder.

A reader learns the release from the connection that answered, after the answer. Its rows must be those of exactly that
release, which another connection computes later from the release's own file.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.dashboard import page

RELEASE = "SELECT release_id FROM meta.publish_info"


@dataclass(frozen=True)
class Read:
    """One answer: from which release, what, how long the connection and the query took; or the error instead."""

    kind: str
    reader: int
    page_no: int
    query: str
    release_id: str = ""
    digest: str = ""
    connect_ms: float = 0.0
    query_ms: float = 0.0
    is_first: bool = False  # of this reader on this release
    error: str = ""


@dataclass(frozen=True)
class Order:
    """What one reader does: `queries_per_second` 0 is without a pause, `pages` how long a kept connection lives."""

    kind: str
    reader: int
    serving: Path
    records: Path
    queries_per_second: float = 0.0
    pages: int = 3
    threads: int = 1


def open_file(path: Path, threads: int) -> Any:
    """A read-only connection as a tool opens it, which knows nothing of this project."""
    return duckdb.connect(str(path), read_only=True, config={"threads": threads})  # noqa: TID251


def open_parquet(folder: Path, threads: int) -> Any:
    """A connection that sees the files of one release's folder under the names of their tables."""
    connection = duckdb.connect(":memory:", config={"threads": threads})  # noqa: TID251
    connection.execute("CREATE SCHEMA marts; CREATE SCHEMA meta")
    for path in sorted(folder.glob("*.parquet")):
        schema = "marts" if path.stem.startswith(("fct_", "dim_")) else "meta"
        connection.execute(f"CREATE VIEW {schema}.{path.stem} AS FROM read_parquet('{path}')")
    return connection


def digest_of(rows: list[tuple[Any, ...]]) -> str:
    return hashlib.blake2b(repr(rows).encode(), digest_size=12).hexdigest()


def digests(path: Path) -> dict[str, str]:
    """What each query of the page must answer over a release: the oracle, read while nobody writes."""
    with open_file(path, threads=2) as connection:
        return {name: digest_of(connection.execute(sql).fetchall()) for name, sql in page(connection).items()}


def read_until(stop: Event, ready: Event, order: Order) -> None:
    """The whole life of one reader process: writes what it read to `order.records` when it is told to stop."""
    kinds: dict[str, Callable[[Order, int], Iterator[Read]]] = {
        "connection_per_query": _page_of_connections,
        "connection_kept": _pages_of_one_connection,
        "parquet": _page_of_parquet,
    }
    seen, reads, page_no, due = set[str](), list[Read](), 0, time.perf_counter()
    while not stop.is_set():
        try:
            for read in kinds[order.kind](order, page_no):
                reads.append(Read(**{**asdict(read), "is_first": read.release_id not in seen}))
                seen.add(read.release_id)
                due = _pause(due, order.queries_per_second)
                if stop.is_set():
                    break
        except (duckdb.Error, OSError) as error:
            reads.append(Read(order.kind, order.reader, page_no, "", error=f"{type(error).__name__}: {error}"[:300]))
        page_no += 1
        ready.set()
    order.records.write_text("".join(json.dumps(asdict(read)) + "\n" for read in reads), encoding="utf-8")


def read_once(order: Order, query: str) -> None:
    """One query of the page as the first thing a new process does with the served file."""
    started = time.perf_counter()
    with open_file(order.serving / "governance.duckdb", order.threads) as connection:
        connect_ms = _ms(started)
        read = _timed(connection, order, 0, query, page(connection)[query], connect_ms)
    order.records.write_text(json.dumps(asdict(read)) + "\n", encoding="utf-8")


def _pause(due: float, per_second: float) -> float:
    """Wait until the next query is due; who is late does not catch up, as people do not."""
    if not per_second:
        return due
    due = max(due + 1 / per_second, time.perf_counter() - 1 / per_second)
    time.sleep(max(0.0, due - time.perf_counter()))
    return due


def _page_of_connections(order: Order, page_no: int) -> Iterator[Read]:
    served = order.serving / "governance.duckdb"
    with open_file(served, order.threads) as connection:
        queries = page(connection)
    for name, sql in queries.items():
        started = time.perf_counter()
        connection = open_file(served, order.threads)
        yield _timed(connection, order, page_no, name, sql, _ms(started))
        connection.close()


def _pages_of_one_connection(order: Order, page_no: int) -> Iterator[Read]:
    started = time.perf_counter()
    with open_file(order.serving / "governance.duckdb", order.threads) as connection:
        connect_ms = _ms(started)
        queries = page(connection)
        for _ in range(order.pages):
            for name, sql in queries.items():
                yield _timed(connection, order, page_no, name, sql, connect_ms)
                connect_ms = 0.0


def _page_of_parquet(order: Order, page_no: int) -> Iterator[Read]:
    started = time.perf_counter()
    folder = (order.serving / "parquet").resolve(strict=True)  # once: the link may lead elsewhere a moment later
    with open_parquet(folder, order.threads) as connection:
        connect_ms = _ms(started)
        for name, sql in page(connection).items():
            yield _timed(connection, order, page_no, name, sql, connect_ms)
            connect_ms = 0.0


def _timed(connection: Any, order: Order, page_no: int, name: str, sql: str, connect_ms: float) -> Read:
    started = time.perf_counter()
    rows = connection.execute(sql).fetchall()
    query_ms = _ms(started)
    (release_id,) = connection.execute(RELEASE).fetchone()
    return Read(order.kind, order.reader, page_no, name, release_id, digest_of(rows), connect_ms, query_ms)


def _ms(started: float) -> float:
    return (time.perf_counter() - started) * 1e3


def read_records(folder: Path) -> list[Read]:
    return [Read(**json.loads(line)) for path in sorted(folder.glob("*.jsonl")) for line in path.open(encoding="utf-8")]


def judged(reads: list[Read], expected: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Counts of what went wrong. `expected` is by release and query, and must tell the releases apart.

    `mixed`: answers that are not those of the release their connection named. `pages_across_releases`: pages of which
    each answer was whole, but that a swap divided: only where every query has a connection of its own.
    """
    for name in next(iter(expected.values())):
        if len({answers[name] for answers in expected.values()}) != len(expected):
            raise AssertionError(f"{name} answers alike over two releases: it would not show a mixed read")
    answers = [read for read in reads if not read.error]
    mixed = [read for read in answers if expected.get(read.release_id, {}).get(read.query) != read.digest]
    pages: dict[tuple[str, int, int], set[str]] = {}
    for read in answers:
        pages.setdefault((read.kind, read.reader, read.page_no), set()).add(read.release_id)
    divided = Counter(kind for (kind, _, _), found in pages.items() if len(found) > 1)
    return {
        "reads": len(answers),
        "errors": len(reads) - len(answers),
        "mixed": len(mixed),
        "pages": len(pages),
        "pages_across_releases": dict(divided),
        "releases_seen": len({read.release_id for read in answers}),
        "first_errors": sorted({read.error for read in reads if read.error})[:3],
    }
