"""What leaders wait for: one monthly brief in all formats and languages, the same for all districts, and the site.

A home with a release is read (`citypulse demo` makes one), and written into a copy of its folders, in this process and
after the imports, which are told apart. The floor is Typst alone setting the same city pages as PDF, twice: whatever is
above it is our reading, our other formats and our drawing.

    python benchmarks/briefs.py --home data [--period 2026-01] [--rounds 3]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ingestion.settings import Settings, load_settings


def seconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def import_all() -> None:
    """The writers import their libraries when first called."""
    import docx  # noqa: F401
    import fontTools.subset  # noqa: F401
    import typst  # noqa: F401
    import xlsxwriter  # noqa: F401

    import reporting.site.write
    import reporting.snapshot  # noqa: F401


def floor(settings: Settings, period: str | None) -> Callable[[], object]:
    """Typst setting the city's pages in both languages, from payloads that are ready."""
    from reporting import pdf, snapshot
    from reporting.brief import LANGUAGES
    from reporting.compose import compose
    from reporting.contents import contents_of
    from reporting.gather import gather
    from reporting.pictures import read_ground
    from reporting.tables import TableReader

    with snapshot._release(settings) as con:
        figures = gather(con, "monthly", period)
        brief = compose(figures, TableReader(con, contents_of("monthly").tables).read(figures), read_ground(settings))
    payloads = [snapshot.payload(brief, language) for language in LANGUAGES]
    rounds = count()

    def set_pages() -> None:
        number = next(rounds)  # Typst remembers a page it has set
        for payload in payloads:
            pdf.document({**payload, "title": f"{payload['title']} {number}"})

    return set_pages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, default=Path("data"))
    parser.add_argument("--period")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    found = {"imports": round(seconds(import_all), 2)}
    from reporting.site.write import write_site
    from reporting.snapshot import ALL, write_snapshots

    with tempfile.TemporaryDirectory() as folder:
        source = load_settings(asked.home)
        (Path(folder) / "serving").symlink_to(source.serving.resolve())
        settings = replace(source, home=Path(folder))
        alone = floor(settings, asked.period)
        works: dict[str, Callable[[], object]] = {
            "floor": alone,
            "city": lambda: write_snapshots(settings, period=asked.period),
            "site": lambda: write_site(settings),
        }
        alone()  # the first page of a process reads the fonts
        for name, work in works.items():
            found[name] = round(median(seconds(work) for _ in range(asked.rounds)), 2)
        found["districts"] = round(seconds(lambda: write_snapshots(settings, period=asked.period, area=ALL)), 2)
    ratios = {f"{name}_to_floor": round(found[name] / found["floor"], 2) for name in ("city", "districts", "site")}
    print(json.dumps({"seconds": found, **ratios}, indent=2))


if __name__ == "__main__":
    main()
