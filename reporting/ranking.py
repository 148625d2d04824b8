"""Which units are ranked by a KPI, and in which order; a cell too small to rank never is."""

from __future__ import annotations

from decimal import Decimal

from reporting.figures import RANKED, Figure, Figures
from reporting.noise import is_enough


def ranked(figures: Figures, code: str = RANKED) -> list[Figure]:
    """Units that may be ranked, best first; equal values in the order of their codes."""
    units = [unit for unit in figures.units(code) if _may_be_ranked(unit, figures)]
    sign = 1 if code in figures.kpis and figures.kpis[code].direction == "down" else -1
    return sorted(units, key=lambda unit: (sign * (unit.value or Decimal(0)), unit.area_code))


def unranked(figures: Figures, code: str = RANKED) -> list[Figure]:
    """The rest, in the order of their codes: a small cell has no place, not even the last one."""
    units = [unit for unit in figures.units(code) if not _may_be_ranked(unit, figures)]
    return sorted(units, key=lambda unit: unit.area_code)


def places(units: list[Figure]) -> list[int]:
    """1, 2, 2, 4: equal values share a place."""
    values = [unit.value for unit in units]
    return [values.index(value) + 1 for value in values]


def _may_be_ranked(unit: Figure, figures: Figures) -> bool:
    return unit.is_rankable and unit.value is not None and is_enough(unit, len(figures.period.days))
