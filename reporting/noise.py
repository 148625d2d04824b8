"""Whether the difference of two rates is more than chance, and which rates may be compared over time at all."""

from __future__ import annotations

from decimal import Decimal

from reporting.figures import Figure

Z = Decimal("1.96")  # 95 %
ONE, TWO, FOUR = Decimal(1), Decimal(2), Decimal(4)
FEW = Decimal(3)  # none against three still is chance: −ln 0.05
# What is agreed, closed or verified by the as-of moment: a young month looks worse than it will be. Training starts
# anew each January, and livelihood items are a growing stock.
RIPENING = frozenset(
    {
        "hotline.closure_rate",
        "mediation.dispute_resolution_rate",
        "mediation.closure_rate",
        "safety.hazard_rectification_rate",
        "safety.major_hazard_rectification_rate",
        "capacity.training_coverage_rate",
        "capacity.livelihood_solved_rate",
    }
)
# Hours and days of one room point hang together: so many a day are one observation, as are the days of the period.
PER_DAY = {
    "heating.room_compliance_rate": 24,
    "heating.valid_reading_rate": 24,
    "heating.full_day_compliance_rate": 1,
}


LEAST_POINTS = 5  # fewer room points say nothing of an area


def is_enough(figure: Figure, days: int) -> bool:
    """Whether an area may be judged by a figure at all: hours of one room are many, and one room."""
    return figure.kpi_code not in PER_DAY or observations(figure, days) >= LEAST_POINTS


def counts_differ(count: Decimal, before: Decimal) -> bool:
    """Two Poisson counts at 95 %: the interval of their ratio, exp(ln r ± 1.96 √(1/a + 1/b)), does not hold one."""
    if min(count, before) <= 0:
        return max(count, before) > FEW
    return abs((count / before).ln()) > Z * (ONE / count + ONE / before).sqrt()


def may_be_compared(code: str, now: Figure, before: Figure) -> bool:
    """Two periods of one rate: both sound, none with cases open and not yet due, and of the same age by nature."""
    return code not in RIPENING and now.is_settled and before.is_settled


def differs(new: Figure, old: Figure, days: int, days_old: int) -> bool:
    """Two proportions at 95 %: the same rate in two periods of so many days."""
    return _are_apart(
        new.numerator, new.denominator, old.numerator, old.denominator, _size(new, days), _size(old, days_old)
    )


def differs_from_rest(part: Figure, whole: Figure, days: int) -> bool:
    """A part against what is left of its whole without it, for the part is in both."""
    rest, others = whole.denominator - part.denominator, whole.numerator - part.numerator
    if not 0 <= others <= rest:
        return False
    size = _size(part, days)
    return _are_apart(part.numerator, part.denominator, others, rest, size, size)


def _are_apart(
    hits: Decimal, base: Decimal, hits_old: Decimal, base_old: Decimal, size: Decimal, size_old: Decimal
) -> bool:
    """Newcombe's interval of the difference, made of both Wilson intervals, does not hold zero."""
    if base <= 0 or base_old <= 0:
        return False
    p, q = hits / base, hits_old / base_old
    if not (0 <= p <= 1 and 0 <= q <= 1):
        return False
    (p_low, p_high), (q_low, q_high) = wilson(p, base / size), wilson(q, base_old / size_old)
    if p > q:
        return p - q > ((p - p_low) ** 2 + (q_high - q) ** 2).sqrt()
    return q - p > ((p_high - p) ** 2 + (q - q_low) ** 2).sqrt()


def wilson(share: Decimal, n: Decimal) -> tuple[Decimal, Decimal]:
    """The 95 % interval of a share of n observations."""
    squared = Z * Z
    middle = share + squared / (TWO * n)
    reach = (squared * (share * (ONE - share) / n + squared / (FOUR * n * n))).sqrt()
    return (middle - reach) / (ONE + squared / n), (middle + reach) / (ONE + squared / n)


def observations(figure: Figure, days: int) -> Decimal:
    """How many independent ones the base of a rate holds: of rooms the points, not their hours."""
    return figure.denominator / _size(figure, days)


def _size(figure: Figure, days: int) -> Decimal:
    """How many units of the base make one observation."""
    return Decimal(PER_DAY[figure.kpi_code] * days) if figure.kpi_code in PER_DAY else ONE
