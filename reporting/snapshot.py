"""Write a brief from the served release, for the city or its regions, in both languages and all formats; then issue it.

Each is written as PDF, PNG, HTML, XLSX and DOCX from one `Brief`; the same release gives the same bytes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion.errors import ContractError, IntegrityError, NothingToDo
from ingestion.lineage import Dataset
from ingestion.run_log import logged
from ingestion.settings import Settings
from reporting import docx, html, pdf, xlsx
from reporting.brief import LANGUAGES, Brief, Language, Text, in_language
from reporting.compose import compose
from reporting.contents import contents_of
from reporting.figures import Figures
from reporting.fonts import check_coverage
from reporting.gather import gather
from reporting.issue import Draft, issue, keep_draft, keep_file, writing
from reporting.period import Kind
from reporting.pictures import read_ground
from reporting.tables import TableReader
from reporting.words import labels
from warehouse.engine import connect

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

log = logging.getLogger(__name__)
ALL = "all"
Progress = Callable[[str, int, int], None]


def write_snapshots(
    settings: Settings,
    *,
    kind: Kind = "monthly",
    period: str | None = None,
    area: str | None = None,
    stale: Text | None = None,
    signed_off: bool = False,
    progress: Progress = lambda name, done, total: None,
) -> list[Path]:
    """Write the brief of a period, by default the newest of its kind, and issue it.

    `area` is the code or name of a region, or `all` for the city and its regions; the city by default. `stale` says why
    the release is not the newest there could be. Where briefs wait for a sign-off (CITYPULSE_SIGN_OFF) it stays a
    draft, unless `signed_off`. Returns the paths. Raises NothingToDo without a release or such a period, and after
    writing the brief of a period without data; ContractError for a period or an area that does not exist, and for a
    character the house font lacks.
    """
    draft = write_draft(settings, kind=kind, period=period, area=area, stale=stale, progress=progress)
    if not draft.days_covered:
        raise NothingToDo(
            f"{draft.period} has no hotline data, and its brief says so: {draft.files[0]}. It was not issued.",
            next_step="land the data of these days, then `citypulse run`.",
        )
    if signed_off or not settings.sign_off:
        issue(settings, draft)
    return draft.paths(settings)


def write_draft(
    settings: Settings,
    *,
    kind: Kind = "monthly",
    period: str | None = None,
    area: str | None = None,
    stale: Text | None = None,
    progress: Progress = lambda name, done, total: None,
) -> Draft:
    """Write the files of a brief, but leave the pointer where it is: readers are not sent to it yet."""
    with _release(settings) as con:
        figures = gather(con, kind, period)
        ground = read_ground(settings)
        tables = TableReader(con, contents_of(kind).tables)
        areas = {code: figures.for_area(code) for code in _areas(figures, area)}
        briefs = {code: compose(mine, tables.read(mine), ground, stale) for code, mine in areas.items()}
    payloads = {
        (code, language): payload(brief, language, kind) for code, brief in briefs.items() for language in LANGUAGES
    }
    for content in payloads.values():
        check_coverage(content)
    folder, stem = settings.briefs / figures.publication.release_id, _stem(figures)
    paths = []
    with logged(settings, "snapshot") as run, writing(settings):
        for number, ((code, language), content) in enumerate(payloads.items()):
            progress(f"{briefs[code].area.zh} {language}", number, len(payloads))
            place = folder if code == figures.city_code else folder / code
            for suffix, written in _written(briefs[code], content, language):
                paths.append(place / f"{stem}_{language}.{suffix}")
                keep_file(paths[-1], written)
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


def _written(brief: Brief, content: dict[str, Any], language: Language) -> Iterator[tuple[str, bytes]]:
    """The formats of one brief in one language, by their file endings; Typst works beside the others."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        printed = beside.submit(lambda: (pdf.document(content), pdf.picture(content)))
        yield "html", html.page(content)
        yield "xlsx", xlsx.workbook(brief, language)
        yield "docx", docx.document(brief, language)
        document, picture = printed.result()
    yield "pdf", document
    yield "png", picture


def _areas(figures: Figures, area: str | None) -> list[str]:
    """The codes of the areas asked for. Raises ContractError for one the city does not have."""
    if area is None or area in (figures.city_code, figures.city.zh, figures.city.en):
        return [figures.city_code]
    if area == ALL:
        return [figures.city_code, *(region.code for region in figures.regions)]
    for region in figures.regions:
        if area in (region.code, region.name.zh, region.name.en):
            return [region.code]
    known = ", ".join(f"{region.code} {region.name.zh}" for region in figures.regions)
    raise ContractError(
        "The city has no such administering unit.",
        next_step=f"name one of: {known}; or `{ALL}`; or none for the whole city.",
    )


def _stem(figures: Figures) -> str:
    kind, name = figures.period.kind, figures.period.name
    return f"brief_{name}" if kind == "monthly" else f"brief_{kind}_{name}"


@contextmanager
def _release(settings: Settings) -> Iterator[DuckDBPyConnection]:
    import duckdb

    database = settings.serving / "governance.duckdb"
    if not database.exists():
        raise NothingToDo("There is no release to report on.", next_step="run `citypulse run` to publish one.")
    con = connect(database, settings=settings, read_only=True)
    try:
        yield con
    except duckdb.CatalogException:
        raise IntegrityError(
            "The served release lacks a table that every brief needs.",
            next_step="run `citypulse doctor`, then build and release again.",
        ) from None
    finally:
        con.close()


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
