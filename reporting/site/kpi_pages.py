"""The page of one KPI: its definition, its figures by month and unit, what was counted, and its way from the feeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reporting import format, words
from reporting.brief import LANGUAGES, Change, Text
from reporting.site import numbers, trend
from reporting.site.dictionary import Entry
from reporting.site.kpi_list import MONTHLY, Card, changes, newest
from reporting.site.lineage import Room
from reporting.site.pages import Page
from reporting.site.values import Value
from reporting.site.words import SERIES, WORDS
from reporting.words import same

MONTHS = 24


@dataclass(frozen=True)
class Line:
    """One figure as it is printed."""

    label: str
    series: Text
    value: Text
    is_shown: bool
    numerator: str
    denominator: str
    status: Text
    grade: str
    before: Change
    year: Change


@dataclass(frozen=True)
class Unit:
    """One unit in the newest month: `place` is empty for one that is not ranked, `bar` a percent of the axis."""

    place: str
    area: Text
    value: Text
    is_shown: bool
    basis: str
    bar: str
    status: Text


@dataclass(frozen=True)
class Share:
    """One part of what was received."""

    name: Text
    code: str
    count: str
    bar: str


def kpi_page(
    entry: Entry,
    at_head: Card,
    values: Sequence[Value],
    units: Sequence[Value],
    reasons: Mapping[str, Text],
    rooms: tuple[Room, ...],
    columns: str,
    neighbours: tuple[Card | None, Card | None],
) -> Page:
    now = newest(values)
    is_monthly = entry.table in MONTHLY
    months = [v for v in values if now is None or v.start <= now.start][-MONTHS:] if is_monthly else list(values)
    drawn = [trend.draw(months, entry.unit, entry.target, language) for language in LANGUAGES]
    content = {
        "entry": entry,
        "card": at_head,
        "unit": numbers.unit_name(entry.unit),
        "direction": words.DIRECTION.get(entry.direction, same(entry.direction)),
        "target": same(numbers.written(entry.target, entry.unit)) if entry.target is not None else None,
        "desk": Text(drawn[0][0], drawn[1][0]) if is_monthly else same(""),
        "phone": Text(drawn[0][1], drawn[1][1]) if is_monthly else same(""),
        "lines": tuple(_line(entry, values, value) for value in reversed(months)),
        "has_series": any(value.series for value in months),
        "has_changes": is_monthly,
        "units": _units(entry, units, now),
        "units_label": _newest_label(units, now),
        "shares": _shares(now, reasons),
        "rooms": rooms,
        "columns": columns,
        "previous": neighbours[0],
        "next": neighbours[1],
    }
    return Page(entry.page, "kpi.html.j2", "kpis", entry.name, content)


def _line(entry: Entry, values: Sequence[Value], value: Value) -> Line:
    before, year = changes(entry, values, value)
    return Line(
        label=value.label,
        series=SERIES.get(value.series, same(value.series)),
        value=numbers.shown(value, entry.unit),
        is_shown=value.is_shown,
        numerator=numbers.quantity(value.numerator),
        denominator="" if numbers.is_alone(value) else numbers.quantity(value.denominator),
        status=numbers.status(value),
        grade=value.grade,
        before=before,
        year=year,
    )


def _newest_label(units: Sequence[Value], now: Value | None) -> str:
    """The month in which the units are told: that of the city's newest figure, or their own newest."""
    labels = {value.label for value in units}
    return now.label if now and now.label in labels else max(labels, default="")


def _units(entry: Entry, units: Sequence[Value], now: Value | None) -> tuple[Unit, ...]:
    label = _newest_label(units, now)
    series = now.series if now else (units[0].series if units else "")
    of_month = [v for v in units if v.label == label and v.series == series]
    ranked = [v for v in of_month if v.is_rankable and v.is_shown] if entry.direction != "none" else []
    ranked.sort(key=lambda v: ((v.value or Decimal(0)) * (-1 if entry.direction == "up" else 1), v.area_code))
    rest = [v for v in of_month if v not in ranked]
    written = [v.value for v in ranked]
    longest = max((abs(v.value) for v in of_month if v.is_shown and v.value is not None), default=Decimal(0))
    axis = Decimal(1) if entry.unit == "rate" else longest
    return tuple(
        _unit(entry, value, str(written.index(value.value) + 1) if value in ranked else "", axis)
        for value in [*ranked, *rest]
    )


def _unit(entry: Entry, value: Value, place: str, axis: Decimal) -> Unit:
    has_bar = value.is_shown and value.value is not None and axis > 0 and value.value >= 0
    return Unit(
        place=place,
        area=value.area,
        value=numbers.shown(value, entry.unit),
        is_shown=value.is_shown,
        basis=numbers.basis(value),
        bar=_percent(value.value or Decimal(0), axis) if has_bar else "",
        status=numbers.status(value),
    )


def _shares(now: Value | None, reasons: Mapping[str, Text]) -> tuple[Share, ...]:
    """Received, counted, excluded by reason, immature; nothing where there is no waterfall."""
    if now is None or now.received is None or now.counted is None or not now.received:
        return ()
    whole = Decimal(now.received)

    def share(name: Text, count: int | None, code: str = "") -> Share:
        shown = "–" if count is None else format.grouped(count)
        return Share(name, code, shown, _percent(Decimal(count or 0), whole))

    excluded = [share(reasons.get(code, same(code)), count, code) for code, count in sorted(now.reasons.items())]
    return (
        share(WORDS["received"], now.received),
        share(WORDS["counted"], now.counted),
        share(WORDS["excluded"], now.excluded),
        *excluded,
        share(WORDS["immature"], now.immature),
    )


def _percent(part: Decimal, whole: Decimal) -> str:
    return str(format.half_up(min(Decimal(100), 100 * part / whole), 1))
