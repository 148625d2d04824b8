"""Sections 2, 3, 4 and 6 of docs/hotline-method.md: cycles, deadlines, callbacks and units of one case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.oracle.clock import Extension, Pause, Rule, Segment, begin, deadline, due, is_provisional, segments
from tests.oracle.events import Event, Life, received_at
from tests.oracle.seeds import Area, Seeds

ASSIGNED = ("dispatched", "redispatched", "co_assigned")


@dataclass(frozen=True)
class UnitClock:
    """A unit's own clock in one cycle."""

    unit: str
    started_at: datetime
    ended_at: datetime
    due_at: datetime | None
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Cycle:
    """One round of handling; `begins_at` is where the clock's own time begins, `stated` a deadline without a rule."""

    number: int
    opened_at: datetime
    finished_at: datetime | None
    started_at: datetime | None
    begins_at: datetime | None
    rule: Rule | None
    due_at: datetime | None
    unextended_due_at: datetime | None
    is_provisional: bool
    pauses: tuple[Pause, ...]
    extensions: tuple[Extension, ...]
    segments: tuple[Segment, ...]
    unit_clocks: tuple[UnitClock, ...]

    @property
    def is_on_time(self) -> bool:
        """Section 3, last line: finished at or before the deadline."""
        return self.finished_at is not None and self.due_at is not None and self.finished_at <= self.due_at

    def was_open(self, moment: datetime) -> bool:
        return self.opened_at <= moment and (self.finished_at is None or self.finished_at > moment)


@dataclass(frozen=True)
class Case:
    """Everything of one case that the figures need."""

    case_id: str
    life: Life
    as_of: datetime
    received_at: datetime
    cycles: tuple[Cycle, ...]
    response_due_at: datetime | None
    has_time_flaw: bool
    area: Area

    def known(self, column: str) -> Any:
        """What the register says; without a register row it stays unknown."""
        return self.life.register.get(column) if self.life.register else None

    def events(self, *event_types: str) -> list[Event]:
        return [event for event in self.life.events if event.event_type in event_types]

    def first(self, event_type: str) -> datetime | None:
        return next((event.occurred_at for event in self.events(event_type)), None)

    @property
    def is_finished(self) -> bool:
        """Section 2: the last cycle has a finish."""
        return self.cycles[-1].finished_at is not None

    @property
    def is_answered_directly(self) -> bool:
        """Section 7, H02: answered without a dispatch before it."""
        return bool(answered_before_dispatch(self.life.events))


def answered_before_dispatch(events: Sequence[Event]) -> list[Event]:
    """Section 2: `answered` counts when nothing was dispatched before it."""
    found: list[Event] = []
    for event in events:
        if event.event_type == "dispatched":
            break
        if event.event_type == "answered":
            found.append(event)
    return found


def finish(events: Sequence[Event], number: int) -> datetime | None:
    """Section 2: the first `finished` of the cycle; in cycle 1 also `answered`, when nothing was dispatched before."""
    moments = [event.occurred_at for event in events if event.event_type == "finished"][:1]
    if number == 1:
        moments += [event.occurred_at for event in answered_before_dispatch(events)][:1]
    return min(moments, default=None)


def rounds(events: Sequence[Event]) -> list[list[Event]]:
    """Section 2: `reopened` opens the next cycle when the current one has a finish before it; else it is ignored."""
    parts: list[list[Event]] = [[]]
    for event in events:
        if event.event_type == "reopened" and finish(parts[-1], len(parts)) is not None:
            parts.append([])
        parts[-1].append(event)
    return parts


def pauses_of(events: Sequence[Event], ended_at: datetime) -> tuple[Pause, ...]:
    """Section 3, Pause: from `suspended` to the next `resumed`, or the end; a second `suspended` changes nothing."""
    found, since = [], None
    for event in events:
        if event.event_type == "suspended" and since is None:
            since = event.occurred_at
        if event.event_type == "resumed" and since is not None:
            found.append(Pause(since, event.occurred_at))
            since = None
    if since is not None:
        found.append(Pause(since, max(since, ended_at)))
    return tuple(Pause(p.begins_at, min(p.ends_at, ended_at)) for p in found if p.begins_at < ended_at)


def extensions_of(events: Sequence[Event]) -> tuple[Extension, ...]:
    """Section 3, Extension: asked for at the last `extension_requested` before it in the cycle, else when approved."""
    found, asked = [], None
    for event in events:
        if event.event_type == "extension_requested":
            asked = event.occurred_at
        if event.event_type == "extension_approved":
            found.append(Extension(asked or event.occurred_at, event.extension_days or 0))
    return tuple(found)


def rule_for(life: Life, measure: str, start: Event, seeds: Seeds) -> Rule | None:
    """Section 3: the rule in force on the day the clock is started."""
    register = life.register or {}
    asked: dict[str, Any] = {name: register.get(name) for name in ("request_type", "category_name", "urgency")}
    asked |= {"platform": life.platform, "measure": measure, "unit_level": str(start.unit_level or "")}
    return seeds.rule(asked, start.occurred_at.date())


def unit_clocks(
    life: Life, events: Sequence[Event], ended_at: datetime, pauses: Sequence[Pause], seeds: Seeds
) -> tuple[UnitClock, ...]:
    """Section 3: from a unit's own assignment to its own finish or return, or to the end of the cycle."""
    found, busy_until = [], dict[str, datetime]()
    for index, start in enumerate(events):
        if start.event_type not in ASSIGNED or not start.unit or start.occurred_at >= ended_at:
            continue
        if start.unit in busy_until and start.occurred_at <= busy_until[start.unit]:
            continue
        ends = [
            event.occurred_at
            for event in events[index:]
            if event.unit == start.unit and event.event_type in ("finished", "return_approved")
        ]
        end = busy_until[start.unit] = min([*ends, ended_at])
        found.append(unit_clock(life, events, start, end, pauses, seeds))
    return tuple(found)


def unit_clock(
    life: Life, events: Sequence[Event], start: Event, ended_at: datetime, pauses: Sequence[Pause], seeds: Seeds
) -> UnitClock:
    rule = rule_for(life, "finish", start, seeds)
    if rule is None:
        tiles = segments(seeds.calendar, "stated", start.occurred_at, ended_at, pauses)
        return UnitClock(str(start.unit), start.occurred_at, ended_at, start.due_at, tuple(tiles))
    due_at = deadline(seeds.calendar, rule, start.occurred_at, ended_at, pauses, extensions_of(events))
    tiles = segments(seeds.calendar, rule.unit, begin(seeds.calendar, rule, start.occurred_at), ended_at, pauses)
    return UnitClock(str(start.unit), start.occurred_at, ended_at, due_at, tuple(tiles))


def cycle(
    life: Life, number: int, events: Sequence[Event], opened_at: datetime, as_of: datetime, seeds: Seeds
) -> Cycle:
    """Sections 2 and 3: cycle 1 is timed from its first `dispatched`, a later one from its `reopened`."""
    calendar, finished_at = seeds.calendar, finish(events, number)
    ended_at = finished_at or as_of
    pauses, extensions = pauses_of(events, ended_at), extensions_of(events)
    starts = [event for event in events if event.event_type == ("dispatched" if number == 1 else "reopened")]
    rule = rule_for(life, "finish", starts[0], seeds) if starts else None
    receipts = [] if starts else [event for event in events if event.event_type == "received" and event.due_at]
    started_at = starts[0].occurred_at if starts else opened_at if receipts else None
    begins_at, due_at, unextended = started_at, None, None
    if started_at and rule:
        begins_at = begin(calendar, rule, started_at)
        due_at = deadline(calendar, rule, started_at, ended_at, pauses, extensions)
        unextended = deadline(calendar, rule, started_at, ended_at, pauses)
    elif started_at:
        dispatches = [event for event in events if event.event_type == "dispatched"]
        stated = [event.due_at for event in dispatches or receipts if event.due_at]
        due_at = unextended = stated[-1] if stated else None
    return Cycle(
        number=number,
        opened_at=opened_at,
        finished_at=finished_at,
        started_at=started_at,
        begins_at=begins_at,
        rule=rule,
        due_at=due_at,
        unextended_due_at=unextended,
        is_provisional=due_at is not None and is_provisional(calendar, due_at),
        pauses=pauses,
        extensions=extensions,
        segments=tuple(segments(calendar, rule.unit if rule else "stated", begins_at, ended_at, pauses))
        if begins_at
        else (),
        unit_clocks=unit_clocks(life, events, ended_at, pauses, seeds),
    )


def cycles_of(life: Life, as_of: datetime, seeds: Seeds) -> tuple[Cycle, ...]:
    """Section 2: cycle 1 opens at `received_at`, a later one at its `reopened`."""
    found = []
    for number, events in enumerate(rounds(life.events), start=1):
        opened_at = received_at(life) if number == 1 else events[0].occurred_at
        found.append(cycle(life, number, events, opened_at, as_of, seeds))
    return tuple(found)


def has_time_flaw(
    received: datetime, first_finish: datetime | None, others: Sequence[datetime | None], days: int
) -> bool:
    """Section 2, X10: finish, dispatch or deadline before the receipt, or a first finish more than 3,660 days after."""
    early = any(moment is not None and moment < received for moment in (first_finish, *others))
    return early or (first_finish is not None and first_finish > received + timedelta(days=days))


def response_due(life: Life, seeds: Seeds) -> datetime | None:
    """Section 7, H03: the response rule from the first `dispatched`."""
    start = next((event for event in life.events if event.event_type == "dispatched"), None)
    rule = rule_for(life, "response", start, seeds) if start else None
    return due(seeds.calendar, rule, start.occurred_at) if start and rule else None


def case_of(life: Life, as_of: datetime, seeds: Seeds) -> Case:
    register, cycles = life.register or {}, cycles_of(life, as_of, seeds)
    dispatches = [event.occurred_at for event in life.events if event.event_type == "dispatched"]
    longest = seeds.policy("longest_case_days", as_of.date())
    received = received_at(life)
    return Case(
        case_id=f"{life.platform}/{life.case_no}",
        life=life,
        as_of=as_of,
        received_at=received,
        cycles=cycles,
        response_due_at=response_due(life, seeds),
        has_time_flaw=has_time_flaw(
            received, cycles[0].finished_at, [*dispatches[:1], *(cycle.due_at for cycle in cycles)], longest
        ),
        area=seeds.area(register.get("district_name"), register.get("street_name")),
    )


# Section 4: callbacks


def answers(case: Case) -> list[bool]:
    """Section 4: callbacks that say solved or not, in order."""
    return [event.is_solved for event in case.events("callback_result") if event.is_solved is not None]


def grades(case: Case, seeds: Seeds) -> list[Decimal]:
    """Section 4: the weights of the grades that have one on their day, in order."""
    events = case.events("callback_result")
    weights = [seeds.grade_weight(event.grade, event.occurred_at.date()) for event in events]
    return [weight for weight in weights if weight is not None]


def is_connected(case: Case) -> bool:
    """Section 4: some callback is connected: it does not say it was not, and its grade is not `unreachable`."""
    return any(e.is_connected is not False and e.grade != "unreachable" for e in case.events("callback_result"))


def was_called(case: Case) -> bool:
    """Section 4: there is a callback event, be it in vain."""
    return bool(case.events("callback_attempted", "callback_result"))


# Section 6: joint responsibility


def units_of(case: Case) -> tuple[str | None, list[str], list[str]]:
    """Section 6: the lead, the co-units in order of their first assignment, the returned units."""
    leads: list[str] = []
    standing: dict[str, bool] = {}
    for event in case.events(*ASSIGNED, "return_approved"):
        if not event.unit:
            continue
        standing[event.unit] = event.event_type != "return_approved"
        if event.event_type in ("dispatched", "redispatched") and event.unit_role != "co":
            leads.append(event.unit)
    staying = [unit for unit, is_here in standing.items() if is_here]
    lead = next((unit for unit in reversed(leads) if unit in staying), staying[0] if staying else None)
    returned = [unit for unit, is_here in standing.items() if not is_here]
    return lead, [unit for unit in staying if unit != lead], returned


def weights(case: Case, method: str) -> dict[str, Decimal]:
    """Section 6: the weight of every unit of the case by LEAD, SPLIT or FULL; a returned unit weighs 0."""
    lead, co_units, returned = units_of(case)
    found = dict.fromkeys([*co_units, *returned], Decimal(0))
    if lead is None:
        return found
    if method == "FULL":
        return found | dict.fromkeys([lead, *co_units], Decimal(1))
    if method == "LEAD" or not co_units:
        return found | {lead: Decimal(1)}
    half = Decimal(1) / 2
    return found | {lead: half} | dict.fromkeys(co_units, half / len(co_units))
