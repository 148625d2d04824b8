"""What the warehouse says about its own build, and the name that a build's release and audit carry."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import duckdb
from duckdb import DuckDBPyConnection

from ingestion.errors import NothingToDo
from ingestion.settings import Settings


@dataclass(frozen=True)
class BuildInfo:
    """The one row of meta.build_info."""

    as_of: datetime
    code_version: str
    input_digest: str
    is_synthetic: bool

    @property
    def release_id(self) -> str:
        """Same input and same code give the same name, so that a repeated run finds its own work."""
        digest = hashlib.sha256(f"{self.input_digest}\n{self.code_version}".encode()).hexdigest()
        return f"r{self.as_of:%Y%m%d}-{digest[:10]}"


def require_warehouse(settings: Settings) -> None:
    """Raise NothingToDo when nothing was ever built, instead of creating an empty warehouse by opening it."""
    if not settings.warehouse_db.is_file():
        raise _nothing_built()


def read_build_info(connection: DuckDBPyConnection) -> BuildInfo:
    """Read the build of the open warehouse. Raises NothingToDo when there is none."""
    try:
        rows = connection.execute(
            "SELECT as_of, code_version, input_digest, is_synthetic FROM meta.build_info"
        ).fetchall()
    except duckdb.CatalogException:
        raise _nothing_built() from None
    if len(rows) != 1:
        raise _nothing_built()
    return BuildInfo(*rows[0])


def read_build_inputs(connection: DuckDBPyConnection) -> dict[str, int]:
    """The last receipt of each feed that the build saw; empty where it is from before this was kept."""
    try:
        return dict(connection.execute("SELECT feed, last_batch_seq FROM meta.build_input").fetchall())
    except duckdb.CatalogException:
        return {}


def _nothing_built() -> NothingToDo:
    return NothingToDo("The warehouse holds no finished build.", next_step="run `citypulse build`.")
