"""The one door through which figures come onto the site: every KPI in one shape, whatever table it stands in.

What must not be printed is taken out here (`kpi_values`), so that no page, chart or search entry ever holds it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from reporting.brief import Text
from reporting.figures import HIDDEN, SOUND, Figure
from reporting.gather import parents_of, read_areas
from reporting.period import last_whole_day
from reporting.romanise import english
from reporting.suppress import MADE_OF, sensitive_kpis, suppress

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Level = Literal["city", "unit"]
Place = tuple[str, str, date, str]
NAMED = "LEFT JOIN marts.dim_area a USING (area_code)"
AREA = "area_code, coalesce(a.name_zh, area_code), a.name_en"
NOTHING = "NULL, NULL, NULL, NULL, '{}', 0"  # no waterfall, no cases open
SOURCES = {
    "fct_kpi_value": (
        f"SELECT kpi_code, {AREA}, '', strftime(period_start, '%Y-%m'), period_start, period_end, v.as_of, numerator, "
        "denominator, value, received_count, counted_count, excluded_count, immature_count, excluded_by_reason, "
        "open_not_due_count, status, is_rankable, quality_grade "
        f"FROM marts.fct_kpi_value v {NAMED} WHERE period_grain = 'month' AND area_level = ':level'"
    ),
    "fct_kpi_season": (
        f"SELECT kpi_code, {AREA}, series, span, span_start, NULL, v.as_of, "
        "CASE WHEN base_count > 0 THEN current_count - base_count END, nullif(base_count, 0), "
        f"value, {NOTHING}, status, is_rankable, '' "
        f"FROM marts.fct_kpi_season v {NAMED} WHERE method = 'raw' AND area_level = ':level'"
    ),
    "fct_kpi_peace_index": (
        f"SELECT kpi_code, {AREA}, '', strftime(month_start, '%Y-%m'), month_start, NULL, NULL, NULL, NULL, value, "
        # Never its incidents: they count sensitive classes with others, of which the rest is printed.
        f"{NOTHING}, status, value IS NOT NULL, '' FROM marts.fct_kpi_peace_index v {NAMED} WHERE area_level = ':level'"
    ),
    "fct_kpi_silent_cold": (
        "SELECT kpi_code, street_code, coalesce(a.name_zh, street_code), a.name_en, '', "
        "strftime(month_start, '%Y-%m'), month_start, NULL, NULL, complaint_count, expected_complaint_count, value, "
        f"{NOTHING}, status, rank_no IS NOT NULL, '' FROM marts.fct_kpi_silent_cold v "
        "LEFT JOIN marts.dim_area a ON a.area_code = v.street_code WHERE ':level' = 'region'"
    ),
    "fct_kpi_figure_reproduction": (
        "SELECT kpi_code, '', '', '', coalesce(figure_class, ''), strftime(as_of, '%Y-%m-%d'), as_of, NULL, NULL, "
        f"numerator, denominator, value, {NOTHING}, 'ok', FALSE, '' "
        "FROM marts.fct_kpi_figure_reproduction WHERE ':level' = 'city'"
    ),
    "fct_kpi_restatement": (
        "SELECT kpi_code, '', '', '', '', strftime(previous_as_of, '%Y-%m-%d'), previous_as_of::DATE, NULL, NULL, "
        f"numerator, denominator, value, {NOTHING}, 'ok', FALSE, '' "
        "FROM marts.fct_kpi_restatement WHERE ':level' = 'city' AND subject_kpi_code IS NULL"
    ),
}
WITH_AREAS = ("fct_kpi_value", "fct_kpi_season", "fct_kpi_peace_index")
LEVELS = ("city", "region", "street")
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'marts'"


@dataclass(frozen=True)
class Value:
    """One figure of a KPI. `label` is the month or span as it is written; `series` tells lines of one KPI apart.

    Counts are None where there is no waterfall, and where they must not be printed.
    """

    kpi_code: str
    area_code: str
    area: Text
    series: str
    label: str
    start: date
    end: date | None
    as_of: datetime | None
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    received: int | None
    counted: int | None
    excluded: int | None
    immature: int | None
    reasons: dict[str, int] = field(hash=False)
    open_not_due: int
    status: str
    is_rankable: bool
    grade: str

    @property
    def is_shown(self) -> bool:
        """Whether the figure itself is printed; otherwise its status is."""
        return self.value is not None and self.status in SOUND

    @property
    def is_whole(self) -> bool:
        """Whether the data reach to the end of the month: a part of one compares with nothing."""
        return self.end is None or self.as_of is None or last_whole_day(self.as_of) >= self.end

    @property
    def is_settled(self) -> bool:
        return self.is_shown and self.is_whole and not self.open_not_due


def kpi_values(con: DuckDBPyConnection, level: Level, told: dict[Place, Value]) -> dict[str, list[Value]]:
    """All figures of the city, or of the units that stand in its rankings, by KPI, oldest first.

    `told` replaces what is withheld: what a small count of a sensitive class would tell is gone, as from the briefs.
    """
    found: dict[str, list[Value]] = {}
    rows = _rows(con, "city" if level == "city" else "region")
    for value in sorted(rows, key=lambda v: (v.kpi_code, v.series, v.start, v.area_code)):
        found.setdefault(value.kpi_code, []).append(told.get(_place(value), value))
    return found


def withheld_values(con: DuckDBPyConnection) -> dict[Place, Value]:
    """The figures of sensitive KPIs that are withheld, or a part of them, as they may be printed.

    Decided as for the briefs: month by month from the city, its regions and their streets together, so that site and
    briefs never show different halves of one sum.
    """
    sensitive, parents = sensitive_kpis(con), parents_of(read_areas(con))
    only = ", ".join(f"'{code}'" for code in sorted({*sensitive, *MADE_OF}))
    rows = [v for level in LEVELS for v in _rows(con, level, f" AND kpi_code IN ({only})")] if sensitive else []
    figures = suppress([as_figure(value) for value in rows], parents, sensitive)
    pairs = zip(rows, figures, strict=True)
    return {_place(v): _told(v, f) for v, f in pairs if f.status == HIDDEN or f.hides_rest}


def _place(value: Value) -> Place:
    return value.kpi_code, value.series, value.start, value.area_code


def as_figure(value: Value) -> Figure:
    """The same as the briefs know it: its counts decide about withholding and about noise."""
    zero = Decimal(0)
    return Figure(
        kpi_code=value.kpi_code,
        area_level="",
        area_code=value.area_code,
        period_start=value.start,
        numerator=value.numerator or zero,
        denominator=value.denominator or zero,
        value=value.value,
        received=value.received or 0,
        counted=value.counted or 0,
        excluded=value.excluded or 0,
        immature=value.immature or 0,
        excluded_by=json.dumps(value.reasons),
        open_not_due=value.open_not_due,
        status=value.status,
        is_rankable=value.is_rankable,
        grade=value.grade,
        area_zh="",
        area_en="",
    )


def _told(value: Value, figure: Figure) -> Value:
    """A figure without what is withheld of it: all, or what was left out of it."""
    rest = replace(value, received=None, excluded=None, immature=None, reasons={}, open_not_due=0)
    if figure.status != HIDDEN:
        return rest
    return replace(rest, numerator=None, denominator=None, value=None, counted=None, status=HIDDEN, is_rankable=False)


def _rows(con: DuckDBPyConnection, level: str, only: str = "") -> Iterator[Value]:
    held = {row[0] for row in con.execute(TABLES).fetchall()}
    for table in SOURCES.keys() & held:
        if only and table not in WITH_AREAS:
            continue
        newest = "" if table != "fct_kpi_value" else _NEWEST_ONLY
        for row in con.execute(SOURCES[table].replace(":level", level) + only + newest).fetchall():
            yield _value(row)


# A month may stand in a release with several as-of times: the newest one counts.
_NEWEST_ONLY = " QUALIFY row_number() OVER (PARTITION BY kpi_code, area_code, period_start ORDER BY v.as_of DESC) = 1"


def _value(row: tuple[Any, ...]) -> Value:
    code, area_code, zh, en, series, label, start, end, as_of, numerator, denominator, value, *rest = row
    received, counted, excluded, immature, reasons, open_not_due, status, is_rankable, grade = rest
    return Value(
        kpi_code=code,
        area_code=area_code,
        area=Text(zh, english(zh, en)),
        series=series,
        label=label,
        start=start,
        end=end,
        as_of=as_of,
        numerator=_decimal(numerator),
        denominator=_decimal(denominator),
        value=_decimal(value),
        received=received,
        counted=counted,
        excluded=excluded,
        immature=immature,
        reasons=json.loads(reasons or "{}"),
        open_not_due=open_not_due,
        status=status,
        is_rankable=is_rankable,
        grade=grade,
    )


def _decimal(number: Any) -> Decimal | None:
    return None if number is None else Decimal(str(number))
