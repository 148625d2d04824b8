"""The lineage of the published columns as pages: one for each table, the layers between, the feeds, and a first one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ingestion.contract import Column, Contract
from reporting.brief import Text
from reporting.site.column_rows import FEEDS, INNER, PAGES, Group, Known, Row, anchor_of
from reporting.site.lineage import bilingual
from reporting.site.pages import Page
from reporting.site.search import Hit, keys
from reporting.site.words import WORDS
from reporting.site.words_of_lineage import CLASSES, DOOR, REASONS, STEPS
from reporting.words import same
from warehouse.columns import Input
from warehouse.thread import Graph

FIRST = "lineage"
KINDS = {"fct_kpi": "kpi_tables", "fct": "fact_tables", "dim": "dim_tables"}


@dataclass(frozen=True)
class Table:
    """One model with its columns; `unread` says why its SQL could not be followed."""

    name: str
    says: Text
    page: str
    node_id: str
    rows: tuple[Row, ...]
    conditions: tuple[Group, ...]
    used_by: tuple[Text, ...]
    unread: str


@dataclass(frozen=True)
class Delivered:
    """One column of a contract and the published tables, and columns, that rest on it.

    `chooses`: how many more published tables only filter, join or group by it.
    """

    feed: Text
    anchor: str
    name: str
    header: str
    says: Text
    kind: Text | None
    door: Text | None
    tables: tuple[Group, ...]
    count: int
    chooses: int
    reason: Text | None


def page_names(known: Known) -> list[str]:
    """The pages there are, the first one last: where it is written, all are."""
    return [*(known.page(relation) for relation in sorted(known.public)), *PAGES.values(), INNER, FEEDS, FIRST]


def lineage_pages(known: Known, others: list[str], mark: str, *, has_models: bool) -> Iterator[Page]:
    """The pages in that order; `mark` names what they were made from."""
    tables = [_table(known, relation) for relation in sorted(known.public)]
    for table in tables:
        content = {"table": table, "has_models": has_models}
        yield Page(table.page, "lineage_table.html.j2", FIRST, same(table.name), content)
    for layer, page in {**PAGES, "inner": INNER}.items():
        inner = [r for r in known.columns.models if r not in known.public and known.page(r) == page]
        content = {"tables": tuple(_table(known, relation) for relation in sorted(inner)), "has_models": has_models}
        yield Page(page, "lineage_layer.html.j2", FIRST, WORDS[f"layer_{layer}"], content)
    reached = known.columns.reached(
        (relation, name) for relation in sorted(known.public) for name in known.columns.models[relation].columns
    )
    delivered = [_delivered(known, contract, column, reached) for contract, column in _contract_columns(known)]
    content = {"feeds": tuple(_feed(contract, delivered) for contract in known.contracts.values())}
    yield Page(FEEDS, "lineage_feeds.html.j2", FIRST, WORDS["feed_columns"], content)
    yield _first_page(known, tables, others, delivered, mark)


def table_hits(known: Known) -> Iterator[Hit]:
    """The published tables, each found by its columns and what they mean."""
    for relation in sorted(known.public):
        node = known.nodes[relation]
        says = [column["description"] for column in node["columns"].values()]
        name = same(anchor_of(relation))
        words = keys(name, node["description"], *known.columns.models[relation].columns, *says)
        yield Hit(name, bilingual(node["description"]), known.page(relation), words)


def _rows(known: Known, relation: str) -> tuple[Row, ...]:
    columns = known.columns.models[relation].columns
    return tuple(known.row(relation, name, step) for name, step in columns.items())


def _table(known: Known, relation: str) -> Table:
    model, node = known.columns.models[relation], known.nodes[relation]
    return Table(
        name=anchor_of(relation),
        says=bilingual(node["description"]),
        page=known.page(relation),
        node_id=node["unique_id"],
        rows=_rows(known, relation),
        conditions=known.groups(model.conditions),
        used_by=tuple(_users(known.graph, node["unique_id"])),
        unread=model.unread,
    )


def _users(graph: Graph, node_id: str) -> Iterator[Text]:
    """What people have that reads a table: briefs, dashboards, the push."""
    for user in graph.get("exposures", {}).values():
        if node_id in user["depends_on"]["nodes"]:
            yield bilingual(user.get("label") or user.get("description") or user["name"])


def _first_page(known: Known, tables: list[Table], others: list[str], delivered: list[Delivered], mark: str) -> Page:
    groups: dict[str, list[Table]] = {}
    for table in tables:
        kind = next((word for prefix, word in KINDS.items() if table.name.startswith(f"{prefix}_")), "meta_tables")
        groups.setdefault(kind, []).append(table)
    used = [set(table.used_by) for table in tables]
    content = {
        "mark": mark,
        "used_by_all": tuple(user for user in tables[0].used_by if all(user in users for users in used))
        if used[1:]
        else (),
        "groups": tuple(
            (WORDS[kind], tuple(groups[kind])) for kind in (*KINDS.values(), "meta_tables") if kind in groups
        ),
        "others": tuple(others),
        "unread": tuple((anchor_of(m.relation), known.link((m.relation, "*")), m.unread) for m in known.columns.unread),
        "counts": f"{len(tables)} / {sum(len(table.rows) for table in tables)} / {len(known.columns.models)}",
        "steps": tuple((kind, name, says) for kind, (name, says) in STEPS.items()),
        "layers": tuple((page, WORDS[f"layer_{layer}"]) for layer, page in {**PAGES, "inner": INNER}.items()),
        "personal": tuple(column for column in delivered if column.kind),
    }
    return Page(FIRST, "lineage.html.j2", FIRST, WORDS["lineage_title"], content)


def _contract_columns(known: Known) -> Iterator[tuple[Contract, Column]]:
    return ((contract, column) for contract in known.contracts.values() for column in contract.columns)


def _delivered(known: Known, contract: Contract, column: Column, reached: Mapping[Input, list[Input]]) -> Delivered:
    relation = f"landing.{contract.feed}"
    places = reached.get((relation, column.name), [])
    values_in = {table for table, _ in places}
    chooses = sum((relation, column.name) in known.columns.choosers(t) for t in known.public - values_in)
    is_personal = column.data_class != "general"
    needs_reason = is_personal and (places or chooses)
    reason = REASONS.get((contract.feed, column.name), WORDS["no_reason"]) if needs_reason else None
    return Delivered(
        feed=Text(contract.name_zh, contract.name_en),
        anchor=anchor_of(relation, column.name),
        name=column.name,
        header=WORDS["comma"].zh.join(column.header),
        says=Text(column.meaning_zh, column.meaning_en),
        kind=CLASSES[column.data_class] if is_personal else None,
        door=DOOR[column.personal] if column.personal else None,
        tables=known.groups(places) if is_personal else _tables(known, places),
        count=len(places),
        chooses=chooses,
        reason=reason,
    )


def _tables(known: Known, places: Iterable[Input]) -> tuple[Group, ...]:
    relations = sorted({relation for relation, _ in places})
    return tuple(Group(same(anchor_of(relation)), True, known.page(relation), (), 0) for relation in relations)


def _feed(contract: Contract, delivered: Iterable[Delivered]) -> dict[str, object]:
    start = f"{contract.feed}."
    return {
        "feed": contract.feed,
        "name": Text(contract.name_zh, contract.name_en),
        "columns": tuple(column for column in delivered if column.anchor.startswith(start)),
    }
