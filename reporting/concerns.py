"""What calls for attention, each rule by itself and the gravest first: targets, weak readings, falls, the last unit."""

from __future__ import annotations

from decimal import Decimal

from reporting.brief import Text
from reporting.contents import contents_of
from reporting.figures import VALID, VALID_ENOUGH, Figure, Figures, Kpi
from reporting.format import points_apart, quantity, rate
from reporting.noise import differs_from_rest
from reporting.ranking import ranked
from reporting.told import ROOMS, basis, better_by, comparable, is_telling, movement, rates
from reporting.words import inside, join, same

FAR = Decimal("0.05")  # a unit five points behind its area is worth a sentence
UNITS_FOR_LAST = 3  # fewer ranked units have no meaningful last place
DECEMBER = 12
# A target for the whole year says nothing in spring.
BY_YEAR_END = frozenset({"capacity.training_coverage_rate"})


def missed_targets(figures: Figures) -> list[Text]:
    """The worst relative miss first. What is not yet due may still meet its target and is not told."""
    misses: list[tuple[Decimal, Text]] = []
    for kpi, now in rates(figures):
        if kpi.target is None or now.value is None or not now.is_settled or _is_too_early(figures, kpi):
            continue
        miss = kpi.target - now.value if kpi.direction == "up" else now.value - kpi.target
        if miss > 0:
            zh = "{name}{value}（{basis}），未达到目标{target}。"
            en = "{name}: {value} ({basis}), target {target} missed."
            parts = {"value": same(rate(now.value)), "basis": basis(now), "target": same(rate(kpi.target))}
            misses.append((miss / (kpi.target or 1), join(zh, en, name=kpi.name, **parts)))
    misses += _counts_above_zero(figures)
    return [text for _, text in sorted(misses, key=lambda entry: -entry[0])]


def _counts_above_zero(figures: Figures) -> list[tuple[Decimal, Text]]:
    """Counts that should be none: whatever there is, is more than any rate can miss by, so these come first."""
    found = []
    for kpi in figures.kpis.values():
        now = figures.at(kpi.code)
        if kpi.unit != "count" or kpi.target != 0 or now is None or not now.is_sound or not now.value:
            continue
        if not 0 < now.numerator <= now.counted:
            continue
        parts = {"name": kpi.name, "value": same(quantity(now.numerator)), "counted": same(quantity(now.counted))}
        zh = "{name}{value}件（计入的{counted}件中），未达到目标0件。"
        en = "{name}: {value} (of {counted} counted), target 0 missed."
        found.append((now.numerator, join(zh, en, **parts)))
    return found


def _is_too_early(figures: Figures, kpi: Kpi) -> bool:
    return kpi.code in BY_YEAR_END and figures.period.end.month < DECEMBER


def weak_readings(figures: Figures) -> list[Text]:
    valid, kpi, rooms = figures.at(VALID), figures.kpis.get(VALID), figures.kpis.get(ROOMS)
    if kpi is None or rooms is None or valid is None or not is_telling(kpi, valid):
        return []
    if valid.value is None or valid.value >= VALID_ENOUGH:
        return []
    zh, en = "{name}{value}（{basis}），{rooms}仅供参考。", "{name}: {value} ({basis}); {rooms} is only an indication."
    parts = {"value": same(rate(valid.value)), "basis": basis(valid)}
    return [join(zh, en, name=kpi.name, rooms=inside(rooms.name), **parts)]


def falls(figures: Figures) -> list[Text]:
    """Rates that moved the wrong way by a point or more and beyond chance, the largest first."""
    moved = [(better_by(kpi, old, now), kpi, now, old) for kpi, now, old in comparable(figures)]
    moved.sort(key=lambda entry: entry[0])
    return [movement(figures, kpi, now, old) for size, kpi, now, old in moved if size < 0]


def last_unit(figures: Figures) -> list[Text]:
    """The ranked unit in the last place, named where it lies far behind its area and not by chance; ties together."""
    code = contents_of(figures.period.kind).ranked
    kpi, whole, units = figures.kpis.get(code), figures.at(code), ranked(figures, code)
    if kpi is None or whole is None or not is_telling(kpi, whole) or len(units) < UNITS_FOR_LAST:
        return []
    days = len(figures.period.days)
    return [
        _behind(figures, kpi, unit, whole)
        for unit in units
        if unit.value == units[-1].value
        and is_telling(kpi, unit)
        and better_by(kpi, whole, unit) <= -FAR
        and differs_from_rest(unit, whole, days)
    ]


def _behind(figures: Figures, kpi: Kpi, unit: Figure, whole: Figure) -> Text:
    assert unit.value is not None
    assert whole.value is not None
    side = Text("低于", "below") if kpi.direction == "up" else Text("高于", "above")
    return join(
        "{area}{name}{value}（{basis}），{side}{whole}{size}。",
        "{area}: {name} {value} ({basis}), {size} {side} {whole}.",
        area=unit.area,
        name=inside(kpi.name),
        value=same(rate(unit.value)),
        basis=basis(unit),
        side=side,
        whole=Text("全市" if figures.is_city else "本地区", "the city" if figures.is_city else "the district"),
        size=points_apart(unit.value - whole.value),
    )
