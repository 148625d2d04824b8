"""The ledger of published figures: replayed in a home of its own, or read from what this home has built."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from ingestion.durable import write_file
from ingestion.errors import IntegrityError, NothingToDo
from ingestion.settings import Settings
from reporting.brief import Text
from reporting.ledger import Entry, has_ledger, page, read_entries, tally

Watch = Callable[[str], None]
MODEL = "fct_published_figure"
REPLAYED = Text("发布会重放", "the press conference, replayed")
HERE = Text("本库", "this warehouse")


@dataclass(frozen=True)
class FigureReport:
    """The ledger with its verdicts, where its page lies, and how long it took."""

    entries: list[Entry]
    page: Path
    seconds: float
    is_replay: bool

    @property
    def tally(self) -> dict[str, dict[str, int]]:
        return tally(self.entries)

    @property
    def failed(self) -> list[Entry]:
        """Figures whose verdict is not the expected one; a home need not have data of every time, a replay must."""
        allowed = set() if self.is_replay else {"not_measured"}
        return [entry for entry in self.entries if entry.verdict not in {entry.expectation, *allowed}]

    def check(self) -> None:
        """Raises IntegrityError naming every figure that did not come out as the ledger says."""
        if self.failed:
            named = ", ".join(f"{e.figure_id} ({e.figure_class}: {e.verdict})" for e in self.failed)
            raise IntegrityError(
                f"{len(self.failed)} published figures did not come out: {named}.",
                next_step=f"read their arithmetic in {self.page}; correct the row of seeds/published_figure.csv or the "
                "model that measures it.",
            )


def replay(settings: Settings, watch: Watch = lambda step: None, keep: Path | None = None) -> FigureReport:
    """Deliver, land and build what the published figures stood on, in a temporary home (or `keep`), and read them."""
    from ingestion.drain import land_all
    from simulator.replay.replay import deliver_replay

    started = monotonic()
    with _home(settings, keep) as home:
        watch("deliver")
        deliver_replay(home)
        watch("land")
        land_all(home)
        entries = measure(home, watch)
    return _report(settings, entries, started, "figures_replay.html", is_replay=True)


def measure(home: Settings, watch: Watch = lambda step: None) -> list[Entry]:
    """Build the ledger of a home over what has landed there, and read it."""
    from warehouse.build import build_only

    watch("build")
    build_only(home, MODEL)
    return _read(home, home.warehouse_db)


def here(settings: Settings) -> FigureReport:
    """The ledger of the served release, or else of the last build. Raises NothingToDo where there is neither."""
    started = monotonic()
    served = settings.serving / "governance.duckdb"
    database = served if served.exists() else settings.warehouse_db
    if not database.exists():
        raise NothingToDo("Nothing has been built here.", next_step="run `citypulse run`, or leave out --here.")
    return _report(settings, _read(settings, database), started, "figures.html", is_replay=False)


@contextmanager
def _home(settings: Settings, keep: Path | None) -> Iterator[Settings]:
    if keep is not None:
        if keep.exists() and any(keep.iterdir()):
            raise IntegrityError("The folder to keep the replay in is not empty.", next_step="name an empty one.")
        yield _inside(settings, keep.resolve())
        return
    with TemporaryDirectory(prefix="citypulse_figures_") as folder:
        yield _inside(settings, Path(folder).resolve())


def _inside(settings: Settings, home: Path) -> Settings:
    """The same installation with a home and a key of its own: a replay meets nothing real."""
    return replace(settings, home=home, key_file=home / "key.json")


def _read(settings: Settings, database: Path) -> list[Entry]:
    from warehouse.engine import connect

    connection = connect(database, settings=settings, read_only=True)
    try:
        if not has_ledger(connection):
            raise NothingToDo(
                "What is built here holds no ledger of this city.",
                next_step="put published_figure.csv and published_figure_term.csv into the city's `seeds/`, then run.",
            )
        return read_entries(connection)
    finally:
        connection.close()


def _report(settings: Settings, entries: list[Entry], started: float, name: str, *, is_replay: bool) -> FigureReport:
    from warehouse.build import is_synthetic

    path = settings.site / name
    title = REPLAYED if is_replay else HERE
    content = page(entries, title=title, is_synthetic=is_replay or is_synthetic(settings), home="index.html")
    write_file(path, content, "site.figures")
    return FigureReport(entries, path, round(monotonic() - started, 1), is_replay)
