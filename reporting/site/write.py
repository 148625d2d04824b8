"""Write the site of the served release: gather once, render every page in both languages, write what changed."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.contract import Contract, load_contracts
from ingestion.durable import exclusive, make_folder, remove_file, write_file
from ingestion.settings import Settings
from reporting.brief import Text
from reporting.gather import REASONS
from reporting.ledger import has_ledger, page, read_entries
from reporting.romanise import english
from reporting.seasons import declared_seasons
from reporting.site import dbt_docs, search
from reporting.site.briefs import Issued, issued_briefs, newest_of_period
from reporting.site.column_pages import table_hits
from reporting.site.column_site import Lineage, find_lineage, lineage_files
from reporting.site.dictionary import Entry, read_dictionary
from reporting.site.feeds import Feed, read_feeds
from reporting.site.home import front_page
from reporting.site.kpi_list import Card, card, dictionary_page
from reporting.site.kpi_pages import kpi_page
from reporting.site.lineage import lineage
from reporting.site.other_pages import feeds_page, restatements_page, terms_page
from reporting.site.pages import NAV, Frame, Page, page_files, render_all
from reporting.site.restatements import read_requests, read_restatements
from reporting.site.terms import TERMS
from reporting.site.values import kpi_values, withheld_values
from reporting.site.words import WORDS
from reporting.words import same
from warehouse.engine import connect
from warehouse.thread import Graph, read_graph

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

log = logging.getLogger(__name__)
PUBLISHED = (
    "SELECT release_id, data_as_of, published_at, checks_passed, checks_total, is_synthetic FROM meta.publish_info"
)
CITY = "SELECT name_zh, name_en FROM marts.dim_area WHERE level = 'city'"
AREAS = """
SELECT area_code, name_zh, name_en FROM marts.dim_area
WHERE level NOT IN ('city', 'street', 'community') ORDER BY area_code"""
# Written by others, or only where there is something to say; each is a page of its own name.
ALWAYS = ("index", "kpis", "feeds", "restatements", "terms")


def write_site(settings: Settings) -> list[Path]:
    """Bring `<home>/site/` up to the served release and the issued briefs; returns every page of it.

    Only pages that changed are written, each at once. Without a release the front page says so. Raises WarehouseBusy
    while another process writes the site.
    """
    with exclusive(settings.locks / "site.lock", "The site"):
        make_folder(settings.site)
        served = settings.serving / "governance.duckdb"
        if not served.exists():
            return _publish(settings, _bare(settings))
        con = connect(served, settings=settings, read_only=True)
        try:
            contracts, graph = load_contracts(settings), read_graph(settings)
            columns = find_lineage(settings, con, graph, contracts)
            extra = _pages_apart(settings, con, has_lineage=columns is not None)
            return sorted({*_publish(settings, *_site(settings, con, contracts, graph, columns)), *extra})
        finally:
            con.close()


def _pages_apart(settings: Settings, con: DuckDBPyConnection, *, has_lineage: bool) -> list[Path]:
    """The two pages in both languages at once: the ledger, and dbt's own page of its models."""
    written = [found] if (found := dbt_docs.write_models_page(settings, con, has_lineage=has_lineage)) else []
    if has_ledger(con):
        release_id, is_synthetic = con.execute("SELECT release_id, is_synthetic FROM meta.publish_info").fetchall()[0]
        title = Text(f"发布 {release_id}", f"release {release_id}")
        path = settings.site / "figures.html"
        _write(path, page(read_entries(con), title=title, is_synthetic=is_synthetic, home="index.html"))
        written.append(path)
    return written


def _bare(settings: Settings) -> dict[str, bytes]:
    """The site of a home that has published nothing."""
    sections = tuple(name for name in NAV if name == "index" or (settings.site / f"{name}.html").exists())
    frame = Frame(WORDS["product"], (settings.home / "SYNTHETIC").exists(), "", "", "", "", sections)
    briefs = issued_briefs(settings, {}, declared_seasons(settings))
    pages = [front_page(settings, frame, briefs, {}, {}), search.search_page([search.page_hits(sections)])]
    return render_all(pages, frame)


def _site(
    settings: Settings,
    con: DuckDBPyConnection,
    contracts: dict[str, Contract],
    graph: Graph,
    columns: Lineage | None,
) -> tuple[dict[str, bytes], list[str]]:
    """What to write by its path, and the paths of pages that stand as they are."""
    frame = _frame(settings, con, has_lineage=columns is not None)
    areas = {code: Text(zh, english(zh, en)) for code, zh, en in con.execute(AREAS).fetchall()}
    briefs = issued_briefs(settings, areas, declared_seasons(settings))
    entries, feeds = read_dictionary(con), read_feeds(con, contracts)
    restated = read_restatements(settings)
    groups = _groups(frame, entries, feeds, newest_of_period(briefs), areas)
    files, standing = lineage_files(settings, columns, frame) if columns else ({}, [])
    if columns:
        groups.insert(1, search.table_hits(table_hits(columns.known)))
    pages = [
        front_page(settings, frame, briefs, areas, _numbers(frame, entries, feeds)),
        *_kpi_pages(con, entries, contracts, graph, columns, has_models="models" in frame.sections),
        feeds_page(feeds),
        restatements_page(restated, read_requests(settings), {entry.code: entry.name for entry in entries}),
        terms_page(),
        search.search_page(groups),
    ]
    return {**render_all(pages, frame), **files}, standing


def _frame(settings: Settings, con: DuckDBPyConnection, *, has_lineage: bool) -> Frame:
    release_id, as_of, published_at, passed, total, is_synthetic = con.execute(PUBLISHED).fetchall()[0]
    return Frame(
        title=_title(con),
        is_synthetic=is_synthetic,
        release_id=release_id,
        data_as_of=_moment(as_of),
        published_at=_moment(published_at),
        checks=f"{passed} / {total}",
        sections=tuple(name for name in NAV if _is_there(settings, name, has_lineage=has_lineage)),
    )


def _is_there(settings: Settings, name: str, *, has_lineage: bool) -> bool:
    if name == "lineage":
        return has_lineage
    return name in ALWAYS or (settings.site / f"{name}.html").exists()


def _title(con: DuckDBPyConnection) -> Text:
    city = con.execute(CITY).fetchone()
    product = WORDS["product"]
    return Text(f"{city[0]}{product.zh}", f"{english(*city)} {product.en.lower()}") if city else product


def _kpi_pages(
    con: DuckDBPyConnection,
    entries: list[Entry],
    contracts: dict[str, Contract],
    graph: Graph,
    columns: Lineage | None,
    *,
    has_models: bool,
) -> Iterator[Page]:
    told = withheld_values(con)
    city, units = kpi_values(con, "city", told), kpi_values(con, "unit", told)
    reasons = {code: Text(zh, en) for code, zh, en in con.execute(REASONS).fetchall()}
    cards = [card(entry, city.get(entry.code, [])) for entry in entries]
    yield dictionary_page(cards)
    for place, (entry, own) in enumerate(zip(entries, cards, strict=True)):
        rooms = lineage(entry, contracts, graph, has_models=has_models)
        way = columns.page(entry.table) if columns else ""
        figures = city.get(entry.code, []), units.get(entry.code, [])
        yield kpi_page(entry, own, *figures, reasons, rooms, way, _neighbours(cards, place))


def _neighbours(cards: list[Card], place: int) -> tuple[Card | None, Card | None]:
    return cards[place - 1] if place else None, cards[place + 1] if place + 1 < len(cards) else None


def _groups(
    frame: Frame, entries: list[Entry], feeds: tuple[Feed, ...], briefs: list[Issued], areas: dict[str, Text]
) -> list[search.Group]:
    return [
        search.kpi_hits(entries),
        search.brief_hits(briefs, areas),
        search.feed_hits(feeds),
        search.page_hits(frame.sections),
        search.term_hits(TERMS),
    ]


def _numbers(frame: Frame, entries: list[Entry], feeds: tuple[Feed, ...]) -> dict[str, Text]:
    attention = sum(feed.tone == "worse" for feed in feeds)
    feeds_say = Text(f"{len(feeds)}，{attention}个需关注", f"{len(feeds)}, {attention} to look at")
    return {
        "kpis": same(str(len(entries))),
        "feeds": feeds_say if attention else same(str(len(feeds))),
        "quality": same(frame.checks),
        "terms": same(str(len(TERMS))),
    }


def _publish(settings: Settings, pages: dict[str, bytes], standing: Iterable[str] = ()) -> list[Path]:
    """Write what changed, then take away the pages of KPIs and tables that are no more."""
    changed = sum(_write(settings.site / name, content) for name, content in pages.items())
    paths = [settings.site / name for name in (*pages, *standing)]
    gone = [path for path in page_files(settings.site) if path not in set(paths)]
    for path in gone:
        remove_file(path, "site.old_page")
    log.info("site=written pages=%d changed=%d removed=%d", len(paths), changed, len(gone))
    return paths


def _write(path: Path, content: bytes) -> bool:
    if path.is_file() and path.read_bytes() == content:
        return False
    write_file(path, content, "site.page")
    return True


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
