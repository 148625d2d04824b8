"""Hypothesis strategies for the clock of one case: start, rule, pauses, extensions, finish and as-of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import strategies as st

from tests.oracle.clock import DAY, Extension, Pause, Rule, midnight

RULES = (
    Rule(1, "working_day", "next_day_0000"),
    Rule(2, "working_day", "next_day_0000"),
    Rule(20, "working_day", "next_day_0000"),
    Rule(24, "natural_hour", "immediate"),
    Rule(1, "natural_day", "next_day_0000"),
    Rule(15, "natural_day", "next_day_0000"),
)
# The days before long holidays, make-up weekends, and the last days of the published calendar.
ANCHORS = (
    datetime(2023, 1, 16),
    datetime(2025, 9, 26),
    datetime(2026, 2, 11),
    datetime(2026, 9, 18),
    datetime(2026, 12, 3),
    datetime(2026, 6, 1),
)


@dataclass(frozen=True)
class ClockLife:
    """One clock; `pauses` are in order, do not overlap, and end no later than the finish or the as-of."""

    started_at: datetime
    rule: Rule
    pauses: tuple[Pause, ...]
    extensions: tuple[Extension, ...]
    finished_at: datetime | None
    as_of: datetime

    @property
    def ended_at(self) -> datetime:
        return self.finished_at or self.as_of


def rules() -> st.SearchStrategy[Rule]:
    return st.sampled_from(RULES)


@st.composite
def moments_after(draw: st.DrawFn, start: datetime, days: int) -> datetime:
    """A moment within so many days, often midnight sharp."""
    moment = start + timedelta(seconds=draw(st.integers(0, days * 86400)))
    return max(start, midnight(moment.date())) if draw(st.booleans()) else moment


@st.composite
def pauses(draw: st.DrawFn, start: datetime, ended_at: datetime) -> tuple[Pause, ...]:
    """Up to three pauses; the first may begin before the clock does, the last may run to the end."""
    days = max(1, (ended_at - start).days + 3)
    marks = sorted(draw(st.lists(moments_after(start - 2 * DAY, days), max_size=6)))
    found = [Pause(marks[i], min(marks[i + 1], ended_at)) for i in range(0, len(marks) - 1, 2)]
    if len(marks) % 2:
        found.append(Pause(marks[-1], ended_at))
    return tuple(pause for pause in found if pause.begins_at < ended_at)


@st.composite
def extensions(draw: st.DrawFn, start: datetime) -> tuple[Extension, ...]:
    asked = st.builds(Extension, moments_after(start, 45), st.integers(1, 40))
    return tuple(sorted(draw(st.lists(asked, max_size=3)), key=lambda extension: extension.requested_at))


@st.composite
def clock_lives(draw: st.DrawFn) -> ClockLife:
    """The life of one clock."""
    started_at = draw(moments_after(draw(st.sampled_from(ANCHORS)), 12))
    as_of = draw(moments_after(started_at, 60))
    finished_at = draw(st.none() | moments_after(started_at, 60))
    if finished_at is not None and finished_at > as_of:
        as_of = finished_at
    return ClockLife(
        started_at=started_at,
        rule=draw(rules()),
        pauses=draw(pauses(started_at, finished_at or as_of)),
        extensions=draw(extensions(started_at)),
        finished_at=finished_at,
        as_of=as_of,
    )
