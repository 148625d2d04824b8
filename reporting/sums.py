"""Figures of a span that has no row of its own: numerators and denominators summed, then judged by the same rules.

Rates are never averaged. Which KPIs may be summed stands in the KPI dictionary (`over_time`): `sum` for what adds up,
`last` for a state at the end of the month, `own` for what a month has by itself. What a summed figure may say follows
dbt_project/models/kpi/fct_kpi_value.sql.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from ingestion.errors import NothingToDo
from reporting.figures import VALID, VALID_ENOUGH, Figure, Kpi
from reporting.period import Period, month_start

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

VALID_SHARE = {"heating.room_compliance_rate", "heating.full_day_compliance_rate", "heating.shortfall_degree_hours"}
PER_BASE = ("change", "per_thousand", "per_ten_thousand")  # their cell is their base, not what was counted
KNOWS_TIME = """
SELECT count(*) FROM duckdb_columns()
WHERE schema_name = 'meta' AND table_name = 'kpi_dictionary' AND column_name = 'over_time'"""
# What adds up over months, which of these have no figures by day, and the first of theirs that is no void.
OVER_TIME = """
SELECT entry.kpi_code, entry.over_time,
       bool_or(v.period_grain = 'month') AND NOT bool_or(v.period_grain = 'day'),
       min(v.period_start) FILTER (WHERE v.period_grain = 'day'),
       min(v.period_start) FILTER (WHERE v.period_grain = 'month' AND v.status <> 'not_comparable')
FROM meta.kpi_dictionary entry LEFT JOIN marts.fct_kpi_value v ON v.kpi_code = entry.kpi_code AND v.area_level = 'city'
WHERE entry.table_name = 'fct_kpi_value' GROUP BY ALL"""
PARTS = """
WITH part AS (
    SELECT span.span_start, span.is_base, v.* FROM marts.fct_kpi_value v
    INNER JOIN (VALUES {spans}) AS span (span_start, span_end, last_start, is_base)
        ON v.period_start BETWEEN span.span_start AND span.span_end
    INNER JOIN meta.kpi_dictionary entry
        ON entry.kpi_code = v.kpi_code
        AND (entry.over_time = 'sum' OR entry.over_time = 'last' AND v.period_start = span.last_start)
    WHERE v.period_grain = '{grain}' AND v.area_level IN ('city', 'region', 'street')
        -- 29 February is no anniversary of any day.
        AND NOT (entry.unit = 'change' AND span.is_base AND strftime(v.period_start, '%m-%d') = '02-29')
    QUALIFY row_number() OVER (
        PARTITION BY span.span_start, v.kpi_code, v.area_level, v.area_code, v.period_start ORDER BY v.as_of DESC
    ) = 1
)
SELECT p.kpi_code, p.area_level, p.area_code, p.span_start, sum(p.numerator), sum(p.denominator),
       sum(p.received_count)::BIGINT, sum(p.counted_count)::BIGINT, sum(p.excluded_count)::BIGINT,
       sum(p.immature_count)::BIGINT, list(p.excluded_by_reason) FILTER (WHERE p.excluded_count > 0),
       sum(p.open_not_due_count)::BIGINT, bool_or(p.status = 'provisional'), max(p.quality_grade),
       bool_or(p.is_base), max(p.as_of)
FROM part p
GROUP BY p.kpi_code, p.area_level, p.area_code, p.span_start
ORDER BY p.kpi_code, p.area_level, p.area_code, p.span_start"""


@dataclass(frozen=True)
class Parts:
    """The sums of one KPI, area and span."""

    kpi_code: str
    area_level: str
    area_code: str
    start: date
    numerator: Decimal
    denominator: Decimal
    received: int
    counted: int
    excluded: int
    immature: int
    reasons: list[str] | None
    open_not_due: int
    is_provisional: bool
    grade: str
    is_base: bool = False
    as_of: datetime | None = None


@dataclass(frozen=True)
class Time:
    """How a KPI lies in time: the first day it has, and the first month that has a year before."""

    first_day: date | None
    comparable_from: date | None


def summed(con: DuckDBPyConnection, kpis: dict[str, Kpi], spans: list[Period]) -> tuple[list[Figure], set[str]]:
    """The figures of spans of one kind, the period itself first, and the codes of the KPIs that have any there.

    A quarter is summed from months, all else from days. Raises NothingToDo for a release whose dictionary does not
    know what adds up.
    """
    if con.execute(KNOWS_TIME).fetchone() == (0,):
        raise NothingToDo("The served release does not say which figures add up.", next_step="run `citypulse run`.")
    period, year_ago = spans[0], spans[-1] if len(spans) > 1 else None
    grain = "month" if period.kind == "quarterly" else "day"
    times: dict[str, Time] = {}
    for code, over_time, has_no_days, first_day, comparable_from in con.execute(OVER_TIME).fetchall():
        if over_time in ("sum", "last") if grain == "month" else over_time == "sum" and not has_no_days:
            times[code] = Time(first_day, comparable_from)
    # Dates are written into the SQL: the first bound parameter of a process would import pandas, which takes seconds.
    rows = ", ".join(
        f"(DATE '{span.start}', DATE '{span.end}', DATE '{month_start(span.end)}', {span == year_ago})"
        for span in spans
    )
    found = [Parts(*row) for row in con.execute(PARTS.format(spans=rows, grain=grain)).fetchall() if row[0] in times]
    valid = {(p.area_code, p.start): ratio(p.numerator, p.denominator) for p in found if p.kpi_code == VALID}
    figures = []
    if grain == "day":
        changes = [parts for parts in found if kpis[parts.kpi_code].unit == "change"]
        found = [parts for parts in found if kpis[parts.kpi_code].unit != "change"]
        figures = changes_by_day(kpis, changes, period, times)
    for parts in found:
        first = times[parts.kpi_code].comparable_from
        is_comparable = first is not None and parts.start >= first
        share = valid.get((parts.area_code, parts.start))
        figures.append(judged(kpis[parts.kpi_code], parts, valid=share, is_comparable=is_comparable))
    return figures, set(times)


def changes_by_day(kpis: dict[str, Kpi], found: list[Parts], period: Period, times: dict[str, Time]) -> list[Figure]:
    """Year-on-year changes over the days of the period.

    A day on which nothing came has no row, and with it the base of that day would be lost; so both years are counted
    anew, for numerator and denominator of a day together are what came on it.
    """
    now = {(p.kpi_code, p.area_level, p.area_code): p for p in found if p.start == period.start}
    base = {(p.kpi_code, p.area_level, p.area_code): p for p in found if p.start < period.start and p.is_base}
    figures = []
    for key, parts in now.items():
        first_day = times[parts.kpi_code].first_day
        old = base.get(key)
        came, came_before = parts.numerator + parts.denominator, old.numerator + old.denominator if old else Decimal(0)
        city = next((p for (code, level, _), p in base.items() if (code, level) == (parts.kpi_code, "city")), None)
        is_comparable = first_day is not None and city is not None and first_day <= city.start
        change = replace(parts, numerator=came - came_before, denominator=came_before)
        figures.append(judged(kpis[parts.kpi_code], change, is_comparable=is_comparable))
    return figures


def judged(kpi: Kpi, parts: Parts, *, valid: Decimal | None = None, is_comparable: bool = True) -> Figure:
    """What the sums say, and whether it may be shown and ranked.

    `valid` is the share of valid readings of the area, `is_comparable` whether the year before has data throughout.
    """
    is_count = kpi.unit == "count"
    denominator = Decimal(min(parts.counted, 1)) if is_count else parts.denominator
    value = ratio(parts.numerator, denominator)
    status = _status(kpi, parts, denominator, valid, is_comparable)
    return Figure(
        kpi_code=parts.kpi_code,
        area_level=parts.area_level,
        area_code=parts.area_code,
        period_start=parts.start,
        numerator=parts.numerator,
        denominator=denominator,
        value=None if status in ("not_comparable", "small_base") else value,
        received=parts.received,
        counted=parts.counted,
        excluded=parts.excluded,
        immature=parts.immature,
        excluded_by=_reasons(parts.reasons),
        open_not_due=parts.open_not_due,
        status=status,
        is_rankable=status == "ok" and denominator >= kpi.min_cell_rank,
        grade=parts.grade,
        area_zh="",
        area_en="",
        as_of=parts.as_of,
    )


def _status(kpi: Kpi, parts: Parts, denominator: Decimal, valid: Decimal | None, is_comparable: bool) -> str:
    if kpi.unit == "change" and not is_comparable:
        return "not_comparable"
    if denominator == 0:
        return "no_base"
    if denominator < kpi.min_base:
        return "small_base"
    if kpi.code in VALID_SHARE and (valid or Decimal(0)) < VALID_ENOUGH:
        return "insufficient"
    if (denominator if kpi.unit in PER_BASE else parts.counted) < kpi.min_cell_show:
        return "small_cell"
    return "provisional" if parts.is_provisional else "ok"


def ratio(numerator: Decimal, denominator: Decimal) -> Decimal | None:
    """As the macro safe_ratio: eight decimals, half up, none without a base."""
    if denominator == 0:
        return None
    return (numerator / denominator).quantize(Decimal("0.00000001"), ROUND_HALF_UP)


def _reasons(written: list[str] | None) -> str:
    """Counts by reason, of all parts together."""
    total: Counter[str] = Counter()
    for text in written or []:
        found: dict[str, Any] = json.loads(text)
        total.update(found)
    return json.dumps(dict(sorted(total.items())), separators=(",", ":"))
