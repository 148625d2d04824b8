"""A machine without a network: a copy of the tree, `make install-offline` from ./wheelhouse, then a day is landed.

`make test-offline` makes the wheelhouse first.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingestion.settings import PROJECT_ROOT
from tests.no_network import attempts, can_do_without, without_network
from tests.reliability.figures import record

WHEELHOUSE = PROJECT_ROOT / "wheelhouse"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree as a city gets it: what is or could be committed, and the wheelhouse beside it."""
    assert (WHEELHOUSE / "SHA256SUMS").is_file(), "run `make test-offline`, which makes the wheelhouse first"
    assert can_do_without(), "needs `unshare --net --mount`: run as root, or allow user namespaces, in a container too"
    place = tmp_path_factory.mktemp("offline") / "citypulse"
    listing = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listing, cwd=PROJECT_ROOT, capture_output=True, check=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        if (PROJECT_ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT_ROOT / name, place / name)
    (place / "wheelhouse").symlink_to(WHEELHOUSE)
    return place


def alone(copy: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command there without a network, with nothing of this account: no cache, no settings of pip or uv."""
    counted = copy.parent / "counted.json"
    environment = {"PATH": os.defpath, "HOME": str(copy.parent), "LANG": "C.UTF-8"}
    watched = without_network(list(command), counted)
    done = subprocess.run(watched, cwd=copy, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert attempts(counted) == {"ipv4": 0, "ipv6": 0}, command
    return done


def test_it_installs_from_the_wheelhouse_alone_and_lands_a_day(copy: Path) -> None:
    begun = time.monotonic()
    made = alone(copy, "make", "install-offline", f"PYTHON={sys._base_executable}")  # type: ignore[attr-defined]
    assert made.returncode == 0, made.stderr[-3000:]
    seconds = time.monotonic() - begun
    command, home = str(copy / ".venv" / "bin" / "citypulse"), str(copy.parent / "home")
    for arguments in (["--help"], ["simulate", "--days", "1"], ["land"], ["status"], ["doctor"]):
        done = alone(copy, command, "--home", home, *arguments)
        assert done.returncode == 0, (arguments, done.stdout[-2000:], done.stderr[-2000:])
    wheels = list(WHEELHOUSE.glob("*.whl"))
    record(
        "supply.offline",
        install_seconds=round(seconds),
        wheels=len(wheels),
        megabytes=round(sum(wheel.stat().st_size for wheel in wheels) / 1e6),
    )


def test_a_changed_wheel_is_refused(copy: Path) -> None:
    held = copy / "wheelhouse"
    held.unlink()
    shutil.copytree(WHEELHOUSE, held, copy_function=os.link)
    wheel = next(held.glob("pytz-*.whl"))
    content = bytearray(wheel.read_bytes())
    content[len(content) // 2] ^= 1
    wheel.unlink()
    wheel.write_bytes(content)
    python = f"PYTHON={sys._base_executable}"  # type: ignore[attr-defined]
    told = alone(copy, "make", "install-offline", python)
    assert told.returncode != 0
    assert wheel.name in told.stdout + told.stderr
    sums = subprocess.run("sha256sum MADE_FOR *.whl", shell=True, cwd=held, capture_output=True, check=True).stdout
    (held / "SHA256SUMS").unlink()
    (held / "SHA256SUMS").write_bytes(sums)  # whoever changes the wheel changes its sum as well: the lock still stands
    shutil.rmtree(copy / ".venv", ignore_errors=True)
    shutil.rmtree(copy.parent / ".cache", ignore_errors=True)
    forged = alone(copy, "make", "install-offline", python)
    assert forged.returncode != 0
    assert "pytz" in forged.stdout + forged.stderr
