"""The sentences under 本月要点 and 需关注: written by fixed rules from the figures, never free text, never a cause."""

from __future__ import annotations

from decimal import Decimal

from reporting.brief import Text
from reporting.figures import CASES, RANKED, Figure, Figures, Kpi
from reporting.format import headline, period, points_apart, quantity, rate, relative
from reporting.ranking import ranked
from reporting.words import OF, join, same

MOVED = Decimal("0.01")  # a fall of one percentage point is worth a sentence
BEHIND = Decimal("0.05")  # a unit five points below the city is worth a sentence
UNITS_FOR_LAST = 3  # fewer ranked units have no meaningful last place
VALID_ENOUGH = Decimal("0.7")  # below this share of valid readings, room compliance is only an indication
AT_MOST = 2
UP, DOWN = Text("上升", "up"), Text("下降", "down")


def highlights(figures: Figures) -> tuple[Text, ...]:
    """The period in one or two sentences: how much came in, and how much was done in time."""
    sentences = [_volume(figures), _on_time(figures)]
    return tuple(sentence for sentence in sentences if sentence) or (OF[figures.period.kind].no_hotline,)


def concerns(figures: Figures) -> tuple[Text, ...]:
    """At most two sentences, the gravest rule first: target missed, weak data, a fall, a unit far behind."""
    found = [*_missed_targets(figures), *_weak_readings(figures), *_falls(figures), *_last_unit(figures)]
    return tuple(found[:AT_MOST])


def _volume(figures: Figures) -> Text | None:
    now, change = figures.at(CASES), figures.at("hotline.case_yoy")
    if now is None or not now.value:
        return None
    zh, en = "{span}市平台受理诉求{count}件", "The city platform received {count} requests {prep} {span}"
    prep = same("in" if figures.period.kind == "monthly" else "from")
    parts = {"span": period(figures.period), "count": headline(now.value), "prep": prep}
    if change is None or change.value is None or not change.is_sound:
        return join(f"{zh}。", f"{en}.", **parts)
    size = same(relative(abs(change.value)).removeprefix("+"))
    word = UP if change.value >= 0 else DOWN
    than = OF[figures.period.kind].than_year_ago
    zh, en = f"{zh}，{{than}}{{word}}{{size}}。", f"{en}, {{word}} {{size}} {{than}}."
    return join(zh, en, word=word, size=size, than=than, **parts)


def _on_time(figures: Figures) -> Text | None:
    now, (than, before) = figures.at(RANKED), _nearest(figures, RANKED)
    if now is None or now.value is None or not now.is_sound:
        return None
    zh, en = "{name}{value}（{basis}）", "{name}: {value} ({basis})"
    parts = {"name": figures.kpis[RANKED].name, "value": same(rate(now.value)), "basis": _basis(now)}
    if before is None or before.value is None or not before.is_sound:
        return join(f"{zh}。", f"{en}.", **parts)
    moved = now.value - before.value
    zh, en = f"{zh}，{{than}}{{word}}{{size}}。", f"{en}, {{word}} {{size}} {{than}}."
    return join(zh, en, word=UP if moved >= 0 else DOWN, size=points_apart(moved), than=than, **parts)


def _missed_targets(figures: Figures) -> list[Text]:
    zh, en = "{name}{value}（{basis}），未达到目标{target}。", "{name}: {value} ({basis}), target {target} missed."
    return [
        join(zh, en, name=kpi.name, value=same(rate(now.value)), basis=_basis(now), target=same(rate(kpi.target)))
        for kpi, now in _rates(figures)
        if kpi.target is not None and now.value is not None and _worse_by(kpi, kpi.target, now.value) > 0
    ]


def _weak_readings(figures: Figures) -> list[Text]:
    valid, rooms = figures.at("heating.valid_reading_rate"), figures.kpis.get("heating.room_compliance_rate")
    if valid is None or valid.value is None or valid.value >= VALID_ENOUGH or rooms is None:
        return []
    zh, en = "{name}{value}（{basis}），{rooms}仅供参考。", "{name}: {value} ({basis}); {rooms} is only an indication."
    name, value = figures.kpis[valid.kpi_code].name, same(rate(valid.value))
    return [join(zh, en, name=name, value=value, basis=_basis(valid), rooms=_inside(rooms.name))]


def _falls(figures: Figures) -> list[Text]:
    """Rates that moved the wrong way by a point or more against the period before, the largest first."""
    zh, en = "{name}{than}{word}{size}（{old} → {new}）。", "{name}: {word} {size} {than} ({old} → {new})."
    falls: list[tuple[Decimal, Text]] = []
    for kpi, now in _rates(figures):
        than, before = _nearest(figures, kpi.code)
        if before is None or before.value is None or now.value is None:
            continue
        if not (now.is_settled and before.is_settled):
            continue
        worse = _worse_by(kpi, before.value, now.value)
        if worse >= MOVED:
            word, old, new = DOWN if kpi.direction == "up" else UP, same(rate(before.value)), same(rate(now.value))
            parts = {"name": kpi.name, "word": word, "size": points_apart(worse), "old": old, "new": new, "than": than}
            falls.append((worse, join(zh, en, **parts)))
    return [text for _, text in sorted(falls, key=lambda fall: -fall[0])]


def _last_unit(figures: Figures) -> list[Text]:
    city, units = figures.at(RANKED), ranked(figures)
    if city is None or city.value is None or len(units) < UNITS_FOR_LAST:
        return []
    lowest = units[-1].value
    if lowest is None or city.value - lowest < BEHIND:
        return []
    zh, en = (
        "{area}{name}{value}（{basis}），低于全市{size}。",
        "{area}: {name} {value} ({basis}), {size} below the city.",
    )
    name, size = _inside(figures.kpis[RANKED].name), points_apart(city.value - lowest)
    parts = {"name": name, "value": same(rate(lowest)), "size": size}
    return [join(zh, en, area=unit.area, basis=_basis(unit), **parts) for unit in units if unit.value == lowest]


def _nearest(figures: Figures, code: str) -> tuple[Text, Figure | None]:
    """What the city's figure is compared with first, and how a sentence says so."""
    return OF[figures.period.kind].than_before, (figures.at_before if figures.before else figures.at_year_ago)(code)


def _rates(figures: Figures) -> list[tuple[Kpi, Figure]]:
    """The city's sound rates, in the order of the dictionary."""
    pairs = [(kpi, figures.at(kpi.code)) for kpi in figures.kpis.values() if kpi.unit == "rate"]
    return [(kpi, now) for kpi, now in pairs if now is not None and now.is_sound]


def _worse_by(kpi: Kpi, reference: Decimal, value: Decimal) -> Decimal:
    """How far a value lies on the wrong side of a reference."""
    return reference - value if kpi.direction == "up" else value - reference


def _basis(figure: Figure) -> Text:
    return same(f"{quantity(figure.numerator)}/{quantity(figure.denominator)}")


def _inside(name: Text) -> Text:
    """An English KPI name inside a sentence starts small."""
    return Text(name.zh, name.en[:1].lower() + name.en[1:])
