"""Changes against another month, and what may be shown of a single figure."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from reporting import format, words
from reporting.brief import Change, Text, Tone
from reporting.figures import CASES, HIDDEN, Figure, Figures, Kpi
from reporting.noise import counts_differ, differs, may_be_compared

IN_PERCENT = ("rate", "share", "score")
PLACES = {"count": 0, "ratio": 2}
NOT_SHOWN = ("insufficient", "small_cell", HIDDEN)  # there is a value, and it would mislead or tell too much
WEEK = 7  # shorter spans of days hold no fair mix of workdays and weekends
NO_JUDGEMENT = words.same("")


def changes(figures: Figures, kpi: Kpi, now: Figure) -> tuple[Change, ...]:
    """Against the period before and a year before, always in this order and always named."""
    said = words.OF[figures.period.kind]
    year = change(figures, said.year_on_year, kpi, now, figures.at_year_ago(kpi.code))
    if figures.before is None:
        return (year,)
    return (change(figures, said.on_before, kpi, now, figures.at_before(kpi.code)), year)


def change(figures: Figures, kind: Text, kpi: Kpi, now: Figure, before: Figure | None) -> Change:
    """The difference of two values, if both may be compared: of rates in percentage points, else in its own unit."""
    if before is not None and HIDDEN in (now.status, before.status):
        return no_change(kind, words.STATUS[HIDDEN])
    if before is None or before.value is None:
        return no_change(kind, words.NO_BASE)
    if not figures.is_told(before.period_start):
        return no_change(kind, words.PARTIAL)
    if now.value is None or not may_be_compared(kpi.code, now, before):
        return no_change(kind, words.STATUS["not_comparable"])
    if kpi.unit in IN_PERCENT:
        days = figures.days_then
        return in_points(kind, kpi, now, before, (days[now.period_start], days[before.period_start]))
    moved, places = now.value - before.value, PLACES.get(kpi.unit, 1)
    return judged(kind, words.same(format.signed(moved, places)), tone(moved, kpi.direction, places))


class Directed(Protocol):
    """What says which way is good: an entry of the KPI dictionary."""

    @property
    def unit(self) -> str: ...

    @property
    def direction(self) -> str: ...


def in_points(kind: Text, kpi: Directed, now: Figure, before: Figure, days: tuple[int, int]) -> Change:
    """The difference of two shares. What chance alone explains is neither good nor bad.

    `days` are those of both periods: a rate of room readings has as many observations as points.
    """
    assert now.value is not None
    assert before.value is not None
    moved = now.value - before.value
    verdict = tone(moved, kpi.direction)
    if kpi.unit == "rate" and verdict in ("better", "worse") and not differs(now, before, *days):
        return noise(kind, format.points(moved))
    return judged(kind, format.points(moved), verdict)


def of_counts(kind: Text, kpi: Directed, count: Decimal, before: Decimal) -> Change:
    """A count against an earlier one, in percent of it; likewise judged only beyond chance."""
    moved = count / before - 1
    verdict = tone(moved, kpi.direction)
    if verdict in ("better", "worse") and not counts_differ(count, before):
        return noise(kind, words.same(format.relative(moved)))
    return judged(kind, words.same(format.relative(moved)), verdict)


def noise(kind: Text, amount: Text) -> Change:
    return Change(kind, amount, words.NOISE_MARK, words.NOISE, "none")


def count_change(figures: Figures) -> Change:
    """Periods differ in length and may be unfinished, so counts of requests compare by their daily means."""
    kind = words.join("{mom}（日均）", "{mom}, daily mean", mom=words.OF[figures.period.kind].on_before)
    new, old = figures.at(CASES), figures.at_before(CASES)
    days, days_before = figures.days_covered(figures.period), figures.days_covered(figures.before or figures.period)
    if not old or not old.value or new is None or new.value is None or min(days, days_before) < WEEK:
        return no_change(kind, words.NO_BASE)
    change = (new.value / days) / (old.value / days_before) - 1
    return no_change(kind, words.same(format.relative(change)))


def year_change(figures: Figures, kpi: Kpi, now: Figure | None) -> Change:
    """The year-on-year change of a count, which is a KPI of its own."""
    kind = words.OF[figures.period.kind].year_on_year
    if now is None or now.value is None or not now.is_sound:
        return no_change(kind, state(now))
    return of_counts(kind, kpi, now.numerator + now.denominator, now.denominator)


def target(kpi: Kpi, now: Figure | None) -> Change | None:
    """No target, no light."""
    if kpi.target is None or now is None or now.value is None or now.status in NOT_SHOWN:
        return None
    is_met = meets(now.value, kpi.target, kpi.direction)
    return light(words.LABELS["target"], printed(kpi, kpi.target), is_met)


def meets(value: Decimal, target: Decimal, direction: str) -> bool:
    return value >= target if direction == "up" else value <= target


def light(kind: Text, wanted: Text, is_met: bool) -> Change:
    """✓ met or ▼ missed."""
    word, mark = (Text("达到", "met"), "✓") if is_met else (Text("未达到", "missed"), "▼")
    return Change(kind, wanted, mark, word, "better" if is_met else "worse")


def tone(moved: Decimal, direction: str, places: int = 3) -> Tone:
    """Good or bad is decided by the direction of the KPI; a change that prints as 0.0 is neither."""
    if direction == "none":
        return "none"
    if format.half_up(moved, places) == 0:
        return "same"
    return "better" if (moved > 0) == (direction == "up") else "worse"


def judged(kind: Text, amount: Text, verdict: Tone) -> Change:
    return Change(kind, amount, words.MARKS[verdict], words.JUDGEMENT[verdict], verdict)


def no_change(kind: Text, amount: Text) -> Change:
    """A change without a judgement, or the word why there is none."""
    return Change(kind, amount, "", NO_JUDGEMENT, "none")


def shown(kpi: Kpi, now: Figure | None) -> Text | None:
    """The value as printed, unless there is none or its base is too small to show one."""
    if now is None or now.value is None or now.status in NOT_SHOWN:
        return None
    if kpi.unit != "count" and now.denominator < kpi.min_cell_show:
        return None
    return printed(kpi, now.value)


def printed(kpi: Kpi, value: Decimal) -> Text:
    """A value in the unit of its KPI."""
    if kpi.unit == "count":
        return format.headline(value)
    if kpi.unit == "change":
        return words.same(format.relative(value))
    return words.same(format.rate(value) if kpi.unit in IN_PERCENT else format.grouped(value, PLACES.get(kpi.unit, 1)))


def basis(now: Figure | None) -> Text:
    """Numerator and denominator; a rate without them cannot be checked."""
    if now is None:
        return words.same("– / –")
    if now.status == HIDDEN:
        return words.STATUS[HIDDEN]
    return words.same(f"{format.quantity(now.numerator)} / {format.quantity(now.denominator)}")


def state(now: Figure | None) -> Text:
    return words.NO_DATA if now is None else words.STATUS[now.status]
