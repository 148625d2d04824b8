"""Write a brief from the served release: both languages, each as PDF, HTML and PNG; then issue it, or leave a draft."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion.durable import write_file
from ingestion.errors import NothingToDo
from ingestion.lineage import Dataset
from ingestion.run_log import logged
from ingestion.settings import Settings
from reporting import html, pdf
from reporting.brief import LANGUAGES, Brief, Language, Text, in_language
from reporting.compose import compose
from reporting.figures import Figures
from reporting.fonts import check_coverage
from reporting.gather import gather
from reporting.issue import Draft, issue, keep_draft, writing
from reporting.ledger import has_ledger, page, read_entries
from reporting.period import Kind
from reporting.words import labels
from warehouse.engine import connect

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

log = logging.getLogger(__name__)

WRITERS = {"pdf": pdf.document, "html": html.page, "png": pdf.picture}


def write_snapshots(
    settings: Settings, *, kind: Kind = "monthly", period: str | None = None, signed_off: bool = False
) -> list[Path]:
    """Write the brief of a period, by default the newest of its kind, and issue it; returns the paths.

    Beside it, where the release holds it, the ledger of published figures. Where briefs wait for a sign-off
    (CITYPULSE_SIGN_OFF) it stays a draft, unless `signed_off`. Raises NothingToDo without a release or such a period,
    ContractError for a period that is written wrongly.
    """
    draft = write_draft(settings, kind=kind, period=period)
    if signed_off or not settings.sign_off:
        issue(settings, draft)
    return draft.paths(settings)


def write_draft(settings: Settings, *, kind: Kind = "monthly", period: str | None = None) -> Draft:
    """Write the files of a brief, but leave the pointer where it is: readers are not sent to it yet."""
    figures, ledger = _read(settings, kind, period)
    brief = compose(figures)
    payloads = {language: payload(brief, language, kind) for language in LANGUAGES}
    for content in payloads.values():
        check_coverage(content)
    folder = settings.briefs / figures.publication.release_id
    stem = f"brief_{figures.period.name}" if kind == "monthly" else f"brief_{kind}_{figures.period.name}"
    paths = []
    with logged(settings, "snapshot") as run, writing(settings):
        for language, content in payloads.items():
            for suffix, writer in WRITERS.items():
                paths.append(folder / f"{stem}_{language}.{suffix}")
                write_file(paths[-1], writer(content))
        if ledger is not None:
            paths.append(folder / "figures.html")
            write_file(paths[-1], ledger)
        draft = keep_draft(settings, _draft(settings, figures, paths))
        run.release_id = figures.publication.release_id
        run.count(files=len(paths))
        run.inputs, run.outputs = [Dataset("release")], [Dataset("briefs", files=len(paths))]
    log.info(
        "kind=%s period=%s release=%s files=%d",
        *(kind, figures.period.name, figures.publication.release_id, len(paths)),
    )
    return draft


def payload(brief: Brief, language: Language, kind: Kind = "monthly") -> dict[str, Any]:
    """What a template reads: the brief and the fixed words, in one language."""
    content: dict[str, Any] = in_language(brief, language)
    return {**content, "language": language, "labels": in_language(labels(kind), language)}


def _read(settings: Settings, kind: Kind, period: str | None) -> tuple[Figures, bytes | None]:
    """The figures of the period, and the page of the ledger where the release has one."""
    database = settings.serving / "governance.duckdb"
    if not database.exists():
        raise NothingToDo("There is no release to report on.", next_step="run `citypulse run` to publish one.")
    con = connect(database, settings=settings, read_only=True)
    try:
        figures = gather(con, kind, period)
        return figures, _ledger(con, figures)
    finally:
        con.close()


def _ledger(con: DuckDBPyConnection, figures: Figures) -> bytes | None:
    if not has_ledger(con):
        return None
    release = figures.publication.release_id
    title = Text(f"发布 {release}", f"release {release}")
    return page(read_entries(con), title=title, is_synthetic=figures.publication.is_synthetic)


def _draft(settings: Settings, figures: Figures, paths: list[Path]) -> Draft:
    made = figures.publication
    return Draft(
        kind=figures.period.kind,
        period=figures.period.name,
        release_id=made.release_id,
        data_as_of=made.data_as_of.isoformat(),
        checks_passed=made.checks_passed,
        checks_total=made.checks_total,
        days_covered=figures.days_covered(figures.period),
        days=len(figures.period.days),
        files=tuple(str(path.relative_to(settings.briefs)) for path in paths),
    )
