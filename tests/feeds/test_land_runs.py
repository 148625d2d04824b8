"""What landing writes into the run log and the lineage: counts that balance, and no value."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ingestion.errors import NothingToDo
from ingestion.land import land_feed
from ingestion.run_log import recent
from ingestion.settings import Settings
from tests.feeds.test_landing import HEATING, deliver, reading
from tests.unit.test_lineage import events


def test_a_landing_is_logged_with_counts_that_balance(settings: Settings) -> None:
    deliver(settings, "a.csv", [reading(), reading("P2"), reading("P3", temperature="warm"), reading("P2")])
    (run,) = recent(settings)
    assert (run.step, run.feed, run.outcome) == ("land", HEATING.feed, "done")
    assert run.counts == {
        "deliveries": 1, "received": 4, "landed": 2, "quarantined": 1, "duplicates": 1, "refused": 0,
    }  # fmt: skip
    with pytest.raises(NothingToDo):
        land_feed(settings, HEATING.feed)
    assert len(recent(settings)) == 1


def test_a_refused_delivery_is_counted_and_does_not_fail_the_run(settings: Settings) -> None:
    path = settings.inbox / HEATING.feed / "a.csv"
    path.parent.mkdir(parents=True)
    path.write_text("not,the,header\n1,2,3\n")
    path.with_name("a.csv.ok").touch()
    land_feed(settings, HEATING.feed)
    (run,) = recent(settings)
    assert (run.outcome, run.counts["deliveries"], run.counts["refused"]) == ("done", 1, 1)


def test_the_lineage_of_a_landing_names_inbox_landing_and_quarantine(settings: Settings) -> None:
    traced = replace(settings, lineage_file=settings.home.parent / "lineage.jsonl")
    deliver(traced, "canary_file.csv", [reading("canary_point"), reading("P3", temperature="canary_warm")])
    start, end = events(traced)
    assert (start["eventType"], end["eventType"]) == ("START", "COMPLETE")
    assert end["job"]["name"] == f"land.{HEATING.feed}"
    assert end["inputs"][0]["name"] == f"inbox/{HEATING.feed}"
    assert end["inputs"][0]["inputFacets"]["inputStatistics"]["fileCount"] == 1
    rows = {out["name"]: out["outputFacets"]["outputStatistics"]["rowCount"] for out in end["outputs"]}
    assert rows == {f"landing/{HEATING.feed}": 1, f"quarantine/{HEATING.feed}": 1}
    columns = [field["name"] for field in end["outputs"][0]["facets"]["schema"]["fields"]]
    assert {column.name for column in HEATING.kept} <= set(columns)
    assert "canary" not in json.dumps([start, end])
