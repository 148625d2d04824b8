"""Push the release in service: stage and reconcile its tables, swap them in, reconcile what is live.

Rows are compared twice, by count, sums and extremes of every column. Before the swap, because a difference must never
reach a reader. After it, because only then the names that readers use are asked: between the two anyone with the rights
could have written, and a swap that put another table under a name would pass the first.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from ingestion.errors import CitypulseError, NothingToDo, TargetUnavailable, WarehouseBusy
from ingestion.lineage import Dataset
from ingestion.settings import PostgresTarget, Settings, postgres_target
from warehouse.engine import connect
from warehouse.push.place import check, live_tables, prepare, sweep
from warehouse.push.rights import check_rights, refuse_reserved, unread
from warehouse.push.server import Server
from warehouse.push.stage import reconcile, stage
from warehouse.push.swap import PATIENCE_SECONDS, swap
from warehouse.push.tables import Figures, Table, read_tables
from warehouse.release_scan import damage_of
from warehouse.runs import observed
from warehouse.serving import current_release

log = logging.getLogger(__name__)

CONNECTIONS = 2  # while the server indexes one table, the next is being encoded
LOCK = "1667855481, 1886745448"  # of pg_try_advisory_lock: `city`, `push`

Watch = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Pushed:
    """What was pushed where. `replaced` is the release that was live before; empty on a first push.

    `rows` by table. `staged_seconds` is copying, indexing and the first reconciliation, `swap_seconds` the wait for
    readers and the swap, `seconds` all of it.
    """

    release_id: str
    place: str
    replaced: str
    rows: dict[str, int]
    staged_seconds: float = 0.0
    swap_seconds: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True)
class _Work:
    """A push that may begin: everything was looked at, and nothing is written yet."""

    release_id: str
    release: DuckDBPyConnection
    tables: list[Table]
    server: Server
    target: PostgresTarget
    replaced: str


def push(
    settings: Settings,
    target: PostgresTarget | None = None,
    *,
    force: bool = False,
    patience: float = PATIENCE_SECONDS,
    watch: Watch = lambda name, done, total: None,
) -> Pushed:
    """Push the release in service into the target, by default that of the environment.

    Raises NothingToDo where no target is set, nothing is released, or that release is live there and the reader's role
    reads it (`force` pushes it again); ContractError for an address or a role that cannot be; WarehouseBusy for a
    second push and for readers that keep the tables; TargetRefused, TargetUnavailable and IntegrityError as their
    messages say. Whatever it raises before the swap ends, what was live stays live.
    """
    began = time.monotonic()
    aim, release_id = _aim(settings, target)
    with observed(settings, "push_postgres") as run:
        run.release_id = release_id
        with _work(settings, aim, release_id, force) as work:
            done = _push(work, patience, watch)
        run.count(tables=len(done.rows), rows=sum(done.rows.values()))
        run.inputs = [Dataset(f"release/{name}", rows=rows) for name, rows in done.rows.items()]
        run.outputs = [Dataset(f"postgresql/{name}", rows=rows) for name, rows in done.rows.items()]
    log.info("push=postgres release=%s tables=%d rows=%d", release_id, len(done.rows), sum(done.rows.values()))
    return replace(done, seconds=round(time.monotonic() - began, 3))


def rehearse(settings: Settings, target: PostgresTarget | None = None, *, force: bool = False) -> Pushed:
    """Look whether a push could be done and what it would push, writing nothing. Raises as `push`."""
    aim, release_id = _aim(settings, target)
    with _work(settings, aim, release_id, force) as work:
        rows = {str(table): table.rows for table in work.tables}
        return Pushed(release_id, work.server.place, work.replaced, rows)


def _aim(settings: Settings, target: PostgresTarget | None) -> tuple[PostgresTarget, str]:
    aim, release_id = postgres_target() if target is None else target, current_release(settings)
    if not aim.url:
        raise NothingToDo(
            "No PostgreSQL is set to push into.", next_step="set CITYPULSE_POSTGRES_URL; see docs/push-postgres.md."
        )
    refuse_reserved(aim.reader)
    if release_id is None:
        raise NothingToDo("Nothing is released yet.", next_step="run `citypulse run`.")
    return aim, release_id


@contextmanager
def _work(settings: Settings, target: PostgresTarget, release_id: str, force: bool) -> Iterator[_Work]:
    """Open both sides, be the only push, and look at everything that can be known before."""
    path = settings.releases / f"{release_id}.duckdb"  # by its id: one that is published meanwhile is another file
    with (
        _whole(settings, path),
        connect(path, settings=settings, read_only=True) as release,
        Server(target) as server,
    ):
        tables = read_tables(release)
        _be_alone(server)
        check_rights(server, tables, target.reader)
        live = live_tables(server)
        is_live = live == {(table.schema, table.name): release_id for table in tables}
        if is_live and not force and not unread(server, tables, target.reader):  # another role asks for another push
            raise NothingToDo(
                f"Release {release_id} is live at {server.place}.", next_step="release something new, or use --force."
            )
        check(server, tables)
        yield _Work(release_id, release, tables, server, target, max(live.values(), default=""))


@contextmanager
def _whole(settings: Settings, path: Path) -> Iterator[None]:
    """Tell a damaged release from a lost server: to ADBC, rows that cannot be read are a stream that breaks."""
    try:
        yield
    except (duckdb.Error, TargetUnavailable):
        if damage := damage_of(settings, path):
            raise damage from None
        raise


def _be_alone(server: Server) -> None:
    """Take the lock of pushes into this database; the server lets it go with the session."""
    server.doing = "looking for another push"
    if not server.rows(f"SELECT pg_try_advisory_lock({LOCK})")[0][0]:
        raise WarehouseBusy(f"Another push into {server.place} is at work.", next_step="wait until it ends.")


def _push(work: _Work, patience: float, watch: Watch) -> Pushed:
    server, began = work.server, time.monotonic()
    try:
        prepare(server, sorted({table.schema for table in work.tables}), work.target.reader)
        figures = _stage_all(work, watch)
        staged = time.monotonic()
        swap(server, work.tables, work.release_id, work.target.reader, patience)
        swapped = time.monotonic()
    finally:
        with suppress(CitypulseError):  # where the server is gone, the next push sweeps first
            server.run("ROLLBACK")
            sweep(server)
    step = "push it again with --force, and find out who writes there: readers see the tables as they are."
    for table in work.tables:
        reconcile(server, table, table.schema, figures[str(table)], next_step=step)
    rows = {name: int(found["rows"] or 0) for name, found in figures.items()}
    times = round(staged - began, 3), round(swapped - staged, 3)
    return Pushed(work.release_id, server.place, work.replaced, rows, *times)


def _stage_all(work: _Work, watch: Watch) -> dict[str, Figures]:
    """Stage the tables, the largest first, over a few sessions; the first failure ends it."""
    waiting, figures = work.tables[::-1], dict[str, Figures]()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        sessions = [pool.submit(_stage_some, work, waiting, figures, watch) for _ in range(CONNECTIONS)]
        try:
            for session in as_completed(sessions):
                session.result()
        finally:
            waiting.clear()  # what the other session is at, it ends
    return figures


def _stage_some(work: _Work, waiting: list[Table], figures: dict[str, Figures], watch: Watch) -> None:
    """One session: take the next table until none waits."""
    with Server(work.target) as server, work.release.cursor() as release:
        server.run("SET synchronous_commit = off")  # the swap's commit, which waits, makes these last as well
        while (table := _next(waiting)) is not None:
            figures[str(table)] = stage(server, release, table)
            watch(str(table), len(figures), len(work.tables))


def _next(waiting: list[Table]) -> Table | None:
    try:
        return waiting.pop()
    except IndexError:  # the other session took the last one
        return None
