"""The sentences under 要点 and 需关注: written by fixed rules from the figures, never free text, never a cause.

No sentence stands without its number and what that number is of; none speaks of a small cell; a change of a rate is
told as one only where it is more than chance (reporting/noise.py).
"""

from __future__ import annotations

from itertools import chain, zip_longest

from reporting.brief import Text
from reporting.changes import WEEK
from reporting.concerns import falls, last_unit, missed_targets, weak_readings
from reporting.figures import CASES, RANKED, VALID, Figures
from reporting.format import half_up, headline, period, points_apart, rate, relative
from reporting.noise import counts_differ, differs, is_enough, may_be_compared
from reporting.standing import AHEAD, BEHIND, beside_city
from reporting.told import DOWN, ROOMS, UP, basis, better_by, comparable, movement, nearest, sound_rate, span_before
from reporting.words import OF, inside, join, same

AT_MOST = 4
NOISE = Text("，在波动之内", ", within noise")
SMALL = 30  # a change of fewer requests is told in counts alone


def highlights(figures: Figures) -> tuple[Text, ...]:
    """What came in, what was done in time, how the rooms were, what improved most, where a district leads."""
    told = [_volume(figures), _on_time(figures), _rooms(figures), _improvement(figures), beside_city(figures, AHEAD)]
    now = figures.at(CASES)
    if now is None or not now.received:
        told.insert(0, OF[figures.period.kind].no_hotline)
    return tuple(sentence for sentence in told if sentence)[:AT_MOST]


def concerns(figures: Figures) -> tuple[Text, ...]:
    """At most four, in the order of the rules: the gravest of each rule first, then what else each has found."""
    behind = beside_city(figures, BEHIND)
    rules = [
        missed_targets(figures),
        weak_readings(figures),
        falls(figures),
        [behind] if behind else [],
        last_unit(figures),
    ]
    found = chain.from_iterable(zip_longest(*rules))
    return tuple(sentence for sentence in found if sentence)[:AT_MOST]


def _volume(figures: Figures) -> Text | None:
    """How much came in, against the year before; where that cannot be said, by day against the period before."""
    now, change = figures.at(CASES), figures.at("hotline.case_yoy")
    if now is None or not now.is_sound or not now.value:
        return None
    of = same("") if figures.is_city else Text(figures.area.zh, f" from {figures.area.en}")
    parts = {"of": of, "span": period(figures.period), "count": headline(now.value)}
    parts["prep"] = same("in" if figures.period.kind == "monthly" else "from")
    zh, en = "{span}市平台受理{of}诉求{count}件", "The city platform received {count} requests{of} {prep} {span}"
    if change is None or change.value is None or not change.is_sound:
        return _by_day(figures, zh, en, parts)
    parts |= {"word": UP if change.value >= 0 else DOWN, "than": OF[figures.period.kind].than_year_ago}
    parts |= {"size": same(relative(abs(change.value)).removeprefix("+")), "base": headline(change.denominator)}
    is_real = counts_differ(change.numerator + change.denominator, change.denominator)
    parts["noise"] = same("") if is_real else NOISE
    zh = f"{zh}，{{than}}{{word}}{{size}}（基期{{base}}件）{{noise}}。"
    en = f"{en}, {{word}} {{size}} {{than}} (then {{base}}){{noise}}."
    return join(zh, en, **parts)


def _by_day(figures: Figures, zh: str, en: str, parts: dict[str, Text]) -> Text:
    now, old = figures.at(CASES), figures.at_before(CASES)
    days = figures.days_covered(figures.period)
    days_old = figures.days_covered(figures.before) if figures.before else 0
    if now is None or now.value is None or old is None or (old.value or 0) < SMALL or min(days, days_old) < WEEK:
        return join(f"{zh}。", f"{en}.", **parts)
    assert old.value is not None
    moved = (now.value / days) / (old.value / days_old) - 1
    parts |= {"word": UP if moved >= 0 else DOWN, "size": same(relative(abs(moved)).removeprefix("+"))}
    parts |= {"base": headline(old.value), "days": same(str(days)), "days_old": same(str(days_old))}
    parts["than"] = OF[figures.period.kind].than_before
    return join(
        f"{zh}，日均{{than}}{{word}}{{size}}（{{days}}天有数据；基期{{base}}件，{{days_old}}天）。",
        f"{en}, by day {{word}} {{size}} {{than}} ({{days}} days with data; then {{base}} on {{days_old}} days).",
        **parts,
    )


def _on_time(figures: Figures) -> Text | None:
    """The rate the city ranks by, with its change and whether that is more than chance."""
    now, before = sound_rate(figures, RANKED), nearest(figures, RANKED)
    if now is None or now.value is None:
        return None
    zh, en = "{name}{value}（{basis}）", "{name}: {value} ({basis})"
    parts = {"name": figures.kpis[RANKED].name, "value": same(rate(now.value)), "basis": basis(now)}
    if (
        before is None
        or before.value is None
        or not may_be_compared(RANKED, now, before)
        or not figures.is_told(before.period_start)
    ):
        return join(f"{zh}。", f"{en}.", **parts)
    moved = now.value - before.value
    if half_up(moved * 100, 1) == 0:
        parts["than"] = OF[figures.period.kind].than_before
        return join(f"{zh}，{{than}}持平。", f"{en}, unchanged {{than}}.", **parts)
    is_real = differs(now, before, len(figures.period.days), span_before(figures))
    parts["noise"] = same("") if is_real else NOISE
    parts |= {"word": UP if moved >= 0 else DOWN, "size": points_apart(moved)}
    parts["than"] = OF[figures.period.kind].than_before
    return join(f"{zh}，{{than}}{{word}}{{size}}{{noise}}。", f"{en}, {{word}} {{size}} {{than}}{{noise}}.", **parts)


def _rooms(figures: Figures) -> Text | None:
    """Room compliance never stands without the share of readings it rests on, nor on a handful of points."""
    rooms, valid = sound_rate(figures, ROOMS), sound_rate(figures, VALID)
    if rooms is None or valid is None or rooms.value is None or valid.value is None:
        return None
    if not is_enough(valid, len(figures.period.days)):
        return None
    return join(
        "{name}{value}（{basis}测点小时），{also}{share}（{valid}）。",
        "{name}: {value} ({basis} point-hours), {also} {share} ({valid}).",
        name=figures.kpis[ROOMS].name,
        value=same(rate(rooms.value)),
        basis=basis(rooms),
        also=inside(figures.kpis[VALID].name),
        share=same(rate(valid.value)),
        valid=basis(valid),
    )


def _improvement(figures: Figures) -> Text | None:
    """The rate that got better by most, where that is a point or more and beyond chance; on time is told before."""
    moved = [(better_by(kpi, old, now), kpi, now, old) for kpi, now, old in comparable(figures) if kpi.code != RANKED]
    gained = [entry for entry in moved if entry[0] > 0]
    if not gained:
        return None
    _, kpi, now, old = max(gained, key=lambda entry: entry[0])
    return movement(figures, kpi, now, old)
