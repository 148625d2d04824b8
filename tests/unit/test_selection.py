"""Which models a build makes again, on a graph drawn by hand."""

from __future__ import annotations

from typing import Any

from warehouse.selection import LANDING, feeds_to_build, has_lost_receipts, models_to_build

FEEDS = {"heat_reading", "grid_event", "grid_map"}
CHILDREN = {
    f"{LANDING}heat_reading": ["model.p.stg_heat"],
    f"{LANDING}grid_event": ["model.p.stg_grid"],
    f"{LANDING}grid_map": ["model.p.stg_map", "test.p.map_is_whole"],
    f"{LANDING}delivery": ["model.p.stg_delivery"],
    f"{LANDING}promise": ["model.p.stg_promise"],
    "model.p.stg_delivery": ["model.p.new_heat", "model.p.fct_feed", "test.p.delivery_is_known"],
    "model.p.stg_heat": ["model.p.heat_day"],
    "model.p.new_heat": ["model.p.heat_day"],
    "model.p.heat_day": ["model.p.kpi"],
    "model.p.stg_grid": ["model.p.kpi"],
    "model.p.fct_feed": ["model.p.kpi"],
}


def manifest() -> dict[str, Any]:
    names = {name for children in CHILDREN.values() for name in children if name.startswith("model.")}
    nodes = {name: {"name": name.removeprefix("model.p."), "config": {"meta": {}}} for name in names}
    nodes["model.p.new_heat"]["config"] = {"meta": {"feeds": ["heat"]}}
    sources = [name for name in CHILDREN if name.startswith(LANDING)]
    return {"nodes": nodes, "sources": sources, "child_map": CHILDREN}


def due(*feeds: str) -> set[str]:
    return models_to_build(manifest(), set(feeds), FEEDS)


def test_a_feed_reaches_what_stands_on_it_and_every_delivery_what_tells_of_deliveries() -> None:
    always = {"stg_delivery", "new_heat", "fct_feed", "kpi"}
    assert due("grid_event") == {"stg_grid", *always}
    assert due() == always


def test_a_model_that_takes_deliveries_of_some_feeds_passes_on_only_those() -> None:
    assert "heat_day" not in due("grid_event", "grid_map")
    assert "heat_day" in due("heat_reading")


def test_what_the_contracts_promise_stands_with_the_code() -> None:
    assert "stg_promise" not in due("heat_reading", "grid_event")


def test_a_feed_has_changed_when_its_receipts_have_grown() -> None:
    assert feeds_to_build({"a": 3, "b": 2}, {"a": 3, "b": 4, "c": 1}) == {"b", "c"}
    assert feeds_to_build({}, {"a": 3}) == {"a"}, "an older build did not say what it saw"


def test_a_build_that_saw_more_than_there_is_cannot_be_built_upon() -> None:
    assert has_lost_receipts({"a": 3}, {"a": 2})
    assert has_lost_receipts({"a": 3}, {})
    assert not has_lost_receipts({"a": 3}, {"a": 3, "b": 1})
