"""Changes against another month, and what may be shown of a single figure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from reporting import format, words
from reporting.brief import Change, Text, Tone
from reporting.figures import CASES, HIDDEN, Figure, Figures, Kpi
from reporting.noise import differs, may_be_compared

IN_PERCENT = ("rate", "share", "score")
PLACES = {"count": 0, "ratio": 2}
WEEK = 7  # shorter spans of days hold no fair mix of workdays and weekends
NO_JUDGEMENT = words.same("")


def changes(figures: Figures, kpi: Kpi, now: Figure) -> tuple[Change, ...]:
    """Against the period before and a year before, always in this order and always named."""
    said = words.OF[figures.period.kind]
    year = change(said.year_on_year, kpi, now, figures.at_year_ago(kpi.code), figures.days_then)
    if figures.before is None:
        return (year,)
    return (change(said.on_before, kpi, now, figures.at_before(kpi.code), figures.days_then), year)


def change(kind: Text, kpi: Kpi, now: Figure, before: Figure | None, days: Mapping[date, int]) -> Change:
    """The difference of two values, if both may be compared: of rates in percentage points, else in its own unit.

    `days` are the days of the periods by their first: a rate of room readings has as many observations as points. What
    chance alone explains is neither good nor bad.
    """
    if before is not None and HIDDEN in (now.status, before.status):
        return no_change(kind, words.STATUS[HIDDEN])
    if before is None or before.value is None:
        return no_change(kind, words.NO_BASE)
    if now.value is None or not may_be_compared(kpi.code, now, before):
        return no_change(kind, words.STATUS["not_comparable"])
    moved = now.value - before.value
    if kpi.unit in IN_PERCENT:
        verdict = tone(moved, kpi.direction)
        is_noise = kpi.unit == "rate" and not differs(now, before, days[now.period_start], days[before.period_start])
        if is_noise and verdict in ("better", "worse"):
            return Change(kind, format.points(moved), words.NOISE_MARK, words.NOISE, "none")
        return judged(kind, format.points(moved), verdict)
    places = PLACES.get(kpi.unit, 1)
    return judged(kind, words.same(format.signed(moved, places)), tone(moved, kpi.direction, places))


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
    if now is None or now.value is None:
        return no_change(kind, state(now))
    return judged(kind, words.same(format.relative(now.value)), tone(now.value, kpi.direction))


def target(kpi: Kpi, now: Figure | None) -> Change | None:
    """No target, no light."""
    if kpi.target is None or now is None or now.value is None:
        return None
    met = now.value >= kpi.target if kpi.direction == "up" else now.value <= kpi.target
    word, mark = (Text("达到", "met"), "✓") if met else (Text("未达到", "missed"), "▼")
    return Change(words.LABELS["target"], printed(kpi, kpi.target), mark, word, "better" if met else "worse")


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
    if now is None or now.value is None:
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
