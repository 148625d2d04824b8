"""The figures behind a brief, as numbers: frozen, before any formatting."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from reporting.brief import Text
from reporting.period import Period, Season, month_before, month_end, month_start

CASES = "hotline.case_count"
RANKED = "hotline.on_time_rate"
VALID = "heating.valid_reading_rate"
VALID_ENOUGH = Decimal("0.7")  # below this share of valid readings, room compliance is only an indication
NEARLY_ALL = 0.9
FEWEST = 6  # months: of fewer no line tells anything
SOUND = ("ok", "provisional")
HIDDEN = "hidden"  # a count of one to four of a sensitive class, or one that would give it away


@dataclass(frozen=True)
class Publication:
    """The release the figures were read from."""

    release_id: str
    data_as_of: datetime
    checks_passed: int
    checks_total: int
    is_synthetic: bool


@dataclass(frozen=True)
class Area:
    """A place that figures stand for: the city, an administering unit (`region`) or a street of one."""

    code: str
    level: str
    name: Text
    parent: str


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
    as_of: datetime | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    hides_rest: bool = False  # received, excluded, immature and open are withheld (reporting/suppress.py)

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
    """All that the briefs of one period need; `values` is keyed by KPI, level, area and first day of a period.

    It speaks for one area, the city unless `area_code` names a region; `for_area` gives the same for another.
    `before` and `year_ago` are what it is compared with, None where there is nothing of the kind; `season` is the
    heating season the period touches. `apart` counts the KPIs that stand for whole months only, and so not in this
    kind. `months` and `days` are requests of the city, `area_months` and `area_days` those of its regions; `trend`
    holds the monthly values of the KPI by which units are ranked, by area.
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
    season: Season | None = None
    area_code: str = ""
    areas: dict[str, Area] = field(default_factory=dict)
    trend: dict[str, dict[date, Decimal]] = field(default_factory=dict)
    area_months: dict[str, dict[date, Decimal]] = field(default_factory=dict)
    area_days: dict[str, dict[date, Decimal]] = field(default_factory=dict)

    def for_area(self, code: str) -> Figures:
        """The same figures, told of one region."""
        return replace(self, area_code=code)

    @property
    def is_city(self) -> bool:
        return self.area_code in ("", self.city_code)

    @property
    def code(self) -> str:
        return self.area_code or self.city_code

    @property
    def area(self) -> Text:
        return self.city if self.is_city else self.areas[self.area_code].name

    @property
    def level(self) -> str:
        return "city" if self.is_city else "region"

    @property
    def unit_level(self) -> str:
        """The level below: a city has regions, a region has streets."""
        return "region" if self.is_city else "street"

    @property
    def regions(self) -> list[Area]:
        """The administering units of the city, in the order of their codes."""
        return sorted((area for area in self.areas.values() if area.level == "region"), key=lambda area: area.code)

    @property
    def unit_areas(self) -> list[Area]:
        """The units of the area, with figures or without, in the order of their codes."""
        if self.is_city:
            return self.regions
        return sorted((a for a in self.areas.values() if a.parent == self.area_code), key=lambda area: area.code)

    def at(self, code: str) -> Figure | None:
        """The area's figure of a KPI in the period of the brief."""
        return self._in(self.period, code)

    def at_before(self, code: str) -> Figure | None:
        """The area's figure in the period before."""
        return self._in(self.before, code)

    def at_year_ago(self, code: str) -> Figure | None:
        """The area's figure in the period a year before."""
        return self._in(self.year_ago, code)

    def city_at(self, code: str) -> Figure | None:
        """The whole city's figure in the period of the brief."""
        return self.values.get((code, "city", self.city_code, self.period.start))

    def units(self, code: str) -> list[Figure]:
        """The figures of the units of the area (regions of the city, streets of a region) in the period."""
        return self._units.get(code, [])

    def earlier(self, figure: Figure) -> Figure | None:
        """The same figure in the nearest period it is compared with: the one before, for a season the last season."""
        span = self.before or self.year_ago
        key = (figure.kpi_code, figure.area_level, figure.area_code)
        return None if span is None else self.values.get((*key, span.start))

    @property
    def year_of_months(self) -> list[date]:
        """The first days of the twelve months that end with the period."""
        months = [month_start(self.period.end)]
        while len(months) < 12:
            months.insert(0, month_before(months[0]))
        return months

    def trend_of(self, area_code: str) -> list[Decimal | None]:
        """The ranked KPI of an area in these months, None where there is nothing that may be drawn."""
        known = self.trend.get(area_code, {})
        return [known.get(month) for month in self.year_of_months]

    @property
    def has_trend(self) -> bool:
        """Whether enough months are known for a line to tell anything."""
        return sum(value is not None for value in self.trend_of(self.code)) >= FEWEST

    @property
    def days_then(self) -> dict[date, int]:
        """How many days the periods have, by their first day."""
        return {span.start: len(span.days) for span in (self.period, self.before, self.year_ago) if span}

    def is_told(self, start: date) -> bool:
        """Whether a period has data of nearly all its days: with a part of it nothing compares."""
        span = next((s for s in (self.period, self.before, self.year_ago) if s and s.start == start), None)
        return span is None or self.days_covered(span) >= NEARLY_ALL * len(span.days)

    @property
    def requests_by_month(self) -> dict[date, Decimal]:
        return self.months if self.is_city else self.area_months.get(self.area_code, {})

    @property
    def requests_by_day(self) -> dict[date, Decimal]:
        return self.days if self.is_city else self.area_days.get(self.area_code, {})

    def days_covered(self, period: Period) -> int:
        """Days of a period with hotline data; a city's hotline rings every day, that of a small region may not."""
        return sum(period.start <= day <= period.end for day in self.days)

    def is_whole(self, period: Period) -> bool:
        return self.days_covered(period) == len(period.days)

    def is_whole_month(self, month: date) -> bool:
        return self.is_whole(Period("monthly", f"{month:%Y-%m}", month, month_end(month)))

    def _in(self, span: Period | None, code: str) -> Figure | None:
        return None if span is None else self.values.get((code, self.level, self.code, span.start))

    @cached_property
    def _units(self) -> dict[str, list[Figure]]:
        found: dict[str, list[Figure]] = {}
        for figure in self.values.values():
            is_below = figure.area_level == self.unit_level and figure.period_start == self.period.start
            if is_below and (self.is_city or self.areas[figure.area_code].parent == self.area_code):
                found.setdefault(figure.kpi_code, []).append(figure)
        return found
