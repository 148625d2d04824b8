"""What the rules of the sentences share: which rates may be told, which of them compared, and the words of a basis."""

from __future__ import annotations

from decimal import Decimal

from reporting.brief import Text
from reporting.figures import Figure, Figures, Kpi
from reporting.format import points_apart, quantity, rate
from reporting.noise import differs, may_be_compared
from reporting.words import OF, join, same

MOVED = Decimal("0.01")  # less than a percentage point is not worth a sentence
ROOMS = "heating.room_compliance_rate"
UP, DOWN = Text("上升", "up"), Text("下降", "down")
# Other readings of a rate that is told already.
VARIANTS = frozenset(
    {
        "hotline.first_pass_on_time_rate",
        "hotline.unextended_on_time_rate",
        "hotline.final_resolution_rate",
        "hotline.final_satisfaction_rate",
    }
)


def sound_rate(figures: Figures, code: str) -> Figure | None:
    """The area's rate of that code, if it may stand in a sentence."""
    kpi, now = figures.kpis.get(code), figures.at(code)
    return now if kpi is not None and now is not None and is_telling(kpi, now) else None


def is_telling(kpi: Kpi, figure: Figure) -> bool:
    """A rate with a base, of no small cell, no share of more than the whole, and not for the larger part immature."""
    is_share = kpi.unit == "rate" and 0 <= figure.numerator <= figure.denominator
    return is_share and figure.is_sound and figure.immature <= figure.counted


def rates(figures: Figures) -> list[tuple[Kpi, Figure]]:
    """The area's rates that may be told, in the order of the dictionary."""
    pairs = [(kpi, figures.at(kpi.code)) for kpi in figures.kpis.values() if kpi.code not in VARIANTS]
    return [(kpi, now) for kpi, now in pairs if now is not None and is_telling(kpi, now)]


def comparable(figures: Figures) -> list[tuple[Kpi, Figure, Figure]]:
    """Rates that moved by a point or more against the period compared with, beyond chance."""
    days, days_old = len(figures.period.days), span_before(figures)
    found = []
    for kpi, now in rates(figures):
        old = nearest(figures, kpi.code)
        if kpi.direction == "none" or old is None or not is_telling(kpi, old):
            continue
        if not figures.is_told(old.period_start):
            continue
        if not may_be_compared(kpi.code, now, old):
            continue
        if abs(better_by(kpi, old, now)) >= MOVED and differs(now, old, days, days_old):
            found.append((kpi, now, old))
    return found


def better_by(kpi: Kpi, reference: Figure, figure: Figure) -> Decimal:
    """How far a figure lies on the good side of another; negative on the wrong side."""
    assert figure.value is not None
    assert reference.value is not None
    return figure.value - reference.value if kpi.direction == "up" else reference.value - figure.value


def nearest(figures: Figures, code: str) -> Figure | None:
    """What the area's figure is compared with first: the period before, for a season the last one."""
    return (figures.at_before if figures.before else figures.at_year_ago)(code)


def span_before(figures: Figures) -> int:
    """The days of the period compared with first."""
    span = figures.before or figures.year_ago
    return len(span.days) if span else 0


def basis(figure: Figure) -> Text:
    return same(f"{quantity(figure.numerator)}/{quantity(figure.denominator)}")


def movement(figures: Figures, kpi: Kpi, now: Figure, old: Figure) -> Text:
    """The sentence of a rate that moved, whichever way is the good one."""
    assert now.value is not None
    assert old.value is not None
    return join(
        "{name}{than}{word}{size}（{old} → {new}，{basis}）。",
        "{name}: {word} {size} {than} ({old} → {new}, {basis}).",
        name=kpi.name,
        than=OF[figures.period.kind].than_before,
        word=UP if now.value > old.value else DOWN,
        size=points_apart(now.value - old.value),
        old=same(rate(old.value)),
        new=same(rate(now.value)),
        basis=basis(now),
    )
