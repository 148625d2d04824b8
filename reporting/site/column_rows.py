"""One column as the lineage pages tell it: what it is called, what is done, what it is made of and goes back to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from ingestion.contract import Column, Contract
from reporting.brief import Text
from reporting.site.lineage import bilingual
from reporting.site.words import WORDS
from reporting.site.words_of_lineage import DOOR, STEPS
from reporting.words import same
from warehouse.columns import ROWS, Columns, Input, Step
from warehouse.thread import Graph, relation_of

MOST_ROOTS = 24  # above, feeds and seeds are told with the number of their columns
PAGES = {"staging": "lineage/staging", "intermediate": "lineage/intermediate"}
INNER = "lineage/inner"  # models of the marts that are not published
FEEDS = "lineage/feeds"


@dataclass(frozen=True)
class Named:
    """A column in a list; `header` is what the source calls it, in Chinese, `door` what became of a personal one."""

    name: Text
    link: str = ""
    header: str = ""
    door: Text | None = None


@dataclass(frozen=True)
class Group:
    """Columns of one table; where they are too many to list, only their number."""

    title: Text
    is_code: bool
    link: str
    columns: tuple[Named, ...]
    count: int


@dataclass(frozen=True)
class Row:
    """One column."""

    name: str
    anchor: str
    says: Text
    step: Text
    kind: str
    made_of: tuple[Group, ...]
    goes_back_to: tuple[Group, ...]
    is_personal: bool


@dataclass(frozen=True)
class Known:
    """What the pages are made from; `public` are the published tables of models."""

    columns: Columns
    graph: Graph
    contracts: Mapping[str, Contract]
    public: frozenset[str]

    @cached_property
    def nodes(self) -> dict[str, dict[str, Any]]:
        """Models, seeds and landing tables by relation."""
        kinds = ("model", "seed")
        models = (node for node in self.graph["nodes"].values() if node["resource_type"] in kinds)
        return {relation_of(node): node for node in (*models, *self.graph["sources"].values())}

    @cached_property
    def delivered(self) -> dict[Input, Column]:
        """The columns of the contracts by the landing column they become."""
        contracts = self.contracts.items()
        return {(f"landing.{feed}", column.name): column for feed, contract in contracts for column in contract.columns}

    def personal(self, place: Input) -> list[Input]:
        """The personal data that a column goes back to."""
        return [root for root in self.columns.roots(place) if self.is_personal(root)]

    def is_personal(self, root: Input) -> bool:
        return root in self.delivered and self.delivered[root].data_class != "general"

    def page(self, relation: str) -> str:
        """The page that tells of a table, without language; empty for a seed."""
        if relation in self.public:
            return f"lineage/{_short(relation)}"
        if model := self.columns.models.get(relation):
            return PAGES.get(model.layer, INNER)
        return FEEDS if self._feed(relation) else ""

    def link(self, place: Input) -> str:
        relation, column = place
        page = self.page(relation)
        if not page or (relation in self.public and column == ROWS):
            return page
        if relation in self.public:
            return f"{page}#{column}"
        is_told = column != ROWS and (page != FEEDS or place in self.delivered)  # the landing adds columns of its own
        return f"{page}#{anchor_of(relation, column if is_told else '')}"

    def _feed(self, relation: str) -> Contract | None:
        return self.contracts.get(relation.removeprefix("landing."))

    def groups(self, places: Iterable[Input], *, most: int = 10**6) -> tuple[Group, ...]:
        """Columns by their table, landing tables under the name of the feed."""
        ordered = sorted(places, key=lambda place: (not place[0].startswith("landing."), place))
        is_long = len(ordered) > most
        return tuple(
            self._group(relation, [place for _, place in found], is_long=is_long)
            for relation, found in groupby(((place[0], place) for place in ordered), key=lambda pair: pair[0])
        )

    def _group(self, relation: str, places: list[Input], *, is_long: bool) -> Group:
        feed = self._feed(relation)
        title = Text(feed.name_zh, feed.name_en) if feed else same(_short(relation))
        named = () if is_long else tuple(map(self._named, places))
        return Group(title, feed is None, self.link((relation, ROWS)), named, len(places))

    def _named(self, place: Input) -> Named:
        name = WORDS["rows_of"] if place[1] == ROWS else same(place[1])
        found = self.delivered.get(place)
        door = DOOR[found.personal] if found and found.personal else None
        header = found.header[0] if found and found.header and found.header[0] != place[1] else ""
        return Named(name, self.link(place), header, door)

    def row(self, relation: str, name: str, step: Step) -> Row:
        place, is_public = (relation, name), relation in self.public
        kind = step.done(name)
        node = self.nodes.get(relation)
        said = node["columns"].get(name, {}).get("description", "") if node else ""
        return Row(
            name=name,
            anchor=name if is_public else anchor_of(relation, name),
            says=bilingual(said),
            step=STEPS[kind][0],
            kind=kind,
            made_of=self.groups(step.inputs),
            goes_back_to=self.groups(self.columns.roots(place), most=MOST_ROOTS) if is_public else (),
            is_personal=bool(self.personal(place)),
        )


def anchor_of(relation: str, column: str = "") -> str:
    """Where a page of many tables tells of one, or of a column of it."""
    return ".".join(filter(None, [_short(relation), column]))


def _short(relation: str) -> str:
    return relation.partition(".")[2]
