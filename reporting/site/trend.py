"""The line of a KPI over its months as inline SVG: once for a desk and once for a phone; gaps stay gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from math import ceil, floor, log10

from reporting.brief import Language
from reporting.site.numbers import written
from reporting.site.values import Value

Point = tuple[float, float]


@dataclass(frozen=True)
class Frame:
    """The size of a drawing and where its axes stand, in units of the drawing."""

    width: int
    height: int
    left: int
    right: int = 28
    top: int = 12
    bottom: int = 24

    def x(self, place: int, of: int) -> float:
        span = self.width - self.left - self.right
        return self.left + (span / 2 if of < 2 else span * place / (of - 1))

    def y(self, value: float, low: float, high: float) -> float:
        return self.top + (self.height - self.top - self.bottom) * (high - value) / (high - low)


DESK, PHONE = Frame(760, 210, 64), Frame(340, 180, 56)
PHONE_MONTHS = 13
SPARK = (96, 22)


def draw(values: Sequence[Value], unit: str, target: Decimal | None, language: Language) -> tuple[str, str]:
    """The same line for a desk and for a phone, where only the newest months have room; empty without two points."""
    if sum(value.is_shown for value in values) < 2:
        return "", ""
    return _svg(values, unit, target, DESK, language), _svg(values[-PHONE_MONTHS:], unit, target, PHONE, language)


def spark(values: Sequence[Value]) -> str:
    """A line without axes; empty without two points."""
    width, height = SPARK
    numbers = [float(value.value) if value.is_shown and value.value is not None else None for value in values]
    known = [number for number in numbers if number is not None]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    room = (high - low) or 1.0
    points = [
        None if n is None else (2 + (width - 4) * i / (len(numbers) - 1), 3 + (height - 6) * (high - n) / room)
        for i, n in enumerate(numbers)
    ]
    last = next(point for point in reversed(points) if point)
    return (
        f'<svg class="spark" viewBox="0 0 {width} {height}" width="{width}" height="{height}" aria-hidden="true">'
        f'{_lines(points)}<circle class="now" cx="{_n(last[0])}" cy="{_n(last[1])}" r="2.2"/></svg>'
    )


def _svg(values: Sequence[Value], unit: str, target: Decimal | None, frame: Frame, language: Language) -> str:
    numbers = [float(value.value) if value.is_shown and value.value is not None else None for value in values]
    known = [number for number in numbers if number is not None] + ([float(target)] if target is not None else [])
    if len(known) < 2:
        return ""
    ticks = _ticks(min(known), max(known), is_rate=unit == "rate")
    low, high = ticks[0], ticks[-1]
    points = [
        None if number is None else (frame.x(place, len(values)), frame.y(number, low, high))
        for place, number in enumerate(numbers)
    ]
    parts = [
        *(_rule(frame, frame.y(tick, low, high), _tick(tick, ticks, unit)) for tick in ticks),
        *_months(values, frame),
        _target(frame, frame.y(float(target), low, high), language) if target is not None else "",
        _lines(points),
        *(_dot(point, value, unit) for point, value in zip(points, values, strict=True) if point),
    ]
    return f'<svg viewBox="0 0 {frame.width} {frame.height}" aria-hidden="true">{"".join(parts)}</svg>'


def _ticks(low: float, high: float, *, is_rate: bool) -> list[float]:
    """Three to six round values that hold all others; a rate has no axis beyond 0 and 100 %."""
    room = (high - low) or (0.1 if is_rate else abs(high) / 5) or 1.0
    rough = room / 3
    size = 10.0 ** floor(log10(rough))
    step = size * next(factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough * 0.999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    if first == last:
        first, last = first - 1, last + 1
    ticks = [round(step * place, 10) for place in range(first, last + 1)]
    return [tick for tick in ticks if 0 <= tick <= 1] if is_rate and low >= 0 and high <= 1 else ticks


def _tick(tick: float, ticks: list[float], unit: str) -> str:
    """No more decimals than the steps need."""
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
    if unit in ("rate", "share", "change"):
        places = max(0, -floor(log10(step * 100) + 1e-9))
        return f"{tick * 100:,.{places}f}%".replace("-", "\u2212")
    places = max(0, -floor(log10(step) + 1e-9))
    return f"{tick:,.{places}f}".replace("-", "\u2212")


def _rule(frame: Frame, y: float, text: str) -> str:
    return (
        f'<line class="rule" x1="{frame.left - 6}" x2="{frame.width - 2}" y1="{_n(y)}" y2="{_n(y)}"/>'
        f'<text class="tick" x="{frame.left - 10}" y="{_n(y + 4)}" text-anchor="end">{text}</text>'
    )


def _months(values: Sequence[Value], frame: Frame) -> list[str]:
    """The newest month is always written, and those before it as far as there is room."""
    room = (frame.width - frame.left - frame.right) / max(1, len(values) - 1)
    every = max(1, ceil(58 / room))
    last = len(values) - 1
    return [
        f'<text class="tick" x="{_n(frame.x(place, len(values)))}" y="{frame.height - 6}" '
        f'text-anchor="middle">{escape(value.label)}</text>'
        for place, value in enumerate(values)
        if (last - place) % every == 0
    ]


def _target(frame: Frame, y: float, language: Language) -> str:
    word = "目标" if language == "zh" else "target"
    return (
        f'<line class="goal" x1="{frame.left}" x2="{frame.width - 2}" y1="{_n(y)}" y2="{_n(y)}"/>'
        f'<text class="goalword" x="{frame.left + 2}" y="{_n(y - 5)}">{word}</text>'
    )


def _lines(points: Sequence[Point | None]) -> str:
    """A polyline for every stretch without a gap."""
    stretches: list[list[Point]] = [[]]
    for point in points:
        if point is None:
            stretches.append([])
        else:
            stretches[-1].append(point)
    return "".join(
        f'<polyline class="line" points="{" ".join(f"{_n(x)},{_n(y)}" for x, y in stretch)}"/>'
        for stretch in stretches
        if len(stretch) > 1
    )


def _dot(point: Point, value: Value, unit: str) -> str:
    """Hollow where the month is not whole or its cases are not all due: it will still move."""
    kind = "dot" if value.is_settled else "dot open"
    told = escape(f"{value.label}  {written(value.value, unit)}" if value.value is not None else value.label)
    return f'<circle class="{kind}" cx="{_n(point[0])}" cy="{_n(point[1])}" r="3"><title>{told}</title></circle>'


def _n(number: float) -> str:
    return f"{number:.1f}".rstrip("0").rstrip(".")
