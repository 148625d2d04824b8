"""The year-on-year line of request counts: which slots it has, and what is known of each."""

from __future__ import annotations

from calendar import month_abbr
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reporting.brief import LANGUAGES, Language, Text
from reporting.drawing import lines as drawing
from reporting.figures import Figures
from reporting.format import grouped, period
from reporting.period import a_year_before
from reporting.words_of_kind import OF

FEWEST = 4  # a line needs some points: with fewer whole months the days of the period are drawn
MOST_LABELS = 31
BY_DAY = ("daily", "weekly")  # too short to be a point of a line of months


@dataclass(frozen=True)
class Series:
    """Two lines over the same slots; None where there are no data."""

    title: Text
    names: tuple[Text, Text]
    labels: tuple[Text, ...]
    this: tuple[int | None, ...]
    last: tuple[int | None, ...]

    @property
    def has_last(self) -> bool:
        return any(value is not None for value in self.last)


def series(figures: Figures) -> Series | None:
    """The last twelve whole months, or with too short a history the days of the period; None without data."""
    if figures.period.kind not in BY_DAY:
        monthly = _monthly(figures)
        if sum(value is not None for value in monthly.this) >= FEWEST:
            return monthly
    daily = _daily(figures)
    return daily if any(value is not None for value in daily.this) else None


def _monthly(figures: Figures) -> Series:
    slots = figures.year_of_months

    def count(day: date) -> int | None:
        if not figures.is_whole_month(day):
            return None
        return _told(figures.requests_by_month.get(day), day in figures.months)

    return Series(
        title=Text(
            "市平台每月诉求量：近12个月与上年同期",
            "City platform, requests a month: last 12 months and the year before",
        ),
        names=(Text("近12个月", "Last 12 months"), Text("上年同期", "Year before")),
        labels=tuple(Text(f"{m.month}月", month_abbr[m.month]) for m in slots),
        this=tuple(count(m) for m in slots),
        last=tuple(count(a_year_before(m)) for m in slots),
    )


def _daily(figures: Figures) -> Series:
    span, year_ago = figures.period, figures.year_ago
    chart = OF[span.kind].chart_days

    def count(day: date) -> int | None:
        return _told(figures.requests_by_day.get(day), day in figures.days)

    def last_year(day: date) -> int | None:
        return None if (day.month, day.day) == (2, 29) else count(a_year_before(day))

    is_one_month = (span.start.year, span.start.month) == (span.end.year, span.end.month)
    labels = [str(d.day) if is_one_month else f"{d.month}/{d.day}" for d in span.days]
    return Series(
        title=Text(f"市平台每日诉求量：{chart.zh}", f"City platform, requests a day: {chart.en}"),
        names=(period(span), period(year_ago) if year_ago else Text("上年同期", "Year before")),
        labels=tuple(Text(label, label) for label in labels),
        this=tuple(count(d) for d in span.days),
        last=tuple(last_year(d) for d in span.days),
    )


def _told(value: Decimal | None, city_has_data: bool) -> int | None:
    """A district without requests on a day of which the city has some had none; without any, nothing is known."""
    return int(value) if value is not None else 0 if city_has_data else None


def draw(lines: Series) -> Text:
    """One drawing for each language."""
    return Text(*(_drawn(lines, language) for language in LANGUAGES))


def _drawn(lines: Series, language: Language) -> str:
    told = zip(lines.names, (lines.this, lines.last), strict=True)
    every = max(1, -(-len(lines.labels) // MOST_LABELS))
    return drawing.draw(
        [
            drawing.Line(getattr(name, language), tuple(None if value is None else float(value) for value in counts))
            for name, counts in list(told)[: 2 if lines.has_last else 1]
        ],
        ticks=[(n, getattr(label, language)) for n, label in enumerate(lines.labels) if n % every == 0],
        written=lambda value, decimals: grouped(round(value), decimals),
        is_count=True,
    )
