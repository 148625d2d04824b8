"""The city's cards: rates with their working, and the two platforms' counts side by side, never added."""

from __future__ import annotations

from reporting import format, words
from reporting.brief import Card, Text
from reporting.changes import basis, count_change, rate_changes, shown_rate, state, target, year_change
from reporting.figures import CASES, RANKED, Figure, Figures

CARDS = (
    RANKED,
    "hotline.closure_rate",
    "hotline.resolution_rate",
    "hotline.satisfaction_rate",
    "heating.room_compliance_rate",
    "grid.on_time_rate",
)
CITY_YOY, DIRECT_LINE_YOY = "hotline.case_yoy", "hotline.direct_line_yoy"
VALIDITY = "heating.valid_reading_rate"
NONE = words.same("")


def rate_cards(figures: Figures) -> tuple[Card, ...]:
    return tuple(_rate_card(figures, code) for code in CARDS if code in figures.kpis)


def platform_cards(figures: Figures) -> tuple[Card, ...]:
    """City platform, then the provincial direct line."""
    return tuple(_platform_card(figures, code) for code in (CITY_YOY, DIRECT_LINE_YOY) if code in figures.kpis)


def _rate_card(figures: Figures, code: str) -> Card:
    kpi, now = figures.kpis[code], figures.at(code)
    value = shown_rate(kpi, now)
    return Card(
        kpi_id=kpi.kpi_id,
        name=kpi.name,
        value=value or state(now),
        unit=NONE,
        has_value=value is not None,
        basis=basis(now),
        changes=rate_changes(figures, kpi, now) if value and now else (),
        target=target(kpi, now) if value else None,
        remarks=_remarks(figures, code, now),
        direction=words.DIRECTION[kpi.direction],
        state=_grade(now),
    )


def _platform_card(figures: Figures, code: str) -> Card:
    kpi, now, cases = figures.kpis[code], figures.at(code), figures.at(CASES)
    is_city = code == CITY_YOY
    # A year-on-year figure stands on (this - last) / last, so this year's count is the sum of both.
    count = (cases.value if cases else None) if is_city else (now.numerator + now.denominator if now else None)
    return Card(
        kpi_id=kpi.kpi_id,
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
    )


def _year_ago(now: Figure | None) -> Text:
    if now is None or not now.denominator:
        return words.join("上年同期 {base}", "a year before: {base}", base=words.NO_DATA)
    return words.join(
        "上年同期 {base} 件", "a year before: {base} cases", base=words.same(format.quantity(now.denominator))
    )


def _remarks(figures: Figures, code: str, now: Figure | None) -> tuple[Text, ...]:
    """What must stand beside a rate so that it is not misread."""
    if code == "hotline.closure_rate" and now and now.open_not_due:
        count = words.same(format.quantity(now.open_not_due))
        return (words.join("其中在办未到期 {count} 件", "{count} open, not yet due", count=count),)
    valid = figures.at(VALIDITY)
    if code == "heating.room_compliance_rate" and valid and valid.value is not None:
        parts = {"name": figures.kpis[VALIDITY].name, "rate": words.same(format.rate(valid.value))}
        return (words.join("{name} {rate}", "{name} {rate}", **parts),)
    return ()


def _grade(now: Figure | None) -> Text:
    if now is None:
        return words.NO_DATA
    return words.join("质量{g} · {s}", "grade {g} · {s}", g=words.same(now.grade), s=words.STATUS[now.status])
