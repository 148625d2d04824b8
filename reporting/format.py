"""Numbers and dates as words, once: decimal half-up, a real minus, thousands separators, 万, percentage points."""

from __future__ import annotations

from calendar import month_name
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from reporting.brief import Text
from reporting.period import Period

MINUS = "\u2212"
WAN = Decimal(10_000)
YI = Decimal(100_000_000)


def half_up(value: Decimal, places: int) -> Decimal:
    """Rounded as on paper: 0.25 becomes 0.3, and −0.04 becomes 0.0 without a sign."""
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded


def grouped(value: Decimal | int, places: int = 0) -> str:
    """12345 as 12,345."""
    return f"{half_up(Decimal(value), places):,f}".replace("-", MINUS)


def quantity(value: Decimal | int) -> str:
    """A numerator or denominator: whole numbers whole, weighted sums with one decimal."""
    number = Decimal(value)
    return grouped(number, 0 if number == number.to_integral_value() else 1)


def headline(value: Decimal | int) -> Text:
    """A large count at a glance: 3.27万 in Chinese, 32,714 in English."""
    number = Decimal(value)
    zh = grouped(number)
    if abs(number) >= YI:
        zh = f"{grouped(number / YI, 2)}亿"
    elif abs(number) >= WAN:
        zh = f"{grouped(number / WAN, 2)}万"
    return Text(zh, grouped(number))


def rate(value: Decimal) -> str:
    """0.96475 as 96.5%."""
    return f"{grouped(value * 100, 1)}%"


def signed(value: Decimal, places: int = 1) -> str:
    """A change with its sign; a change that rounds to nothing has none."""
    text = grouped(value, places)
    return f"+{text}" if half_up(value, places) > 0 else text


def points(change: Decimal) -> Text:
    """The difference of two rates. Never a percent sign: 96% to 97% is one percentage point."""
    return Text(f"{signed(change * 100)}个百分点", f"{signed(change * 100)} pp")


def points_apart(change: Decimal) -> Text:
    """The size of a difference of two rates, where a word already says up or down."""
    size = grouped(abs(change) * 100, 1)
    return Text(f"{size}个百分点", f"{size} percentage points")


def relative(change: Decimal) -> str:
    """The change of a count in percent of its base."""
    return f"{signed(change * 100)}%"


def month(day: date) -> Text:
    return Text(f"{day.year}年{day.month}月", f"{month_name[day.month]} {day.year}")


def day(at: date) -> Text:
    return Text(f"{at.year}年{at.month}月{at.day}日", f"{at.day} {month_name[at.month]} {at.year}")


def period(span: Period) -> Text:
    """2026年1月 for a month; of any other span the first and the last day, without saying year and month twice."""
    if span.kind == "monthly":
        return month(span.start)
    first, last = day(span.start), day(span.end)
    if span.start == span.end:
        return first
    same_year, same_month = span.start.year == span.end.year, span.start.month == span.end.month
    zh_last = last.zh.partition("年")[2] if same_year else last.zh
    en_first = first.en.removesuffix(f" {span.start.year}") if same_year else first.en
    if same_year and same_month:
        zh_last, en_first = f"{span.end.day}日", str(span.start.day)
    return Text(f"{first.zh}至{zh_last}", f"{en_first} to {last.en}")


def moment(at: datetime) -> Text:
    return Text(
        f"{at.year}年{at.month}月{at.day}日{at:%H:%M}", f"{at.day} {month_name[at.month]} {at.year}, {at:%H:%M}"
    )
