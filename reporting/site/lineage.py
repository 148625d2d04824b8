"""From contract to KPI, as the site tells it: the rooms in order, and in each what stands there, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ingestion.contract import Contract
from reporting.brief import Text
from reporting.site.dictionary import Entry
from reporting.words import same
from warehouse.thread import Graph, by_layer, feeds_of_kpi, model_id, models_of_kpi

ROOMS = {
    "contract": Text("数据源与契约", "Feeds and their contracts"),
    "staging": Text("标准层：逐行核对后的来件", "Staging: deliveries as checked rows"),
    "intermediate": Text("中间层：判断与归并", "Intermediate: judged and joined"),
    "marts": Text("事实层：可供查询的事实", "Marts: facts to query"),
    "kpi": Text("指标层：分子、分母与数值", "KPI: numerators, denominators and values"),
}
ALL_FEEDS = Text("全部数据源", "All feeds")


@dataclass(frozen=True)
class Stop:
    """One feed or model on the way; `link` is a page of the site, without language, or empty."""

    name: str
    says: Text
    link: str = ""


@dataclass(frozen=True)
class Room:
    """One layer and what stands in it."""

    title: Text
    stops: tuple[Stop, ...]


def lineage(entry: Entry, contracts: Mapping[str, Contract], graph: Graph, *, has_models: bool) -> tuple[Room, ...]:
    """The way of one KPI; without dbt's picture of the models only its feeds."""
    feeds = feeds_of_kpi(contracts, entry.feed)
    rooms = [Room(ROOMS["contract"], tuple(_feed(feed, contracts) for feed in feeds))]
    if graph:
        kpi = {"table_name": entry.table, "family": entry.family}
        for layer, models in by_layer(graph, models_of_kpi(graph, kpi, feeds)).items():
            stops = (_model(name, text, model_id(graph, name) if has_models else "") for name, text in models)
            rooms.append(Room(ROOMS[layer], tuple(stops)))
    return tuple(rooms)


def _feed(feed: str, contracts: Mapping[str, Contract]) -> Stop:
    contract = contracts.get(feed)
    if contract is None:
        return Stop(feed, ALL_FEEDS, "feeds#top")
    return Stop(feed, Text(contract.name_zh, contract.name_en), f"feeds#{feed}")


def _model(name: str, description: str, node_id: str) -> Stop:
    return Stop(name, bilingual(description), f"models#!/model/{node_id}" if node_id else "")


def bilingual(description: str) -> Text:
    """A description of a model is written `中文 / English`; one that is not says the same on both pages."""
    zh, slash, en = description.strip().split("\n")[0].partition(" / ")
    return Text(zh, en) if slash else same(zh)
