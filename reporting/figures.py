"""The figures behind a brief, as numbers: frozen, before any formatting."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from reporting.brief import Text

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


@dataclass(frozen=True)
class Figure:
    """One row of fct_kpi_value: received = counted + excluded + immature."""

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
    """All that a brief of one month needs; `values` is keyed by KPI, level, area and month."""

    publication: Publication
    city_code: str
    city: Text
    period: date
    kpis: dict[str, Kpi]
    values: dict[tuple[str, str, str, date], Figure]
    months: dict[date, Decimal]
    days: dict[date, Decimal]
    reasons: dict[str, Text]
    failed_checks: tuple[Text, ...]

    def at(self, code: str, month: date | None = None) -> Figure | None:
        """The city's figure of a KPI in a month, by default the month of the brief."""
        return self.values.get((code, "city", self.city_code, month or self.period))

    def units(self, code: str) -> list[Figure]:
        """The figures of the administering units in the month of the brief."""
        wanted = (code, "region", self.period)
        return [f for f in self.values.values() if (f.kpi_code, f.area_level, f.period_start) == wanted]

    def earlier(self, figure: Figure) -> Figure | None:
        """The same figure a month before."""
        key = (figure.kpi_code, figure.area_level, figure.area_code, month_before(figure.period_start))
        return self.values.get(key)

    def days_covered(self, month: date) -> int:
        """Days of a month with hotline data; a city's hotline rings every day."""
        return sum(day.replace(day=1) == month for day in self.days)

    def is_whole(self, month: date) -> bool:
        return self.days_covered(month) == month_end(month).day


def month_end(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])


def month_before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def year_before(month: date) -> date:
    return month.replace(year=month.year - 1)
