"""Read what a brief needs from one served release: SQL in, frozen figures out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ingestion.errors import NothingToDo
from reporting import period as periods
from reporting import words
from reporting.brief import Text
from reporting.contents import contents_of
from reporting.figures import Area, Figure, Figures, Kpi, Publication
from reporting.period import Kind, Period, Season
from reporting.romanise import english
from reporting.sums import summed
from reporting.suppress import sensitive_kpis, suppress, withheld_of
from reporting.withholding import Key

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PUBLISHED = "SELECT release_id, data_as_of, checks_passed, checks_total, is_synthetic FROM meta.publish_info"
CITY = "SELECT area_code, name_zh, coalesce(name_en, name_zh) FROM marts.dim_area WHERE level = 'city'"
REASONS = "SELECT reason_code, name_zh, name_en FROM marts.dim_exclusion_reason ORDER BY reason_code"
# One rule may fail for several feeds, and rules that flag input are many: the quality page names each.
FAILED = """
SELECT meaning_zh || if(n > 1, '（' || n || '处）', ''), meaning_en || if(n > 1, ' (' || n || ' times)', '') FROM (
    SELECT severity, min(check_id) AS check_id, meaning_zh, meaning_en, count(*) AS n FROM dq.check_result
    WHERE NOT success AND suite <> 'flag' GROUP BY severity, meaning_zh, meaning_en
    UNION ALL
    SELECT 'warning', 'zz', '没有被规则标记的数据（' || count(*) || '条规则各有标记）',
        'No input is flagged (rows of ' || count(*) || ' rules are)', 1
    FROM dq.check_result WHERE NOT success AND suite = 'flag' HAVING count(*) > 0
) ORDER BY severity, check_id"""
KPIS = """
SELECT kpi_code, kpi_id, name_zh, name_en, unit, direction, formula_zh, formula_en, owner_zh, owner_en, target,
       coalesce(min_cell_show, 0), method_version, coalesce(min_base, 0), coalesce(min_cell_rank, 0)
FROM meta.kpi_dictionary
WHERE table_name = 'fct_kpi_value'
ORDER BY coalesce(list_position(
    ['hotline', 'heating', 'grid', 'mediation', 'safety', 'property', 'capacity', 'quality'], family
), 9), kpi_id, kpi_code"""
AREAS = """
SELECT area_code, CASE level WHEN 'city' THEN 'city' WHEN 'street' THEN 'street' ELSE 'region' END,
       name_zh, name_en, CASE level WHEN 'street' THEN region_code ELSE coalesce(parent_code, '') END
FROM marts.dim_area
-- A statutory district that a functional zone administers is no region of its own.
WHERE level IN ('city', 'street') OR level IN ('district', 'zone') AND area_code = region_code ORDER BY area_code"""
# A period may stand in a release with several as-of times: the newest one counts.
VALUES = """
SELECT v.kpi_code, v.area_level, v.area_code, v.period_start, coalesce(v.numerator, 0), coalesce(v.denominator, 0),
       v.value, v.received_count, v.counted_count, v.excluded_count, v.immature_count, v.excluded_by_reason,
       v.open_not_due_count, v.status, v.is_rankable, v.quality_grade, '', '', v.as_of, v.ci_low, v.ci_high
FROM marts.fct_kpi_value v
WHERE v.period_grain = 'month' AND v.area_level IN ('city', 'region', 'street') AND v.period_start IN ({months}) {only}
QUALIFY row_number() OVER (PARTITION BY v.kpi_code, v.area_level, v.area_code, v.period_start ORDER BY v.as_of DESC) = 1
ORDER BY v.kpi_code, v.area_level, v.area_code, v.period_start"""
COUNTS = """
SELECT area_code, period_start, value FROM marts.fct_kpi_value
WHERE kpi_code = 'hotline.case_count' AND area_level IN ('city', 'region') AND period_grain = '{grain}'
  AND value IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY area_level, area_code, period_start ORDER BY as_of DESC) = 1
ORDER BY area_code, period_start"""
# What may be shown of a unit may be drawn: its cells too small for a rate are gaps.
TREND = """
SELECT v.area_code, v.period_start, v.value FROM marts.fct_kpi_value v
WHERE v.kpi_code = '{code}' AND v.period_grain = 'month' AND v.area_level IN ('city', 'region', 'street')
  AND v.status IN ('ok', 'provisional') AND v.value IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY v.area_level, v.area_code, v.period_start ORDER BY v.as_of DESC) = 1
ORDER BY v.area_code, v.period_start"""
MONTHS = """
SELECT period_start, sum(received_count) > 0 FROM marts.fct_kpi_value
WHERE period_grain = 'month' AND area_level = 'city' AND kpi_code IN ('hotline.case_count', 'hotline.direct_line_yoy')
GROUP BY period_start ORDER BY period_start"""
SEASONS = """
SELECT heating_season, min(date_day), max(date_day) FROM marts.dim_date
WHERE heating_season IS NOT NULL GROUP BY heating_season ORDER BY heating_season"""


def gather(con: DuckDBPyConnection, kind: Kind = "monthly", name: str | None = None) -> Figures:
    """The figures of the named period, by default the newest that the release can tell of.

    Raises NothingToDo when the release holds no hotline data or not that period, ContractError for a wrong name.
    """
    seasons = read_seasons(con)
    published, city = con.execute(PUBLISHED).fetchone(), con.execute(CITY).fetchone()
    months = _months(con)
    if published is None or city is None:
        raise NothingToDo("The served release names no city or no release.", next_step="run `citypulse run`.")
    publication = Publication(*published)
    last_day = periods.last_whole_day(publication.data_as_of)
    period = periods.named(kind, name, seasons) if name else _newest(kind, months, last_day, seasons)
    before, year_ago = periods.period_before(period), periods.year_before(period, seasons)
    last_told = min(last_day, periods.month_end(max(months)))
    if kind == "season" and period.start <= last_told < period.end:
        period, year_ago = periods.to_date(period, year_ago, last_told)
    _check_is_held(period, months, last_day)
    kpis = {row[0]: _kpi(row) for row in _rows(con, KPIS)}
    areas = read_areas(con)
    figures, told = _figures(con, kpis, areas, [span for span in (period, before, year_ago) if span])
    by_month, by_day = (_by_area(con, COUNTS.format(grain=grain)) for grain in ("month", "day"))
    return Figures(
        publication=publication,
        city_code=city[0],
        city=Text(city[1], city[2]),
        period=period,
        before=before,
        year_ago=year_ago,
        kpis={code: kpi for code, kpi in kpis.items() if code in told},
        values={(f.kpi_code, f.area_level, f.area_code, f.period_start): f for f in figures},
        months=by_month.get(city[0], {}),
        days=by_day.get(city[0], {}),
        reasons={code: Text(zh, en) for code, zh, en in _rows(con, REASONS)},
        failed_checks=tuple(Text(zh, en) for zh, en in _rows(con, FAILED)),
        apart=len(kpis) - len(told),
        season=periods.touched(period, seasons),
        areas=areas,
        trend=_by_area(con, TREND.format(code=contents_of(kind).ranked)),
        area_months=by_month,
        area_days=by_day,
    )


def _rows(con: DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return con.execute(sql).fetchall()


def _by_area(con: DuckDBPyConnection, sql: str) -> dict[str, dict[date, Decimal]]:
    """Values by area and first day."""
    found: dict[str, dict[date, Decimal]] = {}
    for area, start, value in _rows(con, sql):
        found.setdefault(area, {})[start] = value
    return found


def read_seasons(con: DuckDBPyConnection) -> list[Season]:
    """The heating seasons of the release's calendar."""
    return [Season(*row) for row in con.execute(SEASONS).fetchall()]


def read_areas(con: DuckDBPyConnection) -> dict[str, Area]:
    """The city, its regions and their streets, by code."""
    return {row[0]: Area(row[0], row[1], Text(row[2], english(*row[2:4])), row[4]) for row in _rows(con, AREAS)}


def parents_of(areas: dict[str, Area]) -> dict[str, str]:
    """The area above each: a street of a functional zone is one of the zone's."""
    return {area.code: area.parent for area in areas.values() if area.parent}


def _figures(
    con: DuckDBPyConnection, kpis: dict[str, Kpi], areas: dict[str, Area], spans: list[Period]
) -> tuple[list[Figure], set[str]]:
    """The figures of the spans for city, regions and streets, and the KPIs a brief of their kind tells of.

    What a small count of a sensitive class would tell is gone from them: nothing that is made of them can print it.
    """
    parents = parents_of(areas)
    sensitive = sensitive_kpis(con)
    if spans[0].kind == "monthly":
        found, told = _of_months(con, [span.start for span in spans]), set(kpis)
    else:
        found, told = summed(con, kpis, spans)
    also = _in_months(con, spans, parents, sensitive) if spans[0].kind == "quarterly" else frozenset()
    return [_named(figure, areas) for figure in suppress(found, parents, sensitive, also)], told


def _of_months(con: DuckDBPyConnection, months: Sequence[date], only: str = "") -> list[Figure]:
    # Dates are written into the SQL: the first bound parameter of a process would import pandas, which takes seconds.
    wanted = ", ".join(f"DATE '{month}'" for month in months)
    return [Figure(*row) for row in _rows(con, VALUES.format(months=wanted, only=only))]


def _in_months(
    con: DuckDBPyConnection, quarters: list[Period], parents: dict[str, str], sensitive: dict[str, str]
) -> frozenset[Key]:
    """What the briefs of the months withhold: a quarter that showed it would give it away as a difference."""
    also: set[Key] = set()
    codes = ", ".join(f"'{code}'" for code in sensitive)
    only = f"AND v.kpi_code IN ({codes})" if sensitive else "AND FALSE"
    for quarter in quarters:
        months = sorted({periods.month_start(day) for day in quarter.days})
        also |= withheld_of(suppress(_of_months(con, months, only), parents, sensitive), quarter.start)
    return frozenset(also)


def _named(figure: Figure, areas: dict[str, Area]) -> Figure:
    name = areas[figure.area_code].name if figure.area_code in areas else words.same(figure.area_code)
    return replace(figure, area_zh=name.zh, area_en=name.en)


def _months(con: DuckDBPyConnection) -> dict[date, bool]:
    """The months of the release, and which have hotline data."""
    months: dict[date, bool] = dict(con.execute(MONTHS).fetchall())
    if not any(months.values()):
        raise NothingToDo(
            "The served release holds no hotline data.", next_step="land hotline data, then `citypulse run`."
        )
    return months


def _newest(kind: Kind, months: dict[date, bool], last_day: date, seasons: list[Season]) -> Period:
    """The newest month with hotline data, even if it runs; of any other kind the last that is over."""
    if kind == "monthly":
        newest = periods.holding(kind, max(start for start, has_data in months.items() if has_data))
    else:
        newest = periods.last_before(kind, last_day + periods.DAY, seasons)
    if newest is None:
        raise NothingToDo("No heating season is over yet.", next_step="see season_calendar.csv.")
    return newest


def _check_is_held(period: Period, months: dict[date, bool], last_day: date) -> None:
    """A period must lie in the release, or its sums would be those of a part; only a month may still run."""
    if period.kind != "monthly" and period.end > last_day:
        raise NothingToDo(
            f"The served release tells up to {last_day}, and {period.name} ends on {period.end}.",
            next_step="choose an earlier period, or land newer data, then `citypulse run`.",
        )
    month = periods.month_start(period.start)
    while month <= period.end:
        if month not in months:
            raise NothingToDo(
                f"The served release has no {periods.WORDS[period.kind].partition(' ')[2]} {period.name}.",
                next_step=f"choose one from {min(months):%Y-%m} to {max(months):%Y-%m}.",
            )
        month = periods.month_end(month) + periods.DAY


def _kpi(row: tuple[Any, ...]) -> Kpi:
    code, kpi_id, name_zh, name_en, unit, direction, *rest = row
    formula_zh, formula_en, owner_zh, owner_en, target, min_cell_show, method_version, *limits = rest
    name, formula, owner = Text(name_zh, name_en), Text(formula_zh, formula_en), Text(owner_zh, owner_en)
    return Kpi(code, kpi_id, name, unit, direction, formula, owner, target, min_cell_show, method_version, *limits)
