"""Eight reader processes on the served release while new ones are published into the same home.

Every answer must be wholly of one release: the rows are compared with what the release's own file answers afterwards.
Prints errors and mixed answers (both must be 0), and times beside a floor of the same run: one reader, alone, on a file
that does not change. Two loads: without a pause, where eight readers take all the machine gives, and paced, where each
asks so many queries a second. At last releases are swapped as fast as the disk allows, for correctness alone.

    python benchmarks/readers.py [--releases 20] [--rate 5] [--threads 1] [--home DIR whose release is copied]
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.dashboard import QUERIES
from benchmarks.fabricated_release import Fabricated
from benchmarks.reading import Order, Read, digests, judged, read_once, read_records, read_until
from ingestion.settings import Settings, local_now
from warehouse.old_releases import prune
from warehouse.serving import manifests, point_to

KINDS = ("connection_per_query", "connection_kept", "parquet")
EIGHT = (*KINDS[:1] * 4, *KINDS[1:2] * 2, *KINDS[2:] * 2)
GRACE = timedelta(seconds=20)  # a page takes less
COLD_TARGET_MS, WARM_TARGET_MS = 100, 50
processes = multiprocessing.get_context("spawn")


class Trial:
    """A home that is published into, its readers, and a second link to every release, which no prune takes away."""

    def __init__(self, base: Path, city: Fabricated, threads: int, nice: int) -> None:
        self.base, self.city, self.settings, self.threads, self.nice = base, city, city.settings, threads, nice
        self.kept, self.pruned, self.swaps, self.publish_s = base / "kept", 0, 0, list[float]()
        self.kept.mkdir()
        self.numbers = itertools.count()

    def publish(self) -> None:
        """Publish the next build, with the priority that the publisher of a server has."""
        before = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, 0, self.nice)
        started = time.perf_counter()
        release = self.city.publish()
        self.publish_s.append(time.perf_counter() - started)
        os.link(release.path, self.kept / release.path.name)
        self.swaps += 1
        self.pruned += len(prune(self.settings, now=local_now(), keep=3, grace=GRACE))
        os.setpriority(os.PRIO_PROCESS, 0, before)

    def swap_for(self, seconds: float) -> None:
        """Put the releases there are into service in turn, as fast as it goes."""
        found, until = manifests(self.settings), time.monotonic() + seconds
        while time.monotonic() < until:
            point_to(self.settings, found[self.swaps % len(found)])
            self.swaps += 1

    @contextmanager
    def readers(self, phase: str, kinds: Iterable[str], rate: float = 0.0) -> Iterator[Path]:
        """Run one process for each of the kinds while the block runs. Gives the folder of what they read."""
        records = self.base / phase
        records.mkdir()
        stop, running = processes.Event(), []
        for kind in kinds:
            number = next(self.numbers)
            order = Order(kind, number, self.settings.serving, records / f"{number}.jsonl", rate, threads=self.threads)
            ready = processes.Event()
            process = processes.Process(target=read_until, args=(stop, ready, order))
            process.start()
            running.append((process, ready))
        try:
            for process, ready in running:
                while not ready.wait(timeout=0.2):
                    if not process.is_alive():
                        raise RuntimeError(f"{phase}: a reader ended before its first page")
            yield records
        finally:
            stop.set()
            for process, _ in running:
                process.join()
        failed = [process.exitcode for process, _ in running if process.exitcode]
        if failed:
            raise RuntimeError(f"{phase}: {len(failed)} readers ended by themselves with {failed[0]}")

    def cold(self, rounds: int) -> list[Read]:
        """Each query as the first one of a new process, after each of some swaps; nobody else reads."""
        records = self.base / "cold"
        records.mkdir()
        for _ in range(rounds):
            self.publish()
            for query in QUERIES:
                number = next(self.numbers)
                order = Order("cold", number, self.settings.serving, records / f"{number}.jsonl", threads=self.threads)
                process = processes.Process(target=read_once, args=(order, query))
                process.start()
                process.join()
                if process.exitcode:
                    raise RuntimeError(f"cold: {query} ended with {process.exitcode}")
        return read_records(records)

    def expected(self) -> dict[str, dict[str, str]]:
        return {path.stem: digests(path) for path in sorted(self.kept.iterdir())}


def busy_seconds() -> tuple[float, float]:
    """Processor seconds of the whole machine since it started, and those of this process and its ended children."""
    user, nice, system = (int(ticks) for ticks in Path("/proc/stat").read_text().split()[1:4])
    own = os.times()
    return (user + nice + system) / os.sysconf("SC_CLK_TCK"), sum(own[:4])


@contextmanager
def watched(found: dict[str, Any], phase: str) -> Iterator[None]:
    """Note how many cores other programs took while the block ran: times say little where that is much."""
    before, started = busy_seconds(), time.perf_counter()
    yield
    after = busy_seconds()
    others = (after[0] - before[0]) - (after[1] - before[1])
    found.setdefault("cores_taken_by_others", {})[phase] = round(others / (time.perf_counter() - started), 2)


def spread(values: list[float]) -> dict[str, float]:
    """Median, 95th percentile (nearest rank) and maximum, in milliseconds."""
    if not values:
        return {}
    values = sorted(values)
    p95 = values[-(-95 * len(values) // 100) - 1]
    return {"p50": round(statistics.median(values), 1), "p95": round(p95, 1), "max": round(values[-1], 1)}


def times(reads: list[Read]) -> dict[str, dict[str, Any]]:
    """By kind: what a person waits for. A tool that connects for each query pays for both, others for the query."""
    answers = [read for read in reads if not read.error]
    whole: Callable[[Read], float] = lambda read: read.connect_ms + read.query_ms  # noqa: E731
    found: dict[str, dict[str, Any]] = {}
    for kind in KINDS:
        own = [read for read in answers if read.kind == kind]
        found[kind] = {
            "reads": len(own),
            "query_ms": spread([read.query_ms for read in own if not read.connect_ms or kind == KINDS[0]]),
            "with_connection_ms": spread([whole(read) for read in own if read.connect_ms]),
            "first_of_a_release_ms": spread([whole(read) for read in own if read.is_first]),
        }
    return found


def measure(trial: Trial, releases: int, rate: float, seconds: float) -> dict[str, Any]:
    found: dict[str, Any] = {
        "load": {"processes": len(EIGHT), "threads_each": trial.threads, "nice": trial.nice, "cores": os.cpu_count()}
    }
    every: list[Read] = []
    trial.publish()
    idle: list[Read] = []
    with watched(found, "alone"):
        for kind in KINDS:
            with trial.readers(f"alone_{kind}", [kind]) as records:
                time.sleep(seconds)
            idle += read_records(records)
    with watched(found, "cold"):
        cold = trial.cold(rounds=min(3, releases))
    found["cold_ms"] = {
        query: spread([read.connect_ms + read.query_ms for read in cold if read.query == query]) for query in QUERIES
    }
    found["alone"] = times(idle)
    every += idle + cold
    for phase, per_second, share in (("no_pause", 0.0, releases // 4), ("paced", rate, releases - releases // 4)):
        with watched(found, phase), trial.readers(phase, EIGHT, per_second) as records:
            for _ in range(share):
                trial.publish()
                time.sleep(1)
        reads = read_records(records)
        found[phase], every = times(reads), every + reads
    published = len(trial.publish_s)
    with trial.readers("swapped_fast", EIGHT) as records:
        trial.swap_for(seconds)
    every += read_records(records)
    found |= judged(every, trial.expected())
    found |= {"releases_published": published, "swaps": trial.swaps, "releases_pruned": trial.pruned}
    found["publish_s"] = round(statistics.median(trial.publish_s), 1)
    return found


def verdict(found: dict[str, Any]) -> dict[str, Any]:
    """The promises and whether they hold here and now; times are of this machine with what else runs on it."""
    return {
        "errors_are_zero": found["errors"] == 0,
        "mixed_are_zero": found["mixed"] == 0,
        "cold_max_ms": max(each["max"] for each in found["cold_ms"].values()),
        "cold_target_ms": COLD_TARGET_MS,
        "warm_p95_ms": {load: found[load][KINDS[1]]["query_ms"]["p95"] for load in ("alone", "no_pause", "paced")},
        "warm_target_ms": WARM_TARGET_MS,
        "warm_p95_over_alone": {
            load: round(found[load][KINDS[1]]["query_ms"]["p95"] / found["alone"][KINDS[1]]["query_ms"]["p95"], 1)
            for load in ("no_pause", "paced")
        },
    }


def table(found: dict[str, Any]) -> str:
    """The times for people: one line for each load and kind of reader."""
    lines = [f"{'ms: median / p95 / most':32}{'query':>24}{'with its connection':>24}{'first of a release':>24}"]
    for load in ("alone", "no_pause", "paced"):
        for kind in KINDS:
            spreads = [found[load][kind][name] for name in ("query_ms", "with_connection_ms", "first_of_a_release_ms")]
            cells = [" / ".join(f"{value:g}" for value in each.values()) for each in spreads]
            lines.append(f"{load:9}{kind:23}" + "".join(f"{cell:>24}" for cell in cells))
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--releases", type=int, default=20, help="published while eight processes read")
    parser.add_argument("--rate", type=float, default=5.0, help="queries a second of each reader under the paced load")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each reading alone, and of the fast swaps")
    parser.add_argument("--threads", type=int, default=1, help="of DuckDB in each reader")
    parser.add_argument("--nice", type=int, default=0, help="of the publisher; to go back to 0 takes root")
    parser.add_argument("--home", type=Path, help="copy the release of this home instead of inventing one")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        base = Path(scratch)
        settings = Settings(home=base / "home", key_file=base / "key", memory="1GB", threads=1)
        like = arguments.home / "serving" / "governance.duckdb" if arguments.home else None
        trial = Trial(base, Fabricated(settings, like=like), arguments.threads, arguments.nice)
        found = measure(trial, arguments.releases, arguments.rate, arguments.seconds)
    print(table(found), file=sys.stderr)
    found["verdict"] = verdict(found)
    print(json.dumps(found, indent=1))
    return 0 if found["errors"] == found["mixed"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
