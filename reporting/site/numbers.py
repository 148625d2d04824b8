"""A figure of any KPI as words: each unit has its own way to be written, and to be compared."""

from __future__ import annotations

from decimal import Decimal

from reporting import format
from reporting.brief import Change, Text
from reporting.changes import in_points, judged, light, meets, no_change, of_counts
from reporting.noise import RIPENING
from reporting.site.dictionary import Entry
from reporting.site.values import Value, as_figure
from reporting.words import NO_BASE, STATUS, join, same

UNITS = {
    "rate": Text("%（率）", "% (a rate)"),
    "share": Text("%（占比）", "% (a share)"),
    "change": Text("%（变化率）", "% (a change)"),
    "count": Text("数量", "a count"),
    "ratio": Text("比值", "a ratio"),
    "score": Text("分值", "a score"),
    "per_thousand": Text("每千户", "per 1,000 households"),
    "per_ten_thousand": Text("每万人", "per 10,000 residents"),
    "degree_hours": Text("度·时", "degree hours"),
}
SHARES = ("rate", "change")  # differences of these are percentage points
PLACES = {"count": 0, "share": 3, "score": 2, "ratio": 2, "per_thousand": 2, "per_ten_thousand": 2, "degree_hours": 2}
DASH = same("–")


def unit_name(unit: str) -> Text:
    return UNITS.get(unit, same(unit))


def written(value: Decimal, unit: str) -> str:
    """A value as it is printed everywhere on the site."""
    if unit == "rate":
        return format.rate(value)
    if unit == "change":
        return format.relative(value)
    if unit == "share":
        return f"{format.grouped(value * 100, PLACES[unit])}%"
    whole = unit == "ratio" and abs(value) >= 100
    return format.grouped(value, 0 if whole else PLACES.get(unit, 2))


def shown(value: Value | None, unit: str) -> Text:
    """The value, or the word for why there is none."""
    if value is None or value.value is None or not value.is_shown:
        return DASH if value is None else status(value)
    return same(written(value.value, unit))


def status(value: Value) -> Text:
    return STATUS.get(value.status, same(value.status))


def quantity(number: Decimal | int | None) -> str:
    return "–" if number is None else format.quantity(number)


def basis(value: Value | None) -> str:
    """Numerator over denominator; a count stands over nothing."""
    if value is None:
        return "– / –"
    return "" if is_alone(value) else f"{quantity(value.numerator)} / {quantity(value.denominator)}"


def is_alone(value: Value) -> bool:
    """Whether a figure is its own numerator, over one."""
    return value.denominator == 1 and value.numerator == value.value


def change(kind: Text, entry: Entry, now: Value | None, before: Value | None) -> Change:
    """Against another month, if both may be compared; counts by their daily means, for months differ in length."""
    if before is None or not before.is_shown or before.value is None:
        return no_change(kind, NO_BASE)
    if now is None or now.value is None or not (now.is_settled and before.is_settled) or entry.code in RIPENING:
        return no_change(kind, STATUS["not_comparable"])
    if entry.unit in SHARES:
        return in_points(kind, entry, as_figure(now), as_figure(before), (_days(now), _days(before)))
    if entry.unit != "count":
        return _by_amount(kind, entry, now.value, before.value)
    if not before.value:
        return no_change(kind, NO_BASE)
    # As many as the earlier month would have had in the days of this one.
    scale = Decimal(_days(now)) / _days(before) if entry.over_time == "sum" else Decimal(1)
    return of_counts(kind, entry, now.value, before.value * scale)


def _by_amount(kind: Text, entry: Entry, now: Decimal, before: Decimal) -> Change:
    """A difference in the unit itself; what prints as nothing is neither good nor bad."""
    moved, places = now - before, PLACES.get(entry.unit, 2)
    amount = same(format.signed(moved, places))
    if entry.unit == "share":
        moved *= 100
        amount = Text(f"{format.signed(moved, places)}个百分点", f"{format.signed(moved, places)} pp")
    if entry.direction == "none":
        return no_change(kind, amount)
    is_better = (moved > 0) == (entry.direction == "up")
    return judged(kind, amount, "same" if format.half_up(moved, places) == 0 else "better" if is_better else "worse")


def target(entry: Entry, now: Value | None) -> Change | None:
    """The light: ✓ met or ▼ missed. No target, no light; no figure, no light."""
    if entry.target is None or now is None or now.value is None or not now.is_shown or entry.direction == "none":
        return None
    wanted = join("{sign}{goal}", "{sign}{goal}", sign=same(_sign(entry)), goal=same(written(entry.target, entry.unit)))
    return light(Text("目标", "Target"), wanted, meets(now.value, entry.target, entry.direction))


def _sign(entry: Entry) -> str:
    return "≥ " if entry.direction == "up" else "≤ "


def _days(value: Value) -> int:
    return (value.end - value.start).days + 1 if value.end else 1
