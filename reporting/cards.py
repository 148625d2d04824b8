"""The cards of an area: values with their working, and the two platforms' counts side by side, never added."""

from __future__ import annotations

from decimal import Decimal

from reporting import format, words
from reporting.brief import Card, CardGroup, Style, Text
from reporting.changes import IN_PERCENT, basis, changes, count_change, printed, shown, state, target, year_change
from reporting.figures import CASES, HIDDEN, VALID, Figure, Figures, Kpi

CITY_YOY, DIRECT_LINE_YOY = "hotline.case_yoy", "hotline.direct_line_yoy"
PLATFORMS = "platforms"
NONE = words.same("")


def cards(figures: Figures, codes: list[str]) -> tuple[Card | CardGroup, ...]:
    """The cards of these KPIs, in this order; a KPI the kind of brief does not know has none."""
    found: list[Card | CardGroup] = []
    for code in codes:
        if code == PLATFORMS:
            found += _platforms(figures)
        elif code in figures.kpis:
            found.append(_card(figures, code))
    return tuple(found)


def _platforms(figures: Figures) -> list[CardGroup]:
    """City platform, then the provincial direct line."""
    members = tuple(_platform_card(figures, code) for code in (CITY_YOY, DIRECT_LINE_YOY) if code in figures.kpis)
    return [CardGroup(words.LABELS["platforms"], words.LABELS["platforms_note"], members)] if members else []


def _card(figures: Figures, code: str) -> Card:
    kpi, now = figures.kpis[code], figures.at(code)
    value = shown(kpi, now)
    return Card(
        kpi_id=kpi.kpi_id,
        kpi_code=code,
        name=kpi.name,
        value=value or state(now),
        unit=words.UNIT_WORDS.get(kpi.unit, NONE) if value else NONE,
        has_value=value is not None,
        basis=NONE if kpi.unit == "count" else basis(now),
        changes=changes(figures, kpi, now) if value and now else (),
        target=target(kpi, now) if value else None,
        remarks=_remarks(figures, kpi, now),
        direction=words.DIRECTION[kpi.direction],
        state=_grade(now),
        as_of=_as_of(figures, now),
        style=_style(kpi),
        number=now.value if value and now else None,
        **_working(now),
    )


def _platform_card(figures: Figures, code: str) -> Card:
    kpi, now, cases = figures.kpis[code], figures.at(code), figures.at(CASES)
    is_city = code == CITY_YOY
    # A year-on-year figure stands on (this - last) / last, so this year's count is the sum of both.
    count = (cases.value if cases else None) if is_city else (now.numerator + now.denominator if now else None)
    return Card(
        kpi_id=kpi.kpi_id,
        kpi_code=code,
        name=Text("市12345平台", "City 12345 platform") if is_city else Text("省平台直通车", "Provincial direct line"),
        value=format.headline(count) if count else words.NO_DATA,
        unit=words.CASES if count else NONE,
        has_value=bool(count),
        basis=_year_ago(now),
        changes=(
            year_change(figures, kpi, now),
            *((count_change(figures),) if is_city and count and figures.before else ()),
        ),
        target=None,
        remarks=(),
        direction=words.DIRECTION[kpi.direction],
        state=_grade(now),
        as_of=_as_of(figures, now),
        style="count",
        number=count or None,
    )


def _working(now: Figure | None) -> dict[str, Decimal | None]:
    if now is None or now.status == HIDDEN:
        return {"numerator": None, "denominator": None}
    return {"numerator": now.numerator, "denominator": now.denominator}


def _style(kpi: Kpi) -> Style:
    if kpi.unit in IN_PERCENT:
        return "rate"
    return "count" if kpi.unit == "count" else "relative" if kpi.unit == "change" else "decimal"


def _year_ago(now: Figure | None) -> Text:
    if now is None or not now.denominator:
        return words.join("上年同期 {base}", "a year before: {base}", base=words.NO_DATA)
    return words.join(
        "上年同期 {base} 件", "a year before: {base} cases", base=words.same(format.quantity(now.denominator))
    )


def _remarks(figures: Figures, kpi: Kpi, now: Figure | None) -> tuple[Text, ...]:
    """What must stand beside a value so that it is not misread; in a region's brief, the whole city's."""
    remarks = []
    if kpi.code == "hotline.closure_rate" and now and now.open_not_due:
        count = words.same(format.quantity(now.open_not_due))
        remarks.append(words.join("其中在办未到期 {count} 件", "{count} open, not yet due", count=count))
    valid = figures.at(VALID)
    if kpi.code == "heating.room_compliance_rate" and valid and valid.value is not None:
        parts = {"name": figures.kpis[VALID].name, "rate": words.same(format.rate(valid.value))}
        remarks.append(words.join("{name} {rate}", "{name} {rate}", **parts))
    city = None if figures.is_city else figures.city_at(kpi.code)
    if city and city.is_sound and city.value is not None and kpi.unit != "count":
        remarks.append(words.join("全市 {value}", "city {value}", value=printed(kpi, city.value)))
    return tuple(remarks)


def _grade(now: Figure | None) -> Text:
    if now is None:
        return words.NO_DATA
    return words.join("质量{g} · {s}", "grade {g} · {s}", g=words.same(now.grade), s=words.STATUS[now.status])


def _as_of(figures: Figures, now: Figure | None) -> Text:
    """The day a figure stands for; the footer of the page has the minute."""
    at = now.as_of if now and now.as_of else figures.publication.data_as_of
    return words.join("截至{day}", "as of {day}", day=format.day(at.date()))
