"""The door to DuckDB keeps its promises: fixed settings, one writer, errors that name the next step."""

from __future__ import annotations

import struct
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from ingestion.errors import IntegrityError, WarehouseBusy
from tests.warehouse_fixture import make_settings
from warehouse.engine import connect, writer_lock

HOLD = """
import sys
from pathlib import Path
from ingestion.settings import Settings
from warehouse.engine import connect, writer_lock
settings = Settings(home=Path(sys.argv[1]), key_file=Path("key"), threads=1)
with {held}:
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def hold(tmp_path: Path):
    """Start another process that holds something until the test ends."""
    started = []

    def start(held: str) -> int:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD.format(held=held), str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).resolve().parents[2],
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        return process.pid

    yield start
    for process in started:
        process.communicate()


def test_every_connection_has_the_house_settings(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    for database in (":memory:", tmp_path / "new" / "a.duckdb"):
        with connect(database, settings=settings) as connection:
            found = connection.execute(
                "SELECT current_setting('TimeZone'), current_setting('autoinstall_known_extensions'), "
                "current_setting('autoload_known_extensions'), current_setting('python_enable_replacements'), "
                "current_setting('threads'), current_setting('temp_directory')"
            ).fetchone()
        assert found == ("Asia/Shanghai", False, False, False, 1, str(tmp_path / "work" / "spill"))


def test_a_new_file_has_the_storage_version_asked_for(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    for version, expected in ((None, "v1.5.0+"), ("v1.2.0", "v1.2.0+")):
        with connect(tmp_path / f"{version}.duckdb", settings=settings, storage_version=version) as connection:
            row = connection.execute(
                "SELECT tags['storage_version'] FROM duckdb_databases() WHERE database_name = current_database()"
            ).fetchone()
        assert row == (expected,)


def test_variables_of_the_caller_are_not_tables(tmp_path: Path) -> None:
    rows = {"not": "a table"}  # noqa: F841
    with connect(":memory:", settings=make_settings(tmp_path)) as connection, pytest.raises(duckdb.CatalogException):
        connection.execute("SELECT * FROM rows")


def test_a_file_open_elsewhere_is_busy_and_names_the_process(tmp_path: Path, hold) -> None:
    settings = make_settings(tmp_path)
    connect(settings.warehouse_db, settings=settings).close()
    process = hold("connect(settings.warehouse_db, settings=settings)")
    with pytest.raises(WarehouseBusy, match=f"process {process}"):
        connect(settings.warehouse_db, settings=settings, read_only=True)


def test_a_missing_and_a_damaged_file_are_integrity_errors(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    with pytest.raises(IntegrityError, match="does not exist"):
        connect(tmp_path / "missing.duckdb", settings=settings, read_only=True)
    damaged = tmp_path / "damaged.duckdb"
    connect(damaged, settings=settings).close()
    damaged.write_bytes(b"\xff" * 20 + damaged.read_bytes()[20:])
    with pytest.raises(IntegrityError, match="not a sound database"):
        connect(damaged, settings=settings)


def test_a_second_writer_is_told_who_is_at_work(tmp_path: Path, hold) -> None:
    process = hold("writer_lock(settings)")
    with pytest.raises(WarehouseBusy, match=f"process {process}"), writer_lock(make_settings(tmp_path)):
        pass


def test_the_holder_may_ask_again_but_another_thread_may_not(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    refused = []

    def other() -> None:
        try:
            with writer_lock(settings):
                pass
        except WarehouseBusy:
            refused.append(True)

    with writer_lock(settings):
        with writer_lock(settings):
            pass
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert refused == [True]
    with writer_lock(settings):
        pass


def written_by(version: int, database: Path) -> None:
    """Give a database the header that a DuckDB of another storage version would have written."""
    content = bytearray(database.read_bytes())
    struct.pack_into("<Q", content, 12, version)
    total = 5381  # DuckDB's own sum over a block, behind the eight bytes that hold it
    for (word,) in struct.iter_unpack("<Q", content[8:4096]):
        total ^= word * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    struct.pack_into("<Q", content, 0, total)
    database.write_bytes(content)


@pytest.mark.parametrize("version", [1, 999])
def test_a_file_of_another_storage_version_is_refused_and_not_called_damaged(tmp_path: Path, version: int) -> None:
    settings, database = make_settings(tmp_path), tmp_path / "governance.duckdb"
    connect(database, settings=settings).close()
    (now,) = struct.unpack_from("<Q", database.read_bytes(), 12)
    written_by(now, database)
    connect(database, settings=settings, read_only=True).close()  # our sum is DuckDB's
    written_by(version, database)
    with pytest.raises(IntegrityError, match="written by a version of DuckDB") as refusal:
        connect(database, settings=settings)
    assert "builds it anew from landing" in refusal.value.next_step
    assert refusal.value.exit_code == 7
