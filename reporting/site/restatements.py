"""What changed after it was published: closed months that moved from release to release, and methods that changed."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb

from ingestion.errors import CitypulseError
from ingestion.settings import Settings
from reporting import format
from warehouse.engine import connect
from warehouse.serving import Manifest, manifests

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

log = logging.getLogger(__name__)
MOVED = """
SELECT coalesce(subject_kpi_code, ''), previous_as_of, compared_count, restated_count, value
FROM marts.fct_kpi_restatement ORDER BY subject_kpi_code NULLS FIRST"""
METHODS = "SELECT kpi_code, method_version FROM meta.kpi_dictionary ORDER BY kpi_code"


@dataclass(frozen=True)
class Moved:
    """The closed months of one KPI that are not what the release before said."""

    kpi_code: str
    compared: str
    restated: str
    rate: str


@dataclass(frozen=True)
class Compared:
    """One release against the one before; `was_compared` is false where no closed month stood in both."""

    release_id: str
    published_at: str
    data_as_of: str
    previous_as_of: str
    was_compared: bool
    compared: str
    restated: str
    rate: str
    moved: tuple[Moved, ...]
    methods: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Request:
    """Days that somebody asked to have computed anew: what a closed month may have moved for."""

    first_date: str
    last_date: str
    feeds: tuple[str, ...]
    asked_at: str


def read_restatements(settings: Settings) -> tuple[Compared, ...]:
    """Every release that is kept, newest first."""
    found = []
    kept = [(manifest, methods, rows) for manifest in manifests(settings) if (read := _read(settings, manifest))
            for methods, rows in [read]]  # fmt: skip
    for place, (manifest, methods, rows) in enumerate(kept):
        before = kept[place + 1][1] if place + 1 < len(kept) else methods
        changed = tuple((code, before[code], now) for code, now in methods.items() if before.get(code, now) != now)
        found.append(_compared(manifest, rows, changed))
    return tuple(found)


def read_requests(settings: Settings) -> tuple[Request, ...]:
    """Newest first; a damaged request is the doctor's matter."""
    found = []
    for path in sorted(settings.recompute.glob("*.json"), reverse=True):
        try:
            asked: dict[str, Any] = json.loads(path.read_bytes())
            found.append(Request(asked["first_date"], asked["last_date"], tuple(asked["feeds"]), asked["asked_at"]))
        except (ValueError, KeyError, TypeError):
            log.warning("recompute=%s is_readable=false", path.stem)
    return tuple(found)


def _read(settings: Settings, manifest: Manifest) -> tuple[dict[str, str], list[tuple[Any, ...]]] | None:
    """Method versions and moved months of a release; None for one that cannot be read, or is from before these."""
    database = settings.releases / f"{manifest.release_id}.duckdb"
    try:
        con = connect(database, settings=settings, read_only=True)
    except CitypulseError:
        return None
    try:
        return _methods(con), con.execute(MOVED).fetchall()
    except duckdb.CatalogException:
        return None
    finally:
        con.close()


def _methods(con: DuckDBPyConnection) -> dict[str, str]:
    return dict(con.execute(METHODS).fetchall())


def _compared(manifest: Manifest, rows: list[tuple[Any, ...]], methods: tuple[tuple[str, str, str], ...]) -> Compared:
    whole = next((row for row in rows if not row[0]), None)
    as_of: datetime | None = whole[1] if whole else None
    return Compared(
        release_id=manifest.release_id,
        published_at=manifest.published_at[:16].replace("T", " "),
        data_as_of=manifest.data_as_of[:16].replace("T", " "),
        previous_as_of=f"{as_of:%Y-%m-%d %H:%M}" if as_of else "",
        was_compared=whole is not None,
        compared=format.grouped(whole[2]) if whole else "–",
        restated=format.grouped(whole[3]) if whole else "–",
        rate=_rate(whole[4]) if whole else "–",
        moved=tuple(
            Moved(code, format.grouped(compared), format.grouped(restated), _rate(value))
            for code, _, compared, restated, value in rows
            if code and restated
        ),
        methods=methods,
    )


def _rate(value: Decimal | None) -> str:
    """A small share must not print as none at all."""
    if value is None:
        return "–"
    return f"{format.grouped(value * 100, 1 if value == 0 or value >= Decimal('0.001') else 4)}%"
