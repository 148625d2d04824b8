"""Write the briefs of a month from the served release: both languages, each as PDF, HTML and PNG."""

from __future__ import annotations

import json
import logging
import re
from datetime import date
from pathlib import Path
from typing import Any

from ingestion.durable import exclusive, write_file
from ingestion.errors import ContractError, NothingToDo
from ingestion.lineage import Dataset
from ingestion.run_log import logged
from ingestion.settings import Settings
from reporting import html, pdf
from reporting.brief import LANGUAGES, Brief, Language, Text, in_language
from reporting.compose import compose
from reporting.figures import Figures
from reporting.fonts import check_coverage
from reporting.gather import gather
from reporting.ledger import has_ledger, page, read_entries
from reporting.words import LABELS
from warehouse.engine import connect

log = logging.getLogger(__name__)

WRITERS = {"pdf": pdf.document, "html": html.page, "png": pdf.picture}


def write_snapshots(settings: Settings, *, period: str | None = None) -> list[Path]:
    """Write the briefs of `period` (YYYY-MM), by default the newest month with hotline data; returns their paths.

    Beside them, where the release holds it, the ledger of published figures.
    """
    figures = _figures(settings, _month(period))
    brief = compose(figures)
    payloads = {language: payload(brief, language) for language in LANGUAGES}
    for content in payloads.values():
        check_coverage(content)
    folder = settings.briefs / figures.publication.release_id
    paths = []
    with logged(settings, "snapshot") as run, exclusive(settings.locks / "briefs.lock", "The brief"):
        for language, content in payloads.items():
            for kind, writer in WRITERS.items():
                paths.append(folder / f"brief_{figures.period:%Y-%m}_{language}.{kind}")
                write_file(paths[-1], writer(content))
        paths += _ledger(settings, figures, folder / "figures.html")
        write_file(settings.briefs / "latest.json", _pointer(figures, paths, settings))
        run.release_id = figures.publication.release_id
        run.count(files=len(paths))
        run.inputs, run.outputs = [Dataset("release")], [Dataset("briefs", files=len(paths))]
    log.info("period=%s release=%s files=%d", f"{figures.period:%Y-%m}", figures.publication.release_id, len(paths))
    return paths


def payload(brief: Brief, language: Language) -> dict[str, Any]:
    """What a template reads: the brief and the fixed words, in one language."""
    content: dict[str, Any] = in_language(brief, language)
    return {**content, "language": language, "labels": in_language(LABELS, language)}


def _figures(settings: Settings, month: date | None) -> Figures:
    database = settings.serving / "governance.duckdb"
    if not database.exists():
        raise NothingToDo("There is no release to report on.", next_step="run `citypulse run` to publish one.")
    con = connect(database, settings=settings, read_only=True)
    try:
        return gather(con, month)
    finally:
        con.close()


def _ledger(settings: Settings, figures: Figures, path: Path) -> list[Path]:
    """The page of the ledger, or nothing where the release is from before there was one."""
    con = connect(settings.serving / "governance.duckdb", settings=settings, read_only=True)
    try:
        if not has_ledger(con):
            return []
        entries = read_entries(con)
    finally:
        con.close()
    release = figures.publication.release_id
    title = Text(f"发布 {release}", f"release {release}")
    write_file(path, page(entries, title=title, is_synthetic=figures.publication.is_synthetic))
    return [path]


def _month(period: str | None) -> date | None:
    if period is None:
        return None
    if not re.fullmatch(r"[12][0-9]{3}-(0[1-9]|1[0-2])", period):
        raise ContractError("The period is not a month.", next_step="write it as YYYY-MM, for example 2026-01.")
    return date.fromisoformat(f"{period}-01")


def _pointer(figures: Figures, paths: list[Path], settings: Settings) -> bytes:
    content = {
        "release_id": figures.publication.release_id,
        "period": f"{figures.period:%Y-%m}",
        "data_as_of": figures.publication.data_as_of.isoformat(),
        "files": [str(path.relative_to(settings.briefs)) for path in paths],
    }
    return (json.dumps(content, indent=2) + "\n").encode()
