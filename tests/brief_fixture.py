"""A small invented release for the tests of the brief: made by SQL, no pipeline needed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from ingestion.settings import Settings
from warehouse.engine import connect

AS_OF = datetime(2026, 2, 5, 6, 30)
PERIOD, BEFORE, YEAR_AGO, LAST_DAY = date(2026, 1, 1), date(2025, 12, 1), date(2025, 1, 1), date(2026, 1, 31)

REGIONS = {
    "210202": ("中山区", "Zhongshan District"), "210203": ("西岗区", "Xigang District"),
    "210204": ("沙河口区", "Shahekou District"), "210211": ("甘井子区", "Ganjingzi District"),
    "210212": ("旅顺口区", "Lüshunkou District"), "210214": ("普兰店区", "Pulandian District"),
    "210224": ("长海县", "Changhai County"), "210281": ("瓦房店市", "Wafangdian City"),
    "210283": ("庄河市", "Zhuanghe City"), "2102Z1": ("高新区", "High-tech Zone"),
    "2102Z2": ("金普新区", "Jinpu New Area"), "2102Z3": ("长兴岛经济区", "Changxing Island Economic Zone"),
}  # fmt: skip

STREETS = {"210202001": "青泥洼桥街道", "210202002": "桂林街道", "210202003": "葵英街道", "210202004": "海军广场街道"}

# code, id, zh, en, unit, direction, formula zh, formula en, owner zh, owner en, target
KPIS = [
    ("hotline.on_time_rate", "H04", "按时办结率", "On-time rate", "rate", "up",
     "在期限内办结的工单 ÷ 本期到期的工单", "orders finished by their deadline ÷ orders due in the period",
     "市12345热线中心", "12345 hotline centre", Decimal("0.95")),
    ("hotline.closure_rate", "H05", "办结率", "Closure rate", "rate", "up",
     "截至统计时已办结 ÷ 本期受理", "finished by the as-of time ÷ received in the period",
     "市12345热线中心", "12345 hotline centre", None),
    ("hotline.resolution_rate", "H06", "解决率", "Resolution rate", "rate", "up",
     "回访答复已解决 ÷ 有答复的回访", "callbacks that said solved ÷ answered callbacks",
     "市12345热线中心", "12345 hotline centre", None),
    ("hotline.satisfaction_rate", "H07", "满意率", "Satisfaction", "rate", "up",
     "各评价等级权重之和 ÷ 有评价的回访（首次评价）", "sum of grade weights ÷ graded callbacks (first grade)",
     "市12345热线中心", "12345 hotline centre", None),
    ("hotline.case_count", "H00", "诉求量", "Requests", "count", "none",
     "本期受理的工单数", "orders received in the period", "市12345热线中心", "12345 hotline centre", None),
    ("hotline.case_yoy", "H14", "诉求量同比", "Requests, year on year", "change", "down",
     "（本期 − 上年同期）÷ 上年同期", "(this period − a year before) ÷ a year before",
     "市12345热线中心", "12345 hotline centre", None),
    ("hotline.direct_line_yoy", "H14", "省直通车诉求量同比", "Direct-line requests, year on year", "change", "down",
     "（本期 − 上年同期）÷ 上年同期", "(this period − a year before) ÷ a year before",
     "省12345平台", "Provincial 12345 platform", None),
    ("heating.room_compliance_rate", "T01", "室温达标率", "Room compliance", "rate", "up",
     "达标的有效测点小时 ÷ 有效测点小时", "valid point-hours at or above the threshold ÷ valid point-hours",
     "智慧供热监管平台", "Smart heating supervision platform", None),
    ("heating.valid_reading_rate", "T03", "有效读数率", "Valid readings", "rate", "up",
     "有效读数 ÷ 应有读数", "valid readings ÷ expected readings",
     "智慧供热监管平台", "Smart heating supervision platform", None),
    ("grid.on_time_rate", "G03", "网格事件按时处置率", "Grid events on time", "rate", "up",
     "在时限内处置的事件 ÷ 本期到期的事件", "events handled by their deadline ÷ events due in the period",
     "市域社会治理网格中心", "City grid governance centre", None),
]  # fmt: skip

# The columns a brief reads, in the order of the released tables.
TABLES = """
CREATE SCHEMA marts; CREATE SCHEMA meta; CREATE SCHEMA dq;
CREATE TABLE marts.dim_area (area_code VARCHAR, level VARCHAR, name_zh VARCHAR, name_en VARCHAR,
  parent_code VARCHAR, region_code VARCHAR);
CREATE TABLE marts.dim_exclusion_reason AS SELECT * FROM (VALUES ('X01', '非管辖', 'out of jurisdiction'),
  ('X05', '作废或测试', 'void or test')) AS t (reason_code, name_zh, name_en);
CREATE TABLE marts.fct_kpi_value (kpi_code VARCHAR, area_level VARCHAR, area_code VARCHAR, period_grain VARCHAR,
  period_start DATE, period_end DATE, as_of TIMESTAMP, numerator DECIMAL(18,4), denominator DECIMAL(18,4),
  value DECIMAL(18,8), ci_low DECIMAL(18,8), ci_high DECIMAL(18,8),
  received_count BIGINT, counted_count BIGINT, excluded_count BIGINT, immature_count BIGINT,
  excluded_by_reason VARCHAR, open_not_due_count BIGINT, status VARCHAR, is_rankable BOOLEAN, method_version VARCHAR,
  quality_grade VARCHAR);
CREATE TABLE meta.kpi_dictionary (kpi_code VARCHAR, kpi_id VARCHAR, family VARCHAR, name_zh VARCHAR, name_en VARCHAR,
  unit VARCHAR, direction VARCHAR, formula_zh VARCHAR, formula_en VARCHAR, owner_zh VARCHAR, owner_en VARCHAR,
  target DECIMAL(18,8), min_base INTEGER, min_cell_show INTEGER, min_cell_rank INTEGER, method_version VARCHAR,
  table_name VARCHAR, over_time VARCHAR);
CREATE TABLE marts.dim_date AS SELECT day::DATE AS date_day, CASE
  WHEN (month(day), day(day)) >= (11, 5) THEN year(day) || '-' || (year(day) + 1) % 100
  WHEN (month(day), day(day)) <= (4, 5) THEN (year(day) - 1) || '-' || year(day) % 100 END AS heating_season
  FROM generate_series(DATE '2023-11-05', DATE '2027-04-05', INTERVAL 1 DAY) AS t (day);
CREATE TABLE meta.publish_info (release_id VARCHAR, published_at TIMESTAMP, data_as_of TIMESTAMP, code_version VARCHAR,
  checks_passed BIGINT, checks_total BIGINT, is_synthetic BOOLEAN);
CREATE TABLE dq.check_result (run_id VARCHAR, suite VARCHAR, check_id VARCHAR, severity VARCHAR, success BOOLEAN,
  meaning_zh VARCHAR, meaning_en VARCHAR);
"""

# code, this month's numerator and denominator, the month before's, and what else is known
CITY: list[tuple[str, tuple[Any, int], tuple[Any, int] | None, dict[str, Any]]] = [
    ("hotline.on_time_rate", (30895, 32018), (29011, 30510), {"excluded": 412}),
    ("hotline.closure_rate", (31504, 32714), (30122, 31022), {"open_not_due": 873}),
    ("hotline.resolution_rate", (9821, 11034), (9402, 10777), {}),
    ("hotline.satisfaction_rate", (Decimal("8734.6"), 9820), (Decimal("8700.2"), 9540), {}),
    ("hotline.case_yoy", (-1815, 34529), None, {"counted": 32714}),
    ("hotline.direct_line_yoy", (112, 2840), None, {"counted": 2952}),
    ("heating.room_compliance_rate", (184302, 190120), (179020, 183900), {}),
    ("heating.valid_reading_rate", (190120, 204600), None, {}),
    ("grid.on_time_rate", (11820, 12640), (11911, 12488), {}),
]


@dataclass
class Cell:
    """One KPI value; the counts close by construction."""

    kpi: str
    num: Decimal | int | None
    den: Decimal | int | None
    start: date = PERIOD
    level: str = "city"
    area: str = "210200"
    grain: str = "month"
    value: Decimal | None = None
    status: str = "ok"
    rankable: bool = True
    excluded: int = 0
    open_not_due: int = 0
    counted: int | None = None

    def row(self) -> list[Any]:
        value = self.value
        if value is None and self.den:
            value = Decimal(self.num or 0) / Decimal(self.den)
        counted = self.counted if self.counted is not None else int(self.den or 0)
        reasons = f'{{"X01":{self.excluded}}}' if self.excluded else "{}"
        return [
            self.kpi, self.level, self.area, self.grain, self.start, self.start, AS_OF, self.num, self.den, value,
            None, None, counted + self.excluded, counted, self.excluded, 0, reasons, self.open_not_due, self.status,
            self.rankable, "1", "A",
        ]  # fmt: skip


def count(number: int, start: date, grain: str = "month") -> Cell:
    return Cell("hotline.case_count", number, 1, start, grain=grain, value=Decimal(number), counted=number)


def full_month() -> list[Cell]:
    """January 2026 with its month before and its year before, daily counts, twelve units of which two are small."""
    cells = [Cell(code, *now, **extra) for code, now, _, extra in CITY]
    cells += [Cell(code, *before, BEFORE) for code, _, before, _ in CITY if before]
    cells += [Cell("hotline.on_time_rate", 27420, 29120, YEAR_AGO)]
    cells += [cell for place, area in enumerate(REGIONS) for cell in unit(place, area)]
    cells += [street(place, area) for place, area in enumerate(list(STREETS)[:3])]
    cells += [count(number, start) for start, number in months().items()]
    return cells + [count(980 + 37 * (day.toordinal() % 11), day, "day") for day in days(date(2024, 1, 1), LAST_DAY)]


def full_days() -> list[Cell]:
    """January and the weeks before it day by day, of the city and of its units: what briefs of days are summed from."""
    cells = []
    for n, day in enumerate(days(date(2025, 11, 5), LAST_DAY)):
        for code, (num, den), _, extra in CITY:
            if code.endswith("_yoy"):
                continue
            base = int(den) // 31
            cells.append(Cell(code, base * int(num) // int(den) - n % 4, base, day, grain="day", **extra))
        for place, area in enumerate(REGIONS):
            for code in ("hotline.on_time_rate", "heating.room_compliance_rate", "heating.valid_reading_rate"):
                base = 140 - 10 * place
                done = base - (place + n) % 9
                cells.append(Cell(code, done, base, day, "region", area, "day"))
    return cells


def unit(place: int, area: str) -> list[Cell]:
    """One administering unit this month and the month before."""
    due = {"210224": 22, "2102Z3": 6}.get(area, 4200 - 330 * place)
    done = due - due * (12 + 7 * (place * 5 % 12)) // 1000
    small = due < 30
    now = Cell("hotline.on_time_rate", done, due, level="region", area=area, rankable=not small)
    now.status = "small_cell" if due < 10 else "ok"
    before = done - due // 90 if place % 3 else done + due // 120
    return [now, Cell("hotline.on_time_rate", before, due, BEFORE, "region", area)]


def street(place: int, area: str) -> Cell:
    """A street of one unit; the last is too small to be ranked, and one more of the unit has no figure at all."""
    due = 6 if place == 2 else 300 - 40 * place
    done, small = due - 5 - 3 * place % 5, due < 30
    status = "small_cell" if due < 10 else "ok"
    return Cell("hotline.on_time_rate", done, due, level="street", area=area, rankable=not small, status=status)


def months() -> dict[date, int]:
    starts = [date(year, month, 1) for year in (2024, 2025) for month in range(1, 13)]
    numbers = {day: 29500 + 900 * (day.month % 5) - 700 * (day.year - 2024) for day in starts}
    return numbers | {PERIOD: 32714, YEAR_AGO: 34529}


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def make_release(
    home: Path,
    cells: list[Cell],
    *,
    names: dict[str, tuple[str, str]] | None = None,
    synthetic: bool = True,
    failed: tuple[tuple[str, str], ...] = (),
) -> Settings:
    """Write serving/governance.duckdb and return the settings of its home."""
    settings = Settings(home=home, key_file=home / "key", memory="500MB", threads=1)
    areas: list[list[Any]] = [["210200", "city", "大连市", "Dalian City", None, None]]
    areas += [[code, "district", zh, en, "210200", code] for code, (zh, en) in {**REGIONS, **(names or {})}.items()]
    areas += [[code, "street", zh, None, code[:6], code[:6]] for code, zh in STREETS.items()]
    kpis = [[*kpi[:2], kpi[0].split(".")[0], *kpi[2:], 0, 10, 30, "1", "fct_kpi_value", "sum"] for kpi in KPIS]
    suites = ["flag" if en.startswith("flagged") else "kpi_value" for _, en in failed]
    checks = [["r1", suite, en, "warning", False, zh, en] for suite, (zh, en) in zip(suites, failed, strict=True)]
    release = [["r-20260205", AS_OF, AS_OF, "0.1.0", 41, 41 + len(failed), synthetic]]
    with connect(settings.serving / "governance.duckdb", settings=settings) as con:
        con.execute(TABLES)
        insert(con, "marts.dim_area", areas)
        insert(con, "meta.kpi_dictionary", kpis)
        insert(con, "marts.fct_kpi_value", [cell.row() for cell in cells])
        insert(con, "meta.publish_info", release)
        insert(con, "dq.check_result", checks)
    return settings


def insert(con: DuckDBPyConnection, table: str, rows: list[list[Any]]) -> None:
    if rows:
        values = ", ".join("(" + ", ".join(map(literal, row)) + ")" for row in rows)
        con.execute(f"INSERT INTO {table} VALUES {values}")


def literal(value: Any) -> str:
    if value is None:
        return "NULL"
    text = str(value).replace("'", "''")
    return text if isinstance(value, (bool, int, Decimal)) else f"'{text}'"
