"""The lineage pages of a site: found from what dbt left, and made again only where something they say has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.contract import Contract
from ingestion.settings import Settings
from reporting.brief import LANGUAGES
from reporting.site.column_pages import FIRST, lineage_pages, page_names
from reporting.site.column_rows import Known
from reporting.site.pages import FOLDER, Frame, path, render_all
from warehouse.columns import KEPT_IN, Columns, columns_of_home
from warehouse.thread import Graph

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TABLES = """
SELECT DISTINCT schema_name || '.' || table_name FROM duckdb_columns()
WHERE NOT internal AND schema_name IN ('marts', 'meta', 'dq') ORDER BY ALL"""


@dataclass(frozen=True)
class Lineage:
    """What the pages are made from; `others` are published tables that no model makes, `file` the columns as data."""

    known: Known
    others: list[str]
    file: bytes

    def page(self, table: str) -> str:
        """The page of a published table of the marts, without language; empty where it is none."""
        relation = f"marts.{table}"
        return self.known.page(relation) if relation in self.known.public else ""


def find_lineage(
    settings: Settings, con: DuckDBPyConnection, graph: Graph, contracts: Mapping[str, Contract]
) -> Lineage | None:
    """The columns of the models behind a release; None where no SQL of them is to be had here."""
    if not graph:
        return None
    models, file = columns_of_home(settings, graph)
    if all(model.unread for model in models.values()):
        return None
    published = [name for (name,) in con.execute(TABLES).fetchall()]
    public = frozenset(published) & models.keys()
    known = Known(Columns(models), graph, contracts, public)
    return Lineage(known, [name for name in published if name not in public], file)


def lineage_files(settings: Settings, lineage: Lineage, frame: Frame) -> tuple[dict[str, bytes], list[str]]:
    """What to write, by its path below the site, and the paths of pages that stand as they are.

    They speak of the models and not of one release, so a release of the same code leaves them alone.
    """
    frame = replace(frame, release_id="", data_as_of="", published_at="", checks="")
    names = [path(name, language) for name in page_names(lineage.known) for language in LANGUAGES]
    mark = _mark(lineage, frame)
    data = {KEPT_IN: lineage.file} if lineage.file else {}
    if _are_current(settings, names, mark):
        return data, names
    pages = lineage_pages(lineage.known, lineage.others, mark, has_models="models" in frame.sections)
    return {**render_all(pages, frame), **data}, []


def _are_current(settings: Settings, names: list[str], mark: str) -> bool:
    """Whether all are there and the first page, which is written last in both languages, bears the mark."""
    if not all((settings.site / name).is_file() for name in names):
        return False
    firsts = (settings.site / path(FIRST, language) for language in LANGUAGES)
    return all(f"<!-- {mark} -->".encode() in first.read_bytes() for first in firsts)


def _mark(lineage: Lineage, frame: Frame) -> str:
    known = lineage.known
    nodes = {
        relation: [node["description"], {name: said["description"] for name, said in node["columns"].items()}]
        for relation, node in known.nodes.items()
    }
    contracts = [contract.model_dump_json() for contract in known.contracts.values()]
    said = [nodes, contracts, sorted(known.public), lineage.others, known.graph.get("exposures", {}), repr(frame)]
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    digest.update(repr(known.columns.models).encode() + _code())
    return digest.hexdigest()


@cache
def _code() -> bytes:
    """What turns the columns into pages."""
    files = [*Path(__file__).parent.glob("*.py"), *FOLDER.glob("*")]
    return b"".join(hashlib.sha256(file.read_bytes()).digest() for file in sorted(files))
