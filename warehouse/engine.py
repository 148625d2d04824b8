"""The only door to DuckDB: fixed settings for every connection, and the lock that admits one writer."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from ingestion.durable import INTERNAL, exclusive, make_folder
from ingestion.errors import IntegrityError, WarehouseBusy
from ingestion.settings import Settings

# With the default (v1.0.0) a left-over WAL beside a renamed file is replayed into the wrong database without a word.
WAREHOUSE_STORAGE = "v1.5.0"
# Drivers of the last two years open this one.
RELEASE_STORAGE = "v1.2.0"

# In this order: what is locked last can no longer be changed. docs/bi.md tells BI authors the same words.
LOCKED_DOWN = (
    "SET temp_directory = ''; SET allow_community_extensions = false; SET enable_external_access = false; "
    "SET lock_configuration = true"
)

_held: set[tuple[Path, int]] = set()


def connect(
    database: Path | str, *, settings: Settings, read_only: bool = False, storage_version: str | None = None
) -> DuckDBPyConnection:
    """Open a database with the house settings; `storage_version` matters only for a file that is new.

    Variables of the caller are never read as tables; an Arrow object gets a name: `connection.register("rows", table)`.
    Raises WarehouseBusy when another process holds the file, IntegrityError when it is no sound database.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "storage_compatibility_version": storage_version or WAREHOUSE_STORAGE,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
        "memory_limit": settings.memory,
        "threads": settings.threads,
        "temp_directory": str(settings.work / "spill"),
    }
    if not read_only and str(database) != ":memory:":
        make_folder(Path(database).parent, INTERNAL)
    try:
        connection = duckdb.connect(str(database), read_only=read_only, config=config)
    except duckdb.IOException as error:
        raise _refusal(Path(database), str(error)) from None
    except duckdb.SerializationException:
        raise _damaged(Path(database)) from None
    connection.execute("SET TimeZone = 'Asia/Shanghai'")
    return connection


def connect_locked(database: Path, *, settings: Settings) -> DuckDBPyConnection:
    """Open a release for a person's questions: SQL of theirs reads that one file and nothing else on the machine.

    No other file is read, attached or written, no extension loaded, and nothing of it can be switched on again. DuckDB
    has no borders inside a process: the rights of the file system stay the real wall. Raises as `connect`.
    """
    connection = connect(database.resolve(), settings=settings, read_only=True)
    connection.execute(LOCKED_DOWN)
    return connection


@contextmanager
def writer_lock(settings: Settings) -> Iterator[None]:
    """Be the one writer of the warehouse for the block; the thread that holds it may ask again.

    Raises WarehouseBusy naming the process that holds the lock.
    """
    lock = settings.locks / "warehouse.lock"
    holder = (lock, threading.get_ident())
    if holder in _held:
        yield
        return
    with exclusive(lock, "The warehouse"):
        _held.add(holder)
        try:
            yield
        finally:
            _held.discard(holder)


def close_default_database() -> None:
    """Close what importing DuckDB opens: a database in memory with a thread, which no child of a fork may inherit."""
    duckdb.close()


def _refusal(database: Path, message: str) -> WarehouseBusy | IntegrityError:
    """Turn DuckDB's I/O error into ours; its text is not passed on because it can hold file content."""
    if "could not set lock" not in message.lower():
        return _of_another_version(database) if "with version number" in message else _damaged(database)
    process = re.search(r"PID (\d+)", message)
    holder = f"process {process.group(1)}" if process else "another process"
    return WarehouseBusy(f"{database.name} is open in {holder}.", next_step="wait until it ends, then run again.")


def _damaged(database: Path) -> IntegrityError:
    if not database.exists():
        return IntegrityError(f"{database} does not exist.", next_step="build and release again.")
    step = "run `citypulse doctor`; a warehouse is removed, and `citypulse run` builds it anew from landing."
    return IntegrityError(f"{database} is not a sound database.", next_step=step)


def _of_another_version(database: Path) -> IntegrityError:
    """Files are never converted: what is derived is made anew."""
    return IntegrityError(
        f"{database} was written by a version of DuckDB whose files {duckdb.__version__} does not read.",
        next_step="a warehouse is removed, and `citypulse run` builds it anew from landing; a release is read "
        "by the version that wrote it.",
    )
