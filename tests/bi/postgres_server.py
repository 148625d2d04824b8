"""A PostgreSQL of the tests: made in a folder of its own, on a free port of loopback, gone with the block.

The server refuses to run as root, so root hands it to the account that Debian's package makes. `make postgresql`
installs one where there is none.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

# Loopback is trusted, but for one account whose password is asked for.
ADMIN, WITH_PASSWORD, PASSWORD = "postgres", "push_with_password", "canary-9d2f17"
HBA = f"host all {WITH_PASSWORD} 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"


@dataclass(frozen=True)
class PostgresServer:
    """A server that runs."""

    port: int
    binaries: Path

    def url(self, database: str, account: str = ADMIN, password: str = "") -> str:
        secret = f":{password}" if password else ""
        return f"postgresql://{account}{secret}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres", account: str = ADMIN) -> psycopg.Connection[Any]:
        """A session by another driver than the one that pushes; each statement is a transaction of its own."""
        return psycopg.connect(self.url(database, account), autocommit=True)

    def make_database(self, name: str) -> str:
        """Make a database and return its address."""
        with self.connect() as session:
            session.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def psql(self, url: str, command: str) -> str:
        """What psql prints."""
        line = [str(self.binaries / "psql"), "-XAt", url, "-c", command]
        return subprocess.run(line, check=True, capture_output=True, text=True).stdout


@contextmanager
def postgres_server(*options: str) -> Iterator[PostgresServer]:
    """Run a server for the block; `options` are lines of its configuration."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="postgres_"))  # below pytest's own folders another account cannot go
    as_account = _account(folder)
    try:
        data, port = folder / "data", free_port()
        initdb = [binaries / "initdb", "-D", data, "-U", ADMIN, "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust"]
        subprocess.run([*map(str, initdb), "--no-sync"], check=True, capture_output=True, cwd=folder, **as_account)
        (data / "pg_hba.conf").write_text(HBA)
        lines = ["listen_addresses = '127.0.0.1'", f"port = {port}", "unix_socket_directories = ''", *options]
        with (data / "postgresql.auto.conf").open("a") as settings:
            settings.write("\n".join(lines) + "\n")
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [str(binaries / "postgres"), "-D", str(data)], stdout=log, stderr=log, cwd=folder, **as_account
            )
        try:
            running = PostgresServer(port, binaries)
            _wait_for(running, server, folder / "log")
            yield running
        finally:
            server.send_signal(signal.SIGQUIT)  # at once, for nothing of it is kept
            server.wait(30)
    finally:
        shutil.rmtree(folder)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _binaries() -> Path:
    """The newest server of Debian's packages, or the one on the PATH."""
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = packaged[-1] if packaged else shutil.which("initdb")
    assert found, "no PostgreSQL server on this machine: run `make postgresql`"
    return Path(found).resolve().parent


def _account(folder: Path) -> dict[str, Any]:
    """As whom the server runs: root gives it, and its folder, to an account that is not root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _wait_for(running: PostgresServer, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            running.connect().close()
            return
        except psycopg.OperationalError:
            assert server.poll() is None, log.read_text(errors="replace")
            assert time.monotonic() < deadline, log.read_text(errors="replace")
            time.sleep(0.05)
