"""Section 7 of docs/hotline-method.md: who counts where, one contribution at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from tests.oracle.cases import Case, answers, grades, is_connected, was_called
from tests.oracle.clock import DAY, end_day, midnight
from tests.oracle.matters import joined
from tests.oracle.seeds import Seeds

ONE, NONE = Decimal(1), Decimal(0)


class Contribution(NamedTuple):
    """What one case adds to one KPI on one day. `case_count` is 0 for the base year of a change on the year."""

    kpi_code: str
    case_id: str
    day: date
    excluded_reason: str | None = None
    immature: bool = False
    hit: Decimal = NONE
    base: Decimal = ONE
    grains: tuple[str, ...] = ("day", "month")
    case_count: int = 1


@dataclass(frozen=True)
class Question:
    """A case seen by the KPIs: the case, the seeds, whether it is a repeat, whether a matter is called after it."""

    case: Case
    seeds: Seeds
    is_repeat: bool
    names_matter: bool

    def after_first_finish(self, policy: str) -> datetime | None:
        finished_at = self.case.cycles[0].finished_at
        days = self.seeds.policy(policy, self.case.as_of.date())
        return finished_at + timedelta(days=days) if finished_at else None

    @property
    def is_not_called_yet(self) -> bool:
        """Section 4: no callback event, and the days for it are not over."""
        until = self.after_first_finish("callback_within_days")
        return not was_called(self.case) and until is not None and self.case.as_of < until

    def reasons(self) -> dict[str, bool]:
        """Section 7: the reasons that mean the same in every KPI."""
        case = self.case
        out = case.events("out_of_jurisdiction")
        until = self.after_first_finish("callback_within_days")
        return {
            "X01": any(event.reason_code != "legal_channel" for event in out),
            "X02": any(event.reason_code == "legal_channel" for event in out),
            "X03": bool(case.events("unreasonable_approved")),
            "X04": joined(case) == "merged",
            "X05": bool(case.events("voided")),
            "X06": case.known("request_type") == "consult" and case.is_answered_directly,
            "X07": bool(case.known("is_anonymous")),
            "X10": case.has_time_flaw,
            "X11": bool(case.events("appeal_upheld")),
            "X16": not was_called(case) and until is not None and case.as_of >= until,
            "X17": not case.life.has_event_rows,
        }

    def reason(self, order: str, **special: bool) -> str | None:
        """The first reason of the row, in its order; `special` says what X06, X07 and X08 mean in this KPI."""
        given = self.reasons() | special
        return next((code for code in order.split() if given[code]), None)


Rows = Iterator[Contribution]


def verdict(code: str, question: Question, day: date, reason: str | None, is_immature: bool, hit: Any) -> Contribution:
    """A contribution that waits only when it is not left out."""
    immature = reason is None and is_immature
    return Contribution(code, question.case.case_id, day, reason, immature, Decimal(hit))


def case_count(q: Question) -> Rows:
    """H00: every case on the day it was received; nobody is left out."""
    yield Contribution("hotline.case_count", q.case.case_id, q.case.received_at.date(), hit=ONE)


def matter_count(q: Question) -> Rows:
    """H00 (dictionary): every matter on the day its first case was received."""
    if q.names_matter:
        yield Contribution("hotline.matter_count", q.case.case_id, q.case.received_at.date(), hit=ONE)


def direct_answer_rate(q: Question) -> Rows:
    """H02: answered without a dispatch."""
    day, reason = q.case.received_at.date(), q.reason("X05 X01 X02")
    yield verdict("hotline.direct_answer_rate", q, day, reason, False, q.case.is_answered_directly)


def response_rate(q: Question) -> Rows:
    """H03: contacted at or before the response deadline; only dispatched cases."""
    case, due_at, contacted_at = q.case, q.case.response_due_at, q.case.first("contacted")
    if not case.events("dispatched"):
        return
    reason = q.reason("X05 X01 X02 X04 X10 X03 X11 X07 X17 X06", X06=due_at is None)
    hit = due_at is not None and contacted_at is not None and contacted_at <= due_at
    is_immature = due_at is not None and due_at > case.as_of
    yield verdict("hotline.response_rate", q, due_day(case, due_at), reason, is_immature, hit)


def due_day(case: Case, due_at: datetime | None) -> date:
    """The day of the deadline; a case without one, or with impossible times, stands at its receipt."""
    return end_day(due_at) if due_at and not case.has_time_flaw else case.received_at.date()


def sound_day(case: Case, moment: datetime) -> date:
    """Section 2: an impossible moment dates nothing, such a case stands at its receipt."""
    return case.received_at.date() if case.has_time_flaw else moment.date()


def due_cohort(code: str, q: Question, due_at: datetime | None, is_hit: bool) -> Rows:
    """H04: the three on-time rates differ in the deadline and in the hit."""
    reason = q.reason("X05 X01 X02 X04 X10 X03 X11 X06", X06=due_at is None)
    is_immature = due_at is not None and due_at > q.case.as_of
    yield verdict(code, q, due_day(q.case, due_at), reason, is_immature, is_hit)


def on_time_rate(q: Question) -> Rows:
    """H04: on the day of the last cycle's deadline, whether every cycle that has a deadline was finished by it."""
    timed = [cycle for cycle in q.case.cycles if cycle.due_at is not None]
    is_hit = all(cycle.is_on_time for cycle in timed)
    yield from due_cohort("hotline.on_time_rate", q, q.case.cycles[-1].due_at, is_hit)


def first_pass_on_time_rate(q: Question) -> Rows:
    """H04: cycle 1 finished by its deadline."""
    first = q.case.cycles[0]
    yield from due_cohort("hotline.first_pass_on_time_rate", q, first.due_at, first.is_on_time)


def unextended_on_time_rate(q: Question) -> Rows:
    """H04: cycle 1 finished by the deadline it has without extensions."""
    first = q.case.cycles[0]
    due_at = first.unextended_due_at
    is_hit = due_at is not None and first.finished_at is not None and first.finished_at <= due_at
    yield from due_cohort("hotline.unextended_on_time_rate", q, due_at, is_hit)


def closure_rate(q: Question) -> Rows:
    """H05: received, and finished by the as-of."""
    reason = q.reason("X05 X01 X02 X04 X10")
    yield verdict("hotline.closure_rate", q, q.case.received_at.date(), reason, False, q.case.is_finished)


def callback_cohort(code: str, q: Question, finished_at: datetime | None, told: list[Any], index: int) -> Rows:
    """H06, H07: finished cases by what their callbacks told; X08 was called in vain."""
    if finished_at is None:
        return
    reason = q.reason("X05 X01 X02 X04 X10 X03 X11 X06 X07 X16 X08", X08=was_called(q.case) and not told)
    yield verdict(code, q, sound_day(q.case, finished_at), reason, q.is_not_called_yet, told[index] if told else 0)


def last_finish(case: Case) -> datetime | None:
    """The finish of the last cycle that has one."""
    return [cycle.finished_at for cycle in case.cycles if cycle.finished_at or cycle.number == 1][-1]


def resolution_rates(q: Question) -> Rows:
    """H06: the first answer on the day of the first finish; the last answer on the day of the last."""
    told, case = answers(q.case), q.case
    yield from callback_cohort("hotline.resolution_rate", q, case.cycles[0].finished_at, told, 0)
    yield from callback_cohort("hotline.final_resolution_rate", q, last_finish(case), told, -1)


def satisfaction_rates(q: Question) -> Rows:
    """H07: the first grade on the day of the first finish; the last grade on the day of the last."""
    told, case = grades(q.case, q.seeds), q.case
    yield from callback_cohort("hotline.satisfaction_rate", q, case.cycles[0].finished_at, told, 0)
    yield from callback_cohort("hotline.final_satisfaction_rate", q, last_finish(case), told, -1)


def callback_coverage_rate(q: Question) -> Rows:
    """H09: finished cases with a connected callback."""
    finished_at = q.case.cycles[0].finished_at
    if finished_at is None:
        return
    reason = q.reason("X05 X01 X02 X04 X10 X06 X07")
    hit = is_connected(q.case)
    yield verdict("hotline.callback_coverage_rate", q, sound_day(q.case, finished_at), reason, q.is_not_called_yet, hit)


def reopen_rate(q: Question) -> Rows:
    """H10: finished cases that were reopened within 30 days of their first finish."""
    finished_at, until = q.case.cycles[0].finished_at, q.after_first_finish("reopen_within_days")
    if finished_at is None or until is None:
        return
    reason = q.reason("X05 X01 X02 X04 X10 X06")
    hit = len(q.case.cycles) > 1 and q.case.cycles[1].opened_at <= until
    yield verdict("hotline.reopen_rate", q, sound_day(q.case, finished_at), reason, q.case.as_of < until, hit)


def repeat_rate(q: Question) -> Rows:
    """H11: received cases of a known caller that repeat an earlier one."""
    reason = q.reason("X05 X07", X07=q.case.known("caller_token") is None)
    yield verdict("hotline.repeat_rate", q, q.case.received_at.date(), reason, False, q.is_repeat)


def return_rate(q: Question) -> Rows:
    """H12: approved returns over dispatches and redispatches; only dispatched cases."""
    dispatched_at = q.case.first("dispatched")
    if dispatched_at is None:
        return
    returns = Decimal(len(q.case.events("return_approved")))
    sent = Decimal(len(q.case.events("dispatched", "redispatched")))
    reason = q.reason("X05")
    yield Contribution(
        "hotline.return_rate", q.case.case_id, sound_day(q.case, dispatched_at), reason, False, min(returns, sent), sent
    )


def days_to(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY


def is_overdue(case: Case, moment: datetime, is_last: bool) -> bool:
    """H13: open at the moment and past due; a deadline at this very moment is not past, a cycle opened then is open."""
    opened = [c for c in case.cycles if c.opened_at < moment or (is_last and c.opened_at == moment)]
    cycle = opened[-1] if opened else None
    return cycle is not None and cycle.was_open(moment) and cycle.due_at is not None and cycle.due_at < moment


def overdue_backlog(q: Question) -> Rows:
    """H13: asked at 24:00 of each day, on the last day at the as-of; a month speaks by its last day."""
    case, last = q.case, q.case.as_of.date()
    dues = [cycle.due_at.date() for cycle in case.cycles if cycle.due_at]
    if not dues:
        return
    gone = case.events("voided", "out_of_jurisdiction", *(["merged"] if joined(case) == "merged" else []))
    for day in days_to(min(dues), last):
        closes_month = day == last or (day + DAY).day == 1
        moment = min(midnight(day + DAY), case.as_of)
        if is_overdue(case, moment, day == last) and not any(event.occurred_at <= moment for event in gone):
            grains = ("day", "month") if closes_month else ("day",)
            yield Contribution("hotline.overdue_backlog", case.case_id, day, hit=ONE, grains=grains)


def one_year_later(moment: datetime) -> tuple[datetime, tuple[str, ...]]:
    """H14: the anniversary; 29 February has no day in the next year, only the month."""
    if (moment.month, moment.day) == (2, 29):
        return moment.replace(year=moment.year + 1, day=28), ("month",)
    return moment.replace(year=moment.year + 1), ("day", "month")


def year_on_year(code: str, case: Case) -> Rows:
    """H14 (dictionary): C1 − C0 over C0; a case of the base year counts when its anniversary is not after the as-of."""
    yield Contribution(code, case.case_id, case.received_at.date(), hit=ONE, base=NONE)
    anniversary, grains = one_year_later(case.received_at)
    if anniversary <= case.as_of:
        day = anniversary.date()
        yield Contribution(code, case.case_id, day, hit=-ONE, base=ONE, grains=grains, case_count=0)


def case_yoy(q: Question) -> Rows:
    yield from year_on_year("hotline.case_yoy", q.case)


def direct_line_yoy(q: Question) -> Rows:
    yield from year_on_year("hotline.direct_line_yoy", q.case)


CITY_KPIS: tuple[Callable[[Question], Rows], ...] = (
    case_count,
    matter_count,
    direct_answer_rate,
    response_rate,
    on_time_rate,
    first_pass_on_time_rate,
    unextended_on_time_rate,
    closure_rate,
    resolution_rates,
    satisfaction_rates,
    callback_coverage_rate,
    reopen_rate,
    repeat_rate,
    return_rate,
    overdue_backlog,
    case_yoy,
)
PROVINCE_KPIS: tuple[Callable[[Question], Rows], ...] = (direct_line_yoy,)


def connect_rate(hour: dict[str, Any]) -> Contribution:
    """H01: answered within 15 seconds over offered, hour by hour; it has no case and no area but the city."""
    moment: datetime = hour["hour_at"]
    hit, base = Decimal(hour["answered_15s_count"]), Decimal(hour["offered_count"])
    return Contribution("hotline.connect_rate", f"call/{moment.isoformat()}", moment.date(), hit=hit, base=base)
