"""The oracle against answers worked out by hand, section by section of docs/hotline-method.md."""

from __future__ import annotations

import itertools
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from tests.oracle.cases import weights
from tests.oracle.clock import (
    NOTHING,
    Extension,
    Pause,
    Rule,
    Segment,
    begin,
    deadline,
    due,
    end_day,
    is_provisional,
    read_calendar,
    running_time,
    segments,
)
from tests.oracle.events import Feeds, as_of
from tests.oracle.hotline import CITY, Cell, Hotline, Key, cells, composite_scores, contributions, fold
from tests.oracle.lives import lives
from tests.oracle.seeds import read_seeds
from tests.oracle.strategies import ClockLife, clock_lives

CALENDAR, SEEDS = read_calendar(), read_seeds()
TWO = Rule(2, "working_day", "next_day_0000")
TWENTY = Rule(20, "working_day", "next_day_0000")
HOURS = Rule(24, "natural_hour", "immediate")
DAYS = Rule(3, "natural_day", "next_day_0000")
HALF = Decimal("0.5")


def at(text: str) -> datetime:
    """`06-04 09:30`: a moment of 2026; or a whole ISO moment."""
    return datetime.fromisoformat(text if text[4] == "-" else f"2026-{text}")


# Section 3: the clock


@pytest.mark.parametrize(
    ("started", "rule", "answer"),
    [
        ("2023-01-20 10:00", TWO, "2023-01-30 00:00"),  # Friday; Sunday 29 is a make-up day
        ("2023-01-16 10:00", TWENTY, "2023-02-17 00:00"),
        ("2026-12-03 10:00", TWENTY, "2027-01-01 00:00"),
        ("2026-12-04 10:00", TWENTY, "2027-01-02 00:00"),
        ("2023-01-21 10:00", TWO, "2023-01-30 00:00"),  # a holiday: the same two make-up days
        ("2026-06-04 23:59:59", HOURS, "2026-06-05 23:59:59"),
        ("2026-06-04 10:00", DAYS, "2026-06-08 00:00"),
    ],
)
def test_the_deadline_is_the_one_of_the_golden_examples(started: str, rule: Rule, answer: str) -> None:
    assert due(CALENDAR, rule, at(started)) == at(answer)


def test_a_deadline_after_the_last_published_year_is_provisional() -> None:
    assert not is_provisional(CALENDAR, due(CALENDAR, TWENTY, at("12-03 10:00")))
    assert is_provisional(CALENDAR, due(CALENDAR, TWENTY, at("12-04 10:00")))


def test_an_end_at_24_00_sharp_belongs_to_the_day_before() -> None:
    assert end_day(at("2023-01-30 00:00:00")) == date(2023, 1, 29)
    assert end_day(at("2023-01-30 00:00:01")) == date(2023, 1, 30)


# Dispatched Thursday 4 June with two working days: Friday 5 and Monday 8, due 24:00 of the 8th.
THURSDAY, LATE = at("06-04 10:00"), at("06-30 12:00")
WEEKEND = Pause(at("06-05 12:00"), at("06-08 12:00"))


def moved(*changes: Pause | Extension, ended_at: datetime = LATE) -> datetime:
    pauses = [change for change in changes if isinstance(change, Pause)]
    extensions = [change for change in changes if isinstance(change, Extension)]
    return deadline(CALENDAR, TWO, THURSDAY, ended_at, pauses, extensions)


def test_a_pause_over_a_weekend_moves_the_deadline_by_its_working_time() -> None:
    assert moved() == at("06-09 00:00")
    assert moved(WEEKEND) == at("06-10 00:00")
    assert moved(WEEKEND, ended_at=at("06-06 08:00")) == at("06-09 12:00")


def test_a_pause_over_a_weekend_tiles_the_clock() -> None:
    tiles = segments(CALENDAR, "working_day", begin(CALENDAR, TWO, THURSDAY), at("06-09 09:00"), [WEEKEND])
    assert tiles == [
        Segment("running", at("06-05 00:00"), at("06-05 12:00")),
        Segment("paused", at("06-05 12:00"), at("06-06 00:00")),
        Segment("nonworking", at("06-06 00:00"), at("06-08 00:00")),
        Segment("paused", at("06-08 00:00"), at("06-08 12:00")),
        Segment("running", at("06-08 12:00"), at("06-09 09:00")),
    ]


def test_a_pause_before_the_clock_begins_is_cut_to_it() -> None:
    assert moved(Pause(at("06-04 11:00"), at("06-05 06:00"))) == at("06-09 06:00")
    assert moved(Pause(at("06-04 11:00"), at("06-04 20:00"))) == at("06-09 00:00")


def test_an_extension_counts_in_the_unit_of_the_rule_when_asked_for_in_time() -> None:
    assert moved(Extension(at("06-09 00:00"), 5)) == at("06-16 00:00")
    assert moved(Extension(at("06-09 00:00:01"), 5)) == at("06-09 00:00")
    assert deadline(CALENDAR, HOURS, THURSDAY, LATE, [], [Extension(THURSDAY, 2)]) == at("06-07 10:00")


def test_the_first_change_that_comes_too_late_ends_the_row() -> None:
    assert moved(Pause(at("06-09 00:00"), at("06-10 00:00")), Extension(at("06-09 00:00"), 5)) == at("06-09 00:00")
    assert moved(Extension(at("06-08 10:00"), 1), Pause(at("06-09 09:00"), at("06-09 10:00"))) == at("06-10 01:00")


@settings(max_examples=60, deadline=None, database=None)
@given(clock_lives())
def test_segments_tile_the_clock_and_hold_the_working_time(life: ClockLife) -> None:
    begins_at = begin(CALENDAR, life.rule, life.started_at)
    tiles = segments(CALENDAR, life.rule.unit, begins_at, life.ended_at, life.pauses)
    edges = [begins_at, *[tile.to_at for tile in tiles]]
    assert [tile.from_at for tile in tiles] == edges[:-1]
    assert edges[-1] == max(begins_at, life.ended_at)
    worked = sum((tile.to_at - tile.from_at for tile in tiles if tile.state != "nonworking"), NOTHING)
    assert worked == running_time(CALENDAR, life.rule.unit, begins_at, life.ended_at)
    assert deadline(CALENDAR, life.rule, life.started_at, life.ended_at, life.pauses, life.extensions) >= due(
        CALENDAR, life.rule, life.started_at
    )


# Invented cases: all received on 1 June 2026, of one caller each, in 机场街道 of 甘井子区

ROW_NO = itertools.count(1)


def register(case_no: str, **changes: Any) -> dict[str, Any]:
    row = {
        "case_no": case_no, "request_type": "help", "category_name": "物业", "urgency": "normal", "channel": "phone",
        "is_confidential": False, "is_anonymous": False, "caller_token": f"caller {case_no}", "status": "dispatched",
        "district_name": "甘井子区", "street_name": "机场街道", "place_token": f"place {case_no}",
        "received_at": at("06-01 09:00"), "updated_at": at("06-01 09:00"), "batch_seq": 1, "row_no": next(ROW_NO),
    }  # fmt: skip
    return row | changes


def event(case_no: str, event_type: str, moment: str, **told: Any) -> dict[str, Any]:
    number = next(ROW_NO)
    key = {"event_no": f"L{number:04}", "case_no": case_no, "event_type": event_type, "occurred_at": at(moment)}
    return key | {"batch_seq": 1, "row_no": number} | told


def life(case_no: str, *told: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [event(case_no, step[0], step[1], **(step[2] if len(step) > 2 else {})) for step in told]


def folded(city: Any = (), city_events: Any = (), **more: Any) -> Hotline:
    given_as_of = more.pop("as_of", LATE)
    return fold(Feeds(city, city_events, **more), SEEDS, {"city": given_as_of, "province": given_as_of})


def told(hotline: Hotline, kpi: str) -> list[tuple[Any, ...]]:
    """Contributions as (number, day, reason or state, hit, base)."""
    rows = [row for row in contributions(hotline) if row.kpi_code == f"hotline.{kpi}"]
    return [
        (
            row.case_id.split("/")[1],
            row.day.isoformat()[5:],
            row.excluded_reason or ("immature" if row.immature else "counted"),
            row.hit,
            row.base,
        )
        for row in rows
    ]


def verdicts(hotline: Hotline, kpi: str) -> dict[str, tuple[Any, ...]]:
    return {number: (day, state, hit) for number, day, state, hit, _ in told(hotline, kpi)}


UNIT_1 = {"unit_code": "D1", "unit_role": "lead"}
DISPATCHED = ("dispatched", "06-01 10:00", UNIT_1)  # twenty working days: due 24:00 of Tuesday 30 June
SOLVED = {"is_solved": True, "grade": "mostly"}


def test_twenty_working_days_from_1_june_step_over_the_dragon_boat_festival() -> None:
    hotline = folded([register("A")], life("A", DISPATCHED))
    assert hotline.cases["city/A"].cycles[0].due_at == at("2026-07-01 00:00")


# Section 1: events


def test_a_reopened_state_export_begins_a_second_cycle() -> None:
    versions = [
        register("A", status="finished", dispatched_at=at("06-01 10:00"), finished_at=at("06-03 10:00")),
        register("A", status="finished", finished_at=at("06-03 11:00"), updated_at=at("06-03 12:00")),
        register("A", status="reopened", finished_at=at("06-03 11:00"), updated_at=at("06-05 08:00")),
        register("A", status="reopened", updated_at=at("06-05 09:00")),
        register("A", status="called_back", dispatched_at=at("06-01 10:00"), finished_at=at("06-09 10:00"),
                 is_solved=False, updated_at=at("06-10 09:00")),
        register("A", status="void", updated_at=at("06-02 09:00"), batch_seq=9),
    ]  # fmt: skip
    case = folded(versions).cases["city/A"]
    assert [(event.event_type, event.occurred_at) for event in case.life.events] == [
        ("received", at("06-01 09:00")),
        ("dispatched", at("06-01 10:00")),
        ("finished", at("06-03 11:00")),
        ("reopened", at("06-05 08:00")),
        ("finished", at("06-09 10:00")),
        ("callback_result", at("06-10 09:00")),
    ]
    assert [cycle.finished_at for cycle in case.cycles] == [at("06-03 11:00"), at("06-09 10:00")]


def test_the_status_of_the_last_version_ends_the_case() -> None:
    answered = register("A", status="answered", finished_at=at("06-01 09:10"))
    elsewhere = register("B", status="out_of_jurisdiction", updated_at=at("06-02 09:00"))
    cases = folded([answered, elsewhere]).cases
    assert [event.event_type for event in cases["city/A"].life.events] == ["received", "answered"]
    assert [event.event_type for event in cases["city/B"].life.events] == ["received", "out_of_jurisdiction"]


def test_the_last_delivery_of_an_event_speaks() -> None:
    old = event("A", "finished", "06-02 09:00")
    new = old | {"occurred_at": at("06-03 09:00"), "batch_seq": 2, "row_no": 1}
    hotline = folded([register("A")], [new, old])
    assert hotline.cases["city/A"].cycles[0].finished_at == at("06-03 09:00")


def test_a_case_without_register_row_is_received_by_its_events() -> None:
    hotline = folded([], life("A", DISPATCHED, ("received", "06-01 10:30")))
    assert hotline.cases["city/A"].received_at == at("06-01 10:30")
    assert folded([], life("A", DISPATCHED)).cases["city/A"].received_at == at("06-01 10:00")


def test_the_as_of_is_the_latest_moment_but_no_deadline() -> None:
    feeds = Feeds([register("A", due_at=at("12-01 00:00"))], life("A", ("urged", "06-20 08:00")))
    assert as_of(feeds, "city") == at("06-20 08:00")
    assert as_of(feeds, "province") is None


# Section 2: cycles


def test_a_reopening_without_a_finish_is_ignored_and_a_finish_is_never_taken_back() -> None:
    steps = [DISPATCHED, ("reopened", "06-02 09:00"), ("finished", "06-03 09:00"), ("finished", "06-04 09:00")]
    case = folded([register("A")], life("A", *steps, ("reopened", "06-05 09:00"))).cases["city/A"]
    assert [cycle.finished_at for cycle in case.cycles] == [at("06-03 09:00"), None]
    assert case.cycles[1].due_at == at("07-07 00:00")  # twenty working days after 5 June: Monday 6 July
    assert not case.is_finished


def test_an_answer_ends_the_first_cycle_only_before_any_dispatch() -> None:
    first = life("A", ("answered", "06-01 09:05"), DISPATCHED, ("finished", "06-02 09:00"))
    second = life("B", DISPATCHED, ("answered", "06-01 10:05"))
    cases = folded([register("A"), register("B")], first + second).cases
    assert cases["city/A"].cycles[0].finished_at == at("06-01 09:05")
    assert cases["city/B"].cycles[0].finished_at is None


def test_a_finish_before_the_receipt_or_ten_years_after_is_a_time_flaw() -> None:
    rows = [register("A"), register("B", received_at=at("2016-05-01 00:00")), register("C")]
    steps = life("A", ("finished", "06-01 08:59")) + life("B", ("finished", "06-02 08:59"))
    cases = folded(rows, steps + life("C", ("finished", "06-01 09:00"))).cases
    assert [cases[f"city/{number}"].has_time_flaw for number in "ABC"] == [True, True, False]


# Section 3 again: pauses of a cycle, units


def test_a_pause_inside_a_pause_changes_nothing_and_the_finish_ends_it() -> None:
    steps = [DISPATCHED, ("suspended", "06-03 00:00"), ("suspended", "06-04 00:00"), ("resumed", "06-05 00:00")]
    steps += [("suspended", "06-08 12:00"), ("finished", "06-09 00:00"), ("resumed", "06-11 00:00")]
    cycle = folded([register("A")], life("A", *steps)).cases["city/A"].cycles[0]
    assert cycle.pauses == (Pause(at("06-03 00:00"), at("06-05 00:00")), Pause(at("06-08 12:00"), at("06-09 00:00")))
    assert cycle.due_at == at("07-03 12:00")


def test_a_unit_has_a_clock_of_its_own_until_its_return() -> None:
    unit_2 = {"unit_code": "D2", "unit_role": "lead"}
    steps = [DISPATCHED, ("return_approved", "06-03 10:00", UNIT_1), ("redispatched", "06-03 11:00", unit_2)]
    cycle = folded([register("A")], life("A", *steps, ("finished", "06-10 10:00", unit_2))).cases["city/A"].cycles[0]
    assert [(clock.unit, clock.ended_at) for clock in cycle.unit_clocks] == [
        ("D1", at("06-03 10:00")),
        ("D2", at("06-10 10:00")),
    ]


def test_without_a_rule_the_stated_deadline_stands() -> None:
    steps = life("A", ("dispatched", "06-01 10:00", {"due_at": at("06-05 00:00")}), ("suspended", "06-02 00:00"))
    assert folded([], steps).cases["city/A"].cycles[0].due_at == at("06-05 00:00")


# Section 5: repeats and matters


def test_repeats_matters_and_voices() -> None:
    same = {"caller_token": "one", "place_token": "here"}
    rows = [
        register("A", **same),
        register("B", **same, received_at=at("06-10 09:00")),
        register("C", **same | {"caller_token": "two"}, received_at=at("06-20 09:00")),
        register("D", **same | {"place_token": "there"}, received_at=at("06-21 09:00")),
        register("E", **same | {"place_token": None}, received_at=at("06-22 09:00")),
        register("F", **same | {"category_name": "供热"}, received_at=at("06-23 09:00")),
        register("G", **same, received_at=at("06-24 09:00")),
    ]
    hotline = folded(rows, life("G", ("merged", "06-24 10:00", {"related_case_no": "F"})))
    assert hotline.repeats == {"city/B": "city/A", "city/E": "city/D", "city/G": "city/E"}
    matters = {case[-1]: matter[-1] for case, matter in hotline.matters.items()}
    assert matters == {"A": "A", "B": "A", "C": "A", "D": "D", "E": "E", "F": "F", "G": "F"}
    assert hotline.voices["city/A"] == 2
    assert list(verdicts(hotline, "matter_count")) == ["A", "D", "E", "F"]


def test_an_unmerged_case_is_in_no_matter_and_no_repeat() -> None:
    same = {"caller_token": "one", "place_token": "here"}
    rows = [register(number, **same, received_at=at(f"06-1{index} 09:00")) for index, number in enumerate("ABC")]
    merger = {"related_case_no": "A"}
    steps = life("B", ("merged", "06-12 10:00", merger), ("unmerged", "06-13 10:00"))
    hotline = folded(rows, steps)
    assert hotline.repeats == {"city/C": "city/A"}
    assert hotline.matters == {"city/A": "city/A", "city/B": "city/B", "city/C": "city/A"}


def test_heating_repeats_within_seven_days_and_texts_alike_bridge_two_buildings() -> None:
    same = {"caller_token": "one", "category_name": "供热", "content_fingerprint": "0000000000000000"}
    rows = [
        register("A", **same),
        register("B", **same | {"content_fingerprint": "0000000011111111"}, received_at=at("06-08 09:00")),
        register("C", **same | {"content_fingerprint": "1111111112000000"}, received_at=at("06-15 09:00")),
        register("D", **same | {"content_fingerprint": "1111111111111111"}, received_at=at("06-22 09:00:01")),
    ]
    assert folded(rows).repeats == {"city/B": "city/A"}


def test_a_provincial_case_belongs_to_the_city_case_it_names_or_to_the_nearest_of_its_caller() -> None:
    city = [
        register("A", caller_token="one", category_name="供热"),
        register("B", caller_token="one", category_name="供热", received_at=at("06-04 09:00")),
    ]
    province = [
        {"case_no": "P", "received_at": at("06-03 09:00"), "caller_token": "one", "batch_seq": 1, "row_no": 1},
        {"case_no": "Q", "received_at": at("06-20 09:00"), "city_case_no": "A", "batch_seq": 1, "row_no": 2},
        {"case_no": "R", "received_at": at("06-20 09:00"), "caller_token": "one", "batch_seq": 1, "row_no": 3},
    ]
    hotline = folded(city, province=province)
    assert hotline.city_case == {"province/P": "city/B", "province/Q": "city/A"}
    assert hotline.union_count == 3


# Section 6: joint responsibility


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("LEAD", {"D1": 0, "D2": 1, "D3": 0, "D4": 0}),
        ("SPLIT", {"D1": 0, "D2": HALF, "D3": HALF / 2, "D4": HALF / 2}),
        ("FULL", {"D1": 0, "D2": 1, "D3": 1, "D4": 1}),
    ],
)
def test_units_share_a_case(method: str, answer: dict[str, Decimal]) -> None:
    units = [{"unit_code": f"D{number}", "unit_role": "lead" if number < 3 else "co"} for number in range(1, 5)]
    steps = [DISPATCHED, ("return_approved", "06-02 10:00", units[0]), ("redispatched", "06-02 11:00", units[1])]
    steps += [("co_assigned", "06-02 12:00", unit) for unit in units[2:]]
    assert weights(folded([register("A")], life("A", *steps)).cases["city/A"], method) == answer


def test_a_lead_alone_has_the_whole_case() -> None:
    assert weights(folded([register("A")], life("A", DISPATCHED)).cases["city/A"], "SPLIT") == {"D1": 1}


# Section 7: a worked example of each KPI


def test_h00_counts_every_case_and_h02_the_answers_at_the_desk() -> None:
    steps = life("A", ("answered", "06-01 09:05")) + life("B", DISPATCHED) + life("C", ("voided", "06-01 09:01"))
    hotline = folded([register("A"), register("B"), register("C")], steps)
    assert told(hotline, "case_count") == [(number, "06-01", "counted", 1, 1) for number in "ABC"]
    assert verdicts(hotline, "direct_answer_rate") == {
        "A": ("06-01", "counted", 1),
        "B": ("06-01", "counted", 0),
        "C": ("06-01", "X05", 0),
    }


def test_h01_is_answered_within_15_seconds_over_offered() -> None:
    hour = {"hour_at": at("06-29 08:00"), "offered_count": 120, "answered_count": 118, "answered_15s_count": 114}
    hotline = folded([register("A")], calls=[hour | {"batch_seq": 1, "row_no": 1}])
    cell = cells(contributions(hotline), hotline)[Key("hotline.connect_rate", "city", CITY, "day", date(2026, 6, 29))]
    assert [cell.numerator, cell.denominator] == [Decimal(114), Decimal(120)]


def test_h03_is_contact_within_two_working_days() -> None:
    contacts = {"A": "06-04 00:00", "B": "06-04 00:00:01", "C": "06-02 10:00"}
    steps = [row for number, moment in contacts.items() for row in life(number, DISPATCHED, ("contacted", moment))]
    steps += life("D", ("received", "06-01 09:00")) + life("F", ("dispatched", "06-29 10:00"))
    rows = [register("A"), register("B"), register("C", is_anonymous=True), register("D"), register("F")]
    rows.append(register("E", dispatched_at=at("06-01 10:00")))
    assert verdicts(folded(rows, steps), "response_rate") == {
        "A": ("06-03", "counted", 1),
        "B": ("06-03", "counted", 0),
        "C": ("06-03", "X07", 1),
        "E": ("06-03", "X17", 0),
        "F": ("07-01", "immature", 0),
    }


def test_h04_is_every_cycle_the_first_cycle_and_the_first_without_extensions() -> None:
    asked = [("extension_requested", "06-08 10:00"), ("extension_approved", "06-08 11:00", {"extension_days": 1})]
    again = [("finished", "06-10 10:00"), ("reopened", "06-10 12:00"), ("finished", "06-12 10:00")]
    consult = ("dispatched", "06-04 10:00")  # two working days: 24:00 of the 8th, extended 24:00 of the 9th
    steps = life("A", consult, *asked, ("finished", "06-10 00:00")) + life("B", consult, *again)
    steps += life("C", ("answered", "06-01 09:05")) + life("D", consult, ("unreasonable_approved", "06-05 09:00"))
    rows = [register(number, request_type="consult", received_at=at("06-04 09:00")) for number in "ABD"]
    hotline = folded([*rows, register("C")], steps)
    assert verdicts(hotline, "on_time_rate") == {
        "A": ("06-09", "counted", 1),
        "B": ("06-12", "counted", 0),
        "C": ("06-01", "X06", 1),
        "D": ("06-08", "X03", 0),
    }
    assert verdicts(hotline, "first_pass_on_time_rate")["A"] == ("06-09", "counted", 1)
    assert verdicts(hotline, "first_pass_on_time_rate")["B"] == ("06-08", "counted", 0)
    assert verdicts(hotline, "unextended_on_time_rate")["A"] == ("06-08", "counted", 0)


def test_h04_waits_for_a_deadline_after_the_as_of_and_no_longer() -> None:
    rows, steps = [register("A")], life("A", DISPATCHED, ("finished", "06-03 10:00"))
    due_at = at("2026-07-01 00:00")
    assert verdicts(folded(rows, steps), "on_time_rate") == {"A": ("06-30", "immature", 1)}
    assert verdicts(folded(rows, steps, as_of=due_at), "on_time_rate") == {"A": ("06-30", "counted", 1)}


def test_h05_is_finished_by_the_as_of() -> None:
    finished = [DISPATCHED, ("finished", "06-03 10:00")]
    steps = life("A", *finished) + life("B", *finished, ("reopened", "06-04 10:00"))
    steps += life("C", *finished, ("merged", "06-04 10:00", {"related_case_no": "A"}))
    steps += life("D", ("out_of_jurisdiction", "06-02 10:00", {"reason_code": "legal_channel"}))
    steps += life("E", ("out_of_jurisdiction", "06-02 10:00"))
    assert verdicts(folded([register(number) for number in "ABCDE"], steps), "closure_rate") == {
        "A": ("06-01", "counted", 1),
        "B": ("06-01", "counted", 0),
        "C": ("06-01", "X04", 1),
        "D": ("06-01", "X02", 0),
        "E": ("06-01", "X01", 0),
    }


def test_h06_h07_take_the_first_and_the_last_word() -> None:
    finished = [DISPATCHED, ("finished", "06-03 10:00")]
    words = [("callback_result", "06-04 10:00", {"is_solved": False, "grade": "mostly"})]
    words += [("callback_result", "06-05 10:00", {"is_solved": True, "grade": "defaulted"})]
    words += [("callback_result", "06-06 10:00", {"grade": "satisfied"})]
    steps = (
        life("A", *finished, *words)
        + life("B", *finished)
        + life("C", *finished, ("callback_attempted", "06-04 10:00"))
    )
    steps += life("D", DISPATCHED, ("finished", "06-25 10:00")) + life("E", DISPATCHED)
    steps += life("F", ("answered", "06-01 09:05"), ("callback_result", "06-02 10:00", SOLVED))
    steps += life("G", ("answered", "06-01 09:05"), ("callback_result", "06-02 10:00", SOLVED))
    rows = [register(number) for number in "ABCDEG"] + [register("F", request_type="consult")]
    hotline = folded(rows, steps)
    others = {"B": ("06-03", "X16", 0), "C": ("06-03", "X08", 0), "D": ("06-25", "immature", 0)}
    others["F"] = ("06-01", "X06", 1)
    solved = others | {"G": ("06-01", "counted", 1)}
    assert verdicts(hotline, "resolution_rate") == solved | {"A": ("06-03", "counted", 0)}
    assert verdicts(hotline, "final_resolution_rate") == solved | {"A": ("06-03", "counted", 1)}
    mostly, content = Decimal("0.6"), Decimal(1)
    graded = others | {"F": ("06-01", "X06", mostly), "G": ("06-01", "counted", mostly)}
    assert verdicts(hotline, "satisfaction_rate") == graded | {"A": ("06-03", "counted", mostly)}
    assert verdicts(hotline, "final_satisfaction_rate") == graded | {"A": ("06-03", "counted", content)}


def test_a_case_is_immature_for_seven_days_and_not_called_back_in_time_from_then_on() -> None:
    rows, steps = [register("A")], life("A", DISPATCHED, ("finished", "06-03 10:00"))
    before, after = folded(rows, steps, as_of=at("06-10 09:59:59")), folded(rows, steps, as_of=at("06-10 10:00"))
    assert verdicts(before, "resolution_rate") == {"A": ("06-03", "immature", 0)}
    assert verdicts(after, "resolution_rate") == {"A": ("06-03", "X16", 0)}


def test_h08_weighs_three_rates_and_needs_all() -> None:
    def place(kpi: str) -> Key:
        return Key(f"hotline.{kpi}", "city", CITY, "month", date(2026, 6, 1))

    rates = {"response_rate": (1, 2), "resolution_rate": (4, 5), "satisfaction_rate": (3, 5)}
    found = {place(kpi): Cell(numerator=Decimal(a), denominator=Decimal(b)) for kpi, (a, b) in rates.items()}
    assert composite_scores(found, SEEDS) == {place("composite_score"): Decimal("0.68")}  # .05 + .36 + .27
    del found[place("response_rate")]
    assert composite_scores(found, SEEDS) == {}


def test_h09_is_a_connected_callback_h10_a_reopening_within_30_days() -> None:
    finished = [("dispatched", "05-02 10:00"), ("finished", "05-10 10:00")]
    calls = {"A": {"grade": "mostly"}, "B": {"grade": "unreachable"}, "C": {"is_connected": False}}
    steps = []
    for number, word in calls.items():
        steps += life(number, *finished, ("callback_result", "05-12 10:00", word))
    steps += life("D", *finished, ("reopened", "06-09 10:00")) + life("E", *finished, ("reopened", "06-09 10:00:01"))
    steps += life("F", DISPATCHED, ("finished", "06-25 10:00"), ("reopened", "06-26 10:00"))
    rows = [register(number, received_at=at("05-02 09:00")) for number in "ABCDEF"]
    hotline = folded(rows, steps)
    coverage = {number: (state, hit) for number, (_, state, hit) in verdicts(hotline, "callback_coverage_rate").items()}
    assert coverage == {"A": ("counted", 1), "F": ("immature", 0)} | dict.fromkeys("BCDE", ("counted", 0))
    reopened = {number: (state, hit) for number, (_, state, hit) in verdicts(hotline, "reopen_rate").items()}
    assert reopened == {"D": ("counted", 1), "F": ("immature", 1)} | dict.fromkeys("ABCE", ("counted", 0))


def test_h11_asks_known_callers_only() -> None:
    same = {"caller_token": "one", "place_token": "here"}
    rows = [
        register("A", **same),
        register("B", **same, received_at=at("06-02 09:00")),
        register("C", caller_token=None),
    ]
    assert verdicts(folded(rows), "repeat_rate") == {
        "A": ("06-01", "counted", 0),
        "B": ("06-02", "counted", 1),
        "C": ("06-01", "X07", 0),
    }


def test_h12_is_approved_returns_over_dispatches() -> None:
    steps = [DISPATCHED, ("return_approved", "06-02 10:00", UNIT_1), ("redispatched", "06-02 11:00", UNIT_1)]
    hotline = folded([register("A"), register("B")], life("A", *steps, ("redispatched", "06-03 11:00", UNIT_1)))
    assert told(hotline, "return_rate") == [("A", "06-01", "counted", 1, 3)]


def test_h13_is_open_at_midnight_and_past_due() -> None:
    consult = ("dispatched", "06-24 10:00")  # due 24:00 of Friday the 26th
    steps = life("A", consult, ("finished", "06-29 00:00")) + life("B", consult, ("finished", "06-27 00:00"))
    steps += life("C", consult) + life("D", consult, ("merged", "06-24 11:00"))
    rows = [register(number, request_type="consult", received_at=at("06-24 09:00")) for number in "ABCD"]
    hotline = folded(rows, steps)
    days = {number: [day for case, day, *_ in told(hotline, "overdue_backlog") if case == number] for number in "ABCD"}
    assert days == {"A": ["06-27"], "B": [], "C": ["06-27", "06-28", "06-29", "06-30"], "D": []}
    found = cells(contributions(hotline), hotline)
    assert found[Key("hotline.overdue_backlog", "city", CITY, "day", date(2026, 6, 27))].numerator == 2
    assert found[Key("hotline.overdue_backlog", "city", CITY, "month", date(2026, 6, 1))].numerator == 1


def test_h14_cuts_the_year_before_at_the_same_moment() -> None:
    before = ["2025-06-30 11:00", "2025-06-30 12:00", "2025-06-30 12:00:01"]
    rows = [register(f"A{index}", received_at=at(moment)) for index, moment in enumerate(before)]
    hotline = folded([*rows, register("B", received_at=at("2026-06-30 10:00"))])
    found = cells(contributions(hotline), hotline)
    for grain, day in (("day", date(2026, 6, 30)), ("month", date(2026, 6, 1))):
        cell = found[Key("hotline.case_yoy", "city", CITY, grain, day)]
        assert (cell.received, cell.numerator, cell.denominator) == (1, Decimal(-1), Decimal(2))


def test_h14_gives_29_february_a_month_but_no_day() -> None:
    leap = {"case_no": "P", "received_at": at("2024-02-29 10:00"), "batch_seq": 1, "row_no": 1}
    hotline = folded(province=[leap])
    found = cells(contributions(hotline), hotline)
    next_year = [key[3:] for key in found if key.period_start.year == 2025]
    assert next_year == [("month", date(2025, 2, 1))]


def test_a_case_counts_in_its_areas_and_a_confidential_one_in_no_street() -> None:
    rows = [register("A"), register("B", is_confidential=True), register("C", district_name=None, street_name=None)]
    rows.append(register("D", district_name="大连高新区", street_name="凌水街道"))
    hotline = folded(rows)
    found = cells(contributions(hotline), hotline)
    wanted = {key[1:3]: found[key].counted for key in found if key[0] == "hotline.case_count" and key.grain == "day"}
    assert wanted == {
        ("city", CITY): 4,
        ("district", "210211"): 3,
        ("region", "210211"): 2,
        ("region", "2102Z1"): 1,
        ("street", "210211016"): 1,
        ("street", SEEDS.street("甘井子区", "机场街道")): 1,
    }


# The random lives


@pytest.mark.parametrize("seed", range(3))
def test_the_waterfall_closes_for_random_lives(seed: int) -> None:
    world = lives(seed, 120)
    hotline = fold(world.feeds, SEEDS)
    assert hotline.as_of == {"city": world.as_of, "province": world.as_of}
    for cell in cells(contributions(hotline), hotline).values():
        assert cell.received == cell.counted + cell.excluded.total() + cell.immature
        assert cell.denominator >= 0


def test_the_same_seed_gives_the_same_lives_and_every_event_type_occurs() -> None:
    assert lives(4, 60) == lives(4, 60)
    assert {row["event_type"] for row in lives(4, 300).feeds.city_events} == SEEDS.event_order.keys()


def test_random_moments_keep_the_contracts() -> None:
    world = lives(5, 200)
    for feed in world.feeds:
        moments = [
            value for row in feed for name, value in row.items() if isinstance(value, datetime) and name != "due_at"
        ]
        assert min(moments) >= datetime(2007, 1, 1)
        assert max(moments) <= world.as_of
    assert all(row["extension_days"] in range(1, 366) for row in world.feeds.city_events if row["extension_days"])
