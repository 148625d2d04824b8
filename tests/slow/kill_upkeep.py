"""Runs the upkeep of one feed again and again on fresh copies of a home, killed at its first, second, ... step.

A step is a call that touches the disk. The parent opens neither engine nor table: each run is a fork of its own.
`python -m tests.slow.kill_upkeep HOME WORK` prints how many runs were killed, or says what a kill did harm to.
"""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
from deltalake import DeltaTable

from ingestion import landing_upkeep
from ingestion.contract import load_contracts
from ingestion.receipts import Ledger
from ingestion.settings import Settings
from tests.feeds.readings import FEED

STEPS: list[tuple[Any, str]] = [
    (os, "fsync"),
    (os, "replace"),
    (Path, "unlink"),
    (shutil, "rmtree"),
    (DeltaTable, "create_write_transaction"),
    (DeltaTable, "create_checkpoint"),
    (DeltaTable, "cleanup_metadata"),
]
Facts = tuple[list[Any], list[Any], list[Any]]


def facts(settings: Settings) -> Facts:
    """Rows, receipts and known batches, read without the code under test where that can be."""
    delta = DeltaTable(settings.landing / FEED)
    uris = [uri.removeprefix("file://") for uri in delta.file_uris()]
    receipts = Ledger(settings, FEED).receipts
    with duckdb.connect() as connection:
        query = "SELECT * FROM read_parquet(?, hive_partitioning = false, union_by_name = true) ORDER BY ALL"
        rows = connection.execute(query, [uris]).fetchall()
    return rows, receipts, [delta.transaction_version(receipt.batch_id) for receipt in receipts]


def keep(settings: Settings) -> landing_upkeep.Upkeep:
    return landing_upkeep.keep_feed(settings, load_contracts(settings)[FEED], timedelta(0))


def kill_at(step: int) -> None:
    """From now on, die before the call of that number, or after it where it is an odd one."""
    left = [step // 2]

    def watched(call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] < 0 and not step % 2:
                os.kill(os.getpid(), signal.SIGKILL)
            done = call(*args, **more)
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        return run

    for owner, name in STEPS:
        setattr(owner, name, watched(getattr(owner, name)))


def in_a_fork(work: Callable[[], object]) -> int:
    """Returns how it ended, as the kernel says."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except Exception:  # noqa: BLE001 - whatever it was, the parent must see it fail
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1]


def trial(home: Path, copy: Path, step: int, wanted: Facts) -> bool:
    """Kill one run at a step; look, then finish. Returns whether it was killed."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(home, copy)
    settings = Settings(home=copy, key_file=copy / "key.json", memory="500MB", threads=1)

    def killed() -> None:
        kill_at(step)
        keep(settings)

    def looked_at() -> None:
        assert facts(settings) == wanted, f"step {step}: a reader sees other rows after the kill"
        keep(settings)
        assert facts(settings) == wanted, f"step {step}: the next run harmed what it found"
        delta = DeltaTable(settings.landing / FEED)
        stored = {str(path) for path in (settings.landing / FEED).glob("business_period=*/*.parquet")}
        assert {uri.removeprefix("file://") for uri in delta.file_uris()} == stored, f"step {step}: leftovers"
        assert keep(settings).merged_rows == 0, f"step {step}: the next run did not finish"

    ended = in_a_fork(killed)
    assert ended in (0, signal.SIGKILL), f"step {step}: the run failed by itself"
    assert in_a_fork(looked_at) == 0, f"step {step}: see above"
    return ended == signal.SIGKILL


def main(home: Path, work: Path) -> None:
    settings = Settings(home=home, key_file=home / "key.json")
    found = work / "facts"
    assert in_a_fork(lambda: found.write_bytes(pickle.dumps(facts(settings)))) == 0
    wanted: Facts = pickle.loads(found.read_bytes())
    kills, step = 0, 0
    while trial(home, work / "copy", step, wanted):
        kills += 1
        step += int(sys.argv[3]) if len(sys.argv) > 3 else 1
    print(f"{kills} kills, the last at step {step}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
