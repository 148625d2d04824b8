"""The simulated hotline tells one story: its event feed and its export agree to the second, deadlines keep the rule."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingestion.contract import load_contracts
from ingestion.settings import Settings
from simulator.seeds import read_seed
from simulator.simulate import SimulationReport, simulate

SETTINGS = Settings(home=Path("unused"), key_file=Path("unused"))
CONTRACTS = load_contracts(SETTINGS)
TYPES = CONTRACTS["hotline_city_event"].column("event_type").values or {}
ORDER = {row["event_type"]: int(row["event_order"]) for row in read_seed(SETTINGS, "hotline_event_type")}
Event = dict[str, Any]
Events = dict[str, list[Event]]
Exported = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> SimulationReport:
    folder = tmp_path_factory.mktemp("story")
    settings = Settings(home=folder / "home", key_file=folder / "key")
    return simulate(settings, days=30, seed=7, until=date(2026, 1, 14), scale=0.4)


def files(report: SimulationReport, feed: str) -> list[Path]:
    """All files of a feed in the order in which they arrive."""
    return sorted(path for paths in report.feeds[feed].files.values() for path in paths)


def is_sound(event: Event) -> bool:
    is_moment = re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d", event["czsj"] or "") and "-02-30" not in event["czsj"]
    is_known = event["gdbh"] and event["czlx"] in TYPES and event["dwcj"] in (None, 1, 2, 3)
    return bool(is_moment and is_known and event["sfjj"] in (None, "0", "1") and event["jzsj"] != "尽快")


@pytest.fixture(scope="module")
def events(sent: SimulationReport) -> Events:
    """The sound events of each case in lawful order; of events sent twice the last."""
    lines = (line for path in files(sent, "hotline_city_event") for line in path.read_text("utf-8").splitlines())
    newest = {event["lzbh"]: event for line in lines if is_sound(event := json.loads(line))}
    found: Events = defaultdict(list)
    for event in sorted(newest.values(), key=lambda e: (e["czsj"], ORDER[TYPES[e["czlx"]]], e["lzbh"])):
        found[event["gdbh"]].append(event | {"type": TYPES[event["czlx"]]})
    return found


@pytest.fixture(scope="module")
def exported(sent: SimulationReport) -> Exported:
    """The newest sound row of each case, under today's heads."""
    columns = [column for column in CONTRACTS["hotline_city"].columns if column.header]
    newest: Exported = {}
    for path in files(sent, "hotline_city"):
        table = list(csv.reader(io.StringIO(path.read_bytes().decode("gb18030"), newline="")))
        for cells in table[2:-1]:
            row = {column.name: cell for column, cell in zip(columns, cells, strict=True)}
            broken = row["channel"] == "传真" or row["status"] == "处理中" or "-02-30" in row["received_at"]
            if not broken and row["category_name"] and row["updated_at"]:
                number = row["case_no"].translate(str.maketrans("０１２３４５６７８９", "0123456789"))
                if number not in newest or newest[number]["updated_at"] <= row["updated_at"]:
                    newest[number] = row
    return newest


def moments(found: list[Event], *types: str) -> list[str]:
    return [event["czsj"] for event in found if event["type"] in types]


def test_the_event_feed_tells_of_the_exported_cases_and_no_others(events: Events, exported: Exported) -> None:
    assert set(events) == set(exported)
    assert len(events) > 5000


def test_every_exported_moment_has_its_event_to_the_second(events: Events, exported: Exported) -> None:
    for number, row in exported.items():
        found = events[number]
        assert moments(found, "dispatched")[:1] == ([row["dispatched_at"]] if row["dispatched_at"] else [])
        assert moments(found, "callback_result")[:1] == ([row["callback_at"]] if row["callback_at"] else [])
        ends = moments(found, "finished", "answered")
        cycle = moments(found, "reopened")
        ends = [end for end in ends if not cycle or end > cycle[0]]
        assert ends[:1] == ([row["finished_at"]] if row["finished_at"] else [])
        if re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row["received_at"]):
            assert moments(found, "received") == [row["received_at"]]


def test_every_exported_state_has_its_event(events: Events, exported: Exported) -> None:
    wanted = {
        "已结案": "closed",
        "重办": "reopened",
        "已回访": "callback_result",
        "不予受理": "out_of_jurisdiction",
        "已作废": "voided",
        "直接答复": "answered",
        "已办结": "finished",
        "待回访": "finished",
        "已派遣": "dispatched",
        "待处置": "dispatched",
    }
    missing = [
        n for n, row in exported.items() if row["status"] in wanted and not moments(events[n], wanted[row["status"]])
    ]
    assert missing == []
    assert set(wanted) <= {row["status"] for row in exported.values()}


def test_callbacks_say_the_same_in_both_feeds(events: Events, exported: Exported) -> None:
    grades = CONTRACTS["hotline_city_event"].column("grade").values or {}
    words = CONTRACTS["hotline_city"].column("grade").values or {}
    for number, row in exported.items():
        for event in [event for event in events[number] if event["type"] == "callback_result"][:1]:
            assert grades[event["myd"]] == words[row["grade"]]
            assert {"1": "是", "0": "否", None: ""}[event["sfjj"]] == row["is_solved"]
            assert (event["sfjt"] == "0") == (row["grade"] == "无法联系")


def test_the_exported_unit_is_the_lead_in_force(events: Events, exported: Exported) -> None:
    for number, row in exported.items():
        leads = [event["cbdw"] for event in events[number] if event["type"] in ("dispatched", "redispatched")]
        assert row["unit_name"] == (leads[-1] if leads else "")


def test_a_life_runs_in_lawful_order(events: Events) -> None:
    needs = {
        "signed": {"dispatched"},
        "return_approved": {"return_requested"},
        "return_rejected": {"return_requested"},
        "redispatched": {"return_approved"},
        "co_assigned": {"dispatched"},
        "contacted": {"signed"},
        "extension_approved": {"extension_requested"},
        "extension_rejected": {"extension_requested"},
        "suspended": {"dispatched"},
        "resumed": {"suspended"},
        "unreasonable_approved": {"unreasonable_requested"},
        "finished": {"replied", "dispatched"},
        "callback_result": {"finished"},
        "reopened": {"finished", "callback_result"},
        "unmerged": {"merged"},
        "appeal_upheld": {"appealed"},
    }
    for number, found in events.items():
        seen: set[str] = set()
        for event in found:
            assert needs.get(event["type"], set()) <= seen, (number, event["type"])
            seen.add(event["type"])
        assert found[0]["type"] == "received"
        assert not ({"answered", "voided"} & seen and "dispatched" in seen)


def test_related_cases_are_earlier_ones_of_the_same_matter(events: Events, exported: Exported) -> None:
    pairs = [(n, e["glgdbh"]) for n, found in events.items() for e in found if e["glgdbh"]]
    assert len(pairs) > 20
    for number, other in pairs:
        assert other < number
        assert exported[other]["category_name"] == exported[number]["category_name"]


def test_corrected_events_keep_their_numbers(sent: SimulationReport) -> None:
    (again,) = sent.feeds["hotline_city_event"].files["corrected"]
    day = again.name.split("_")[-2]
    (first,) = [path for path in sent.feeds["hotline_city_event"].files["daily"] if path.name.endswith(f"{day}.jsonl")]
    before, after = (
        {e["lzbh"]: e for e in map(json.loads, path.read_text("utf-8").splitlines()) if is_sound(e)}
        for path in (first, again)
    )
    changed = {number for number in before.keys() & after.keys() if before[number] != after[number]}
    assert set(before) == set(after)
    assert 0 < len(changed) < len(before) / 4


def deadline(row: dict[str, str], start: datetime, exceptions: dict[date, bool]) -> datetime:
    """The rule of docs/hotline-method.md section 3, counted day by day."""
    if (row["category_name"], row["request_type"]) == ("供热", "投诉"):
        return start + timedelta(hours=24)
    left, day = (2 if row["request_type"] == "咨询" else 20), start.date()
    while left:
        day += timedelta(days=1)
        left -= exceptions.get(day, day.weekday() < 5)
    return datetime(day.year, day.month, day.day) + timedelta(days=1)


def test_stated_deadlines_follow_the_rule(events: Events, exported: Exported) -> None:
    free = {date.fromisoformat(row["date"]): row["is_workday"] == "true" for row in read_seed(SETTINGS, "calendar")}
    checked: Counter[str] = Counter()
    for number, row in exported.items():
        moved = moments(events[number], "extension_approved", "reopened")
        if row["dispatched_at"] and not moved:
            assert row["due_at"] == str(deadline(row, datetime.fromisoformat(row["dispatched_at"]), free))
        for event in events[number]:
            if event["type"] in ("dispatched", "redispatched", "co_assigned", "reopened"):
                again = [m for m in moments(events[number], "reopened") if m <= event["czsj"]]
                start = again[-1] if again and event["type"] == "dispatched" else event["czsj"]
                assert event["jzsj"] == str(deadline(row, datetime.fromisoformat(start), free))
                checked[event["type"]] += 1
    assert min(checked.values()) > 10


def test_an_approved_extension_moves_the_stated_deadline(events: Events, exported: Exported) -> None:
    moved = 0
    for number, row in exported.items():
        approved = [event for event in events[number] if event["type"] == "extension_approved"]
        if approved and approved[0]["jzsj"] and not moments(events[number], "reopened"):
            assert row["due_at"] == approved[0]["jzsj"] > events[number][1]["czsj"]
            moved += 1
    assert moved > 20
