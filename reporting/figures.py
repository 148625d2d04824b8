"""The figures behind a brief, as numbers: frozen, before any formatting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from reporting.brief import Text
from reporting.period import Period, month_end

CASES = "hotline.case_count"
RANKED = "hotline.on_time_rate"
SOUND = ("ok", "provisional")


@dataclass(frozen=True)
class Publication:
    """The release the figures were read from."""

    release_id: str
    data_as_of: datetime
    checks_passed: int
    checks_total: int
    is_synthetic: bool


@dataclass(frozen=True)
class Kpi:
    """One line of the KPI dictionary."""

    code: str
    kpi_id: str
    name: Text
    unit: str
    direction: str
    formula: Text
    owner: Text
    target: Decimal | None
    min_cell_show: int
    method_version: str
    min_base: int = 0
    min_cell_rank: int = 0


@dataclass(frozen=True)
class Figure:
    """One row of fct_kpi_value, or the sum of several: received = counted + excluded + immature."""

    kpi_code: str
    area_level: str
    area_code: str
    period_start: date
    numerator: Decimal
    denominator: Decimal
    value: Decimal | None
    received: int
    counted: int
    excluded: int
    immature: int
    excluded_by: str
    open_not_due: int
    status: str
    is_rankable: bool
    grade: str
    area_zh: str
    area_en: str

    @property
    def area(self) -> Text:
        return Text(self.area_zh, self.area_en)

    @property
    def is_sound(self) -> bool:
        """May stand in a sentence."""
        return self.value is not None and self.status in SOUND

    @property
    def is_settled(self) -> bool:
        """May be compared: with cases open and not yet due, a month looks worse than it will be."""
        return self.is_sound and self.open_not_due == 0


@dataclass(frozen=True)
class Figures:
    """All that a brief of one period needs; `values` is keyed by KPI, level, area and first day of a period.

    `before` and `year_ago` are what it is compared with, None where there is nothing of the kind; `apart` counts the
    KPIs that stand for whole months only, and so not in a brief of this kind.
    """

    publication: Publication
    city_code: str
    city: Text
    period: Period
    before: Period | None
    year_ago: Period | None
    kpis: dict[str, Kpi]
    values: dict[tuple[str, str, str, date], Figure]
    months: dict[date, Decimal]
    days: dict[date, Decimal]
    reasons: dict[str, Text]
    failed_checks: tuple[Text, ...]
    apart: int = 0

    def at(self, code: str) -> Figure | None:
        """The city's figure of a KPI in the period of the brief."""
        return self._city_in(self.period, code)

    def at_before(self, code: str) -> Figure | None:
        """The city's figure in the period before."""
        return self._city_in(self.before, code)

    def at_year_ago(self, code: str) -> Figure | None:
        """The city's figure in the period a year before."""
        return self._city_in(self.year_ago, code)

    def units(self, code: str) -> list[Figure]:
        """The figures of the administering units in the period of the brief."""
        wanted = (code, "region", self.period.start)
        return [f for f in self.values.values() if (f.kpi_code, f.area_level, f.period_start) == wanted]

    def earlier(self, figure: Figure) -> Figure | None:
        """The same figure in the nearest period it is compared with: the one before, for a season the last season."""
        span = self.before or self.year_ago
        key = (figure.kpi_code, figure.area_level, figure.area_code)
        return None if span is None else self.values.get((*key, span.start))

    def days_covered(self, period: Period) -> int:
        """Days of a period with hotline data; a city's hotline rings every day."""
        return sum(period.start <= day <= period.end for day in self.days)

    def is_whole(self, period: Period) -> bool:
        return self.days_covered(period) == len(period.days)

    def is_whole_month(self, month: date) -> bool:
        return self.is_whole(Period("monthly", f"{month:%Y-%m}", month, month_end(month)))

    def _city_in(self, span: Period | None, code: str) -> Figure | None:
        return None if span is None else self.values.get((code, "city", self.city_code, span.start))
