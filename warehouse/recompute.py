"""Requests to compute days anew: the bell that announces one may be lost, the numbered file is not.

A request is never removed, so that it is safe at every kill: `meta.build_input` says up to which one the last finished
build took, and a build that was killed is built anew as a whole. The last number a build took is part of its input,
as the receipts are: what it mends can be published, and a replay finds the same name again (docs/decisions/0012).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from ingestion import durable
from ingestion.contract import load_contracts
from ingestion.errors import ContractError, IntegrityError, NothingToDo
from ingestion.settings import Settings, local_now
from warehouse.build_info import read_build_inputs, require_warehouse
from warehouse.engine import connect
from warehouse.release_tables import sql_text

log = logging.getLogger(__name__)
INPUT = "recompute"  # beside the feeds, for no feed can have this name: theirs begin with a domain
PATIENCE_SECONDS = 10.0
COLUMNS = {"feed": "VARCHAR", "first_date": "DATE", "last_date": "DATE"}


@dataclass(frozen=True)
class Request:
    """Business days from `first_date` to `last_date` (ISO, inclusive) of some feeds, all of them when none is named."""

    number: int
    first_date: str
    last_date: str
    feeds: list[str]
    asked_at: str


@dataclass(frozen=True)
class Asked:
    """What a build finds: the number of the last request, and the requests that no finished build has taken."""

    last: int = 0
    waiting: list[Request] = field(default_factory=list)


def ask(settings: Settings, first: date, last: date, feeds: Iterable[str] = ()) -> Request:
    """Write a request down under the next number. Asking twice is harmless: the next build takes both in one.

    Raises ContractError for a feed nobody knows or days in the wrong order.
    """
    wanted = list(dict.fromkeys(feeds))
    known = load_contracts(settings)
    if strange := [feed for feed in wanted if feed not in known]:
        raise ContractError(f"No feed named {strange[0]!r}.", next_step=f"choose one of {', '.join(known)}.")
    if last < first:
        raise ContractError(f"{last} lies before {first}.", next_step="name the first day first.")
    with durable.exclusive(settings.locks / "recompute.lock", "The list of requests", PATIENCE_SECONDS):
        request = Request(last_request(settings) + 1, f"{first}", f"{last}", wanted, f"{local_now()}")
        durable.make_folder(settings.recompute, durable.INTERNAL)
        path = settings.recompute / f"{request.number:08d}.json"
        durable.write_file(path, json.dumps(asdict(request), indent=1).encode(), "recompute.request")
    log.info("request=%d from=%s to=%s feeds=%d", request.number, first, last, len(wanted) or len(known))
    return request


def last_request(settings: Settings) -> int:
    """Number of the last request, 0 before the first: cheap, and asked often."""
    return max((int(path.stem) for path in settings.recompute.glob("*.json")), default=0)


def take(settings: Settings) -> Asked:
    """The requests as they stand now, for a build that begins under the writer's lock.

    Raises IntegrityError for a damaged request: what somebody asked for must not be passed over in silence.
    """
    requests = [_read(path) for path in sorted(settings.recompute.glob("*.json"))]
    taken = _taken(settings) if requests else 0
    waiting = [request for request in requests if request.number > taken]
    return Asked(max((request.number for request in requests), default=0), waiting)


def show_requests(connection: DuckDBPyConnection, settings: Settings, asked: Asked) -> None:
    """Show dbt what is to be computed anew: `landing.recompute`, one row per feed and span of days."""
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(f"CREATE OR REPLACE TABLE landing.recompute ({columns})")
    known = load_contracts(settings) if asked.waiting else {}
    rows = {
        f"({sql_text(feed)}, DATE '{request.first_date}', DATE '{request.last_date}')"
        for request in asked.waiting
        for feed in request.feeds or known
    }
    if rows:
        connection.execute(f"INSERT INTO landing.recompute VALUES {', '.join(sorted(rows))}")


def asked_feeds(settings: Settings, asked: Asked) -> set[str]:
    """The feeds of which some days are to be computed anew."""
    return {feed for request in asked.waiting for feed in request.feeds or load_contracts(settings)}


def _taken(settings: Settings) -> int:
    try:
        require_warehouse(settings)
    except NothingToDo:
        return 0
    with connect(settings.warehouse_db, settings=settings, read_only=True) as connection:
        return read_build_inputs(connection).get(INPUT, 0)


def _read(path: Path) -> Request:
    try:
        stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        request = Request(**stored)
        date.fromisoformat(request.first_date), date.fromisoformat(request.last_date)
    except (ValueError, TypeError) as error:
        raise IntegrityError(
            f"Request recompute/{path.name} is damaged.", next_step="delete it and ask again: `citypulse recompute`."
        ) from error
    return request
