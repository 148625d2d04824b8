"""From a sealed file in the inbox to the published release, by a running Airflow: the distribution, split by stage.

A home gets the demo's feeds but for their last days; what is left is landed, built and released. Then our local
Airflow is started, and files of small feeds are dropped one after the other, each when Airflow is idle again. Times
are those of Airflow's own database and of the pointer to the release. At the end the same steps run for a few more
files in one warm process without Airflow: the floor under these figures on this machine, now.

    python benchmarks/latency.py [--files 20] [--days 60] [--floor 3] [--home DIR to keep and use again]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from citypulse.airflow_local import Airflow, standalone
from citypulse.airflow_settings import airflow_home
from citypulse.cli import DEMO_UNTIL
from ingestion.durable import publish_file
from ingestion.settings import Settings, child_environment

FEEDS = ("hotline_call", "hotline_city", "heating_weather_day", "mediation_case", "hotline_city_event", "safety_hazard")
HELD_DAYS = 8
PATIENCE_SECONDS = 900  # the first file may find other code than the home was built with
STAGES = ("ring", "first_task", "land", "build_starts", "build", "gate_starts", "gate", "release_starts", "release")
SPANS = {"sealed_to_first_task": ("ring", "first_task"), "sealed_to_release": STAGES}


@dataclass(frozen=True)
class Held:
    """Files kept back from the demo, in the order of their arrival."""

    folder: Path

    def files(self) -> list[Path]:
        found = sorted(self.folder.glob("*/*"), key=lambda path: path.name)
        turns = [[path for path in found if path.parent.name == feed] for feed in FEEDS]
        return [paths[day] for day in range(max(map(len, turns), default=0)) for paths in turns if day < len(paths)]


def prepare(settings: Settings, held: Held, days: int) -> None:
    """The demo without its last days, released."""
    command(settings, "simulate", "--days", str(days), "--until", str(DEMO_UNTIL))
    for feed in FEEDS:
        (held.folder / feed).mkdir(parents=True)
        regular = sorted(p for p in (settings.inbox / feed).iterdir() if not p.stem.endswith(("corrected", "late")))
        for path in regular[-HELD_DAYS:]:
            shutil.move(path, held.folder / feed / path.name)
    command(settings, "run")


def command(settings: Settings, *arguments: str) -> None:
    whole = [sys.executable, "-m", "citypulse", "--home", str(settings.home), *arguments]
    subprocess.run(whole, check=True, stdout=subprocess.DEVNULL, env=child_environment(settings, {}))


def drop(settings: Settings, path: Path) -> float:
    """Put a file into the inbox and seal it. Returns the moment."""
    target = settings.inbox / path.parent.name / path.name
    shutil.copy2(path, target.with_name(f".{path.name}"))
    publish_file(target.with_name(f".{path.name}"), target, "benchmark.file")
    target.with_name(f"{path.name}.ok").touch()
    path.unlink()
    return time.time()


def published_at(settings: Settings) -> float:
    return (settings.serving / "current.json").stat().st_mtime


def wait_for(what: str, met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not met():
        if time.monotonic() > deadline:
            raise TimeoutError(f"no {what} within {PATIENCE_SECONDS} s")
        time.sleep(0.2)


class Trail:
    """What Airflow's database says about one file."""

    def __init__(self, settings: Settings, feed: str, sealed: float) -> None:
        self.database, self.feed, self.sealed = airflow_home(settings) / "airflow.db", feed, sealed
        self.since = datetime.fromtimestamp(sealed, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")

    def moment(self, sql: str, *values: str) -> float:
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=30) as connection:
            (found,) = connection.execute(sql, [*values, self.since]).fetchone()
        if found is None:
            raise LookupError(f"Airflow knows nothing of {values}")
        return datetime.fromisoformat(found).replace(tzinfo=UTC).timestamp()

    def task(self, which: str, dag: str, task: str) -> float:
        return self.moment(
            f"SELECT max({which}) FROM task_instance "
            "WHERE dag_id = ? AND task_id = ? AND state = 'success' AND start_date >= ?",
            *(dag, task),
        )

    def stages(self, published: float) -> dict[str, float]:
        ring = self.moment(
            "SELECT min(timestamp) FROM asset_event JOIN asset ON asset.id = asset_id "
            "WHERE name = ? AND timestamp >= ?",
            f"inbox/{self.feed}",
        )
        ingest, build = f"ingest_{self.feed}", "build_warehouse"
        moments = [self.sealed, ring, self.task("start_date", ingest, "land"), self.task("end_date", ingest, "land")]
        for task in ("build", "gate"):
            moments += [self.task("start_date", build, task), self.task("end_date", build, task)]
        moments += [self.task("start_date", build, "release"), published]
        return {name: after - before for name, before, after in zip(STAGES, moments, moments[1:], strict=False)}


def idle(airflow: Airflow) -> bool:
    airflow.check_alive()
    return airflow.api.active_runs() == 0


def reactions(settings: Settings, files: list[Path]) -> Iterator[dict[str, float]]:
    """The stages of each file. The first is dropped before and not counted: it warms what the others find warm."""
    with standalone(settings) as airflow:
        for number, path in enumerate(files):
            wait_for("rest", lambda: idle(airflow))
            time.sleep(2)
            wait_for("rest", lambda: idle(airflow))
            feed, before = path.parent.name, published_at(settings)
            sealed = drop(settings, path)
            wait_for(f"release after {path.name}", lambda before=before: published_at(settings) != before)
            published = published_at(settings)
            wait_for("rest", lambda: idle(airflow))
            if number:
                stages = Trail(settings, feed, sealed).stages(published)
                line = f"{feed:20} {published - sealed:5.1f} s {json.dumps(rounded(stages))}"
                print(line, file=sys.stderr, flush=True)
                yield stages


def floor(settings: Settings, files: list[Path]) -> Iterator[dict[str, float]]:
    """The same steps in this process, which is warm after the first file."""
    from expectations.gate import audit
    from ingestion.land import land_feed
    from warehouse.build import build
    from warehouse.release import publish

    for number, path in enumerate(files):
        drop(settings, path)
        moments = [time.monotonic()]
        land_feed(settings, path.parent.name)
        moments.append(time.monotonic())
        build(settings)
        moments.append(time.monotonic())
        report = audit(settings)
        moments.append(time.monotonic())
        publish(settings, checks_passed=report.passed, checks_total=report.total)
        moments.append(time.monotonic())
        if number:
            names = ("land", "build", "gate", "release")
            yield {name: after - before for name, before, after in zip(names, moments, moments[1:], strict=False)}


def summary(found: list[dict[str, float]]) -> dict[str, dict[str, float]]:
    """Median, 95th percentile (nearest rank) and maximum of each stage, and of what they add up to."""
    spans = {name: [sum(stages[part] for part in parts) for stages in found] for name, parts in SPANS.items()}
    stages = {name: [one[name] for one in found] for name in STAGES}
    return {name: spread(values) for name, values in (stages | spans).items()}


def spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    nearest = ordered[math.ceil(0.95 * len(ordered)) - 1]
    return rounded({"median": statistics.median(ordered), "p95": nearest, "max": ordered[-1]})


def rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in values.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--floor", type=int, default=3)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--home", type=Path, help="prepare here and keep it; used again as long as files are held")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = (arguments.home or Path(scratch) / "home").resolve()
        settings, held = Settings(home=home, key_file=home / "key.json"), Held(home / "held")
        if not held.folder.exists():
            prepare(settings, held, arguments.days)
        files = held.files()
        found = list(reactions(settings, files[: arguments.files + 1]))
        rest = files[arguments.files + 1 :][: arguments.floor + 1]
        floors = list(floor(settings, rest)) if arguments.floor else []
    result = {
        "files": len(found),
        "load_average": round(os.getloadavg()[1], 1),
        "seconds": summary(found),
        "floor_in_one_process": {name: spread([one[name] for one in floors])["median"] for name in (floors or [{}])[0]},
    }
    print(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
