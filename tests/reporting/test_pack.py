"""The KPI workbook: the release's figures with their types and Chinese names, and nothing that a brief withholds."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from duckdb import DuckDBPyConnection
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from citypulse.cli import app
from ingestion.errors import ContractError, NothingToDo
from reporting.pack import long_sheet
from reporting.pack.spec import pack_spec
from reporting.pack.write import workbook, write_pack
from tests.brief_fixture import insert
from tests.reporting.auditor import Evidence, pinned
from tests.warehouse_fixture import make_settings
from warehouse.engine import connect

AREAS = [
    ("1", "city", "样例市", None, None),
    ("11", "district", "甲区", "1", "11"),
    ("12", "district", "乙区", "1", "12"),
    ("13", "district", "丙县", "1", "13"),
    ("1Z", "zone", "新区", "1", "1Z"),
]
RELEASE = """
CREATE SCHEMA marts; CREATE SCHEMA meta;
CREATE TABLE meta.publish_info AS SELECT 'r20260201-a' AS release_id, TIMESTAMP '2026-02-02 08:00:00' AS published_at,
  TIMESTAMP '2026-02-01 06:00:00' AS data_as_of, 'c0de' AS code_version, 9::BIGINT AS checks_passed,
  10::BIGINT AS checks_total, TRUE AS is_synthetic;
COMMENT ON COLUMN meta.publish_info.release_id IS '发布编号 / id of the release';
CREATE TABLE marts.dim_area (area_code VARCHAR, level VARCHAR, name_zh VARCHAR, parent_code VARCHAR,
  region_code VARCHAR, name_en VARCHAR, statutory_district_code VARCHAR);
CREATE TABLE meta.kpi_dictionary (kpi_code VARCHAR, kpi_id VARCHAR, family VARCHAR, name_zh VARCHAR, unit VARCHAR,
  is_sensitive BOOLEAN, name_en VARCHAR, direction VARCHAR, formula_zh VARCHAR, formula_en VARCHAR, owner_zh VARCHAR,
  owner_en VARCHAR, target DECIMAL(18,8), target_source_zh VARCHAR, over_time VARCHAR, feed VARCHAR,
  table_name VARCHAR, method_version VARCHAR, source VARCHAR);
COMMENT ON COLUMN meta.kpi_dictionary.kpi_code IS '指标代码 / KPI code';
CREATE TABLE marts.fct_kpi_value (kpi_code VARCHAR, area_level VARCHAR, area_code VARCHAR, period_start DATE,
  numerator DECIMAL(18,4), denominator DECIMAL(18,4), value DECIMAL(18,8), status VARCHAR, is_rankable BOOLEAN,
  as_of TIMESTAMP, period_grain VARCHAR, period_end DATE, received_count BIGINT, counted_count BIGINT,
  excluded_count BIGINT, immature_count BIGINT, excluded_by_reason VARCHAR, open_not_due_count BIGINT,
  method_version VARCHAR, quality_grade VARCHAR);
COMMENT ON COLUMN marts.fct_kpi_value.area_level IS '区域层级：city、district、region、street / area level';
COMMENT ON COLUMN marts.fct_kpi_value.period_start IS '期初 / first day of the period';
"""
RESTATED = """
CREATE TABLE meta.restatement AS SELECT unnest(['k.rate', 'safety.order_yoy']) AS kpi_code, DATE '2025-06-01' AS
  period_start, 'r1' AS previous_release_id, TIMESTAMP '2025-12-01' AS previous_as_of, TIMESTAMP '2026-01-01' AS as_of,
  4 AS previous_numerator, 8 AS previous_denominator, 0.5 AS previous_value, 3 AS numerator, 8 AS denominator,
  0.375 AS value"""
KPIS = [
    ("k.rate", "K1", "hotline", "=1+1", "rate", False),
    ("safety.order_yoy", "S02", "safety", "治安", "change", True),
]
MONTH, AS_OF = date(2026, 1, 1), datetime(2026, 2, 1, 6)


def figure(kpi: str, level: str, area: str, now: int, base: int, grain: str = "month") -> list[Any]:
    """One cell; of a change the numerator is the difference, of a rate `now` of `base`."""
    numerator = now - base if kpi == "safety.order_yoy" else now
    stamp = [kpi, level, area, MONTH, numerator, base, numerator / base, "ok", True, AS_OF, grain, date(2026, 1, 31)]
    return [*stamp, now, now, 0, 0, "{}", 0, "1", "A"]


@pytest.fixture
def con(tmp_path: Path) -> Iterator[DuckDBPyConnection]:
    """A release of one month: 甲 3 and 乙 40 and the zone 50 incidents, and districts that cut the city otherwise."""
    with connect(tmp_path / "release.duckdb", settings=make_settings(tmp_path)) as con:
        con.execute(RELEASE + RESTATED)
        insert(con, "marts.dim_area", [[*area, None, None] for area in AREAS])
        insert(con, "meta.kpi_dictionary", [[*kpi, *[None] * 13] for kpi in KPIS])
        regions = {"11": 3, "12": 40, "13": 20, "1Z": 50}
        insert(con, "marts.fct_kpi_value", [
            figure("k.rate", "city", "1", 31, 60), figure("k.rate", "region", "1Z", 11, 20),
            figure("k.rate", "district", "11", 2, 40), figure("k.rate", "street", "11001", 1, 2),
            figure("k.rate", "city", "1", 7, 9, grain="day"),
            figure("safety.order_yoy", "city", "1", 113, 100),
            *(figure("safety.order_yoy", "region", area, now, 25) for area, now in regions.items()),
            *(figure("safety.order_yoy", "district", area, now, 30) for area, now in {"11": 33, "12": 60}.items()),
        ])  # fmt: skip
        yield con


def sheets(content: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def months(content: bytes) -> list[dict[str, Any]]:
    heads, *rows = sheets(content)["月度指标 Monthly figures"]
    return [dict(zip([head.split("\n")[1] for head in heads], row, strict=True)) for row in rows]


def test_every_sheet_stands_in_chinese_first(con: DuckDBPyConnection) -> None:
    content, rows = workbook(con, pack_spec())
    found = sheets(content)
    assert list(found) == [
        "说明 About", "指标字典 KPI dictionary", "月度指标 Monthly figures", "区域 Areas", "更正 Restatements",
    ]  # fmt: skip
    assert rows == {"指标字典": 2, "月度指标": 8, "区域": 5, "更正": 1}
    heads = found["月度指标 Monthly figures"][0]
    assert heads[:3] == ["指标代码\nkpi_code", "指标\nKPI", "区域层级\narea_level"]
    assert heads[3] == "area_code\narea_code", "what has no comment keeps its name"


def test_figures_come_with_their_types_and_the_parts_they_are_made_of(con: DuckDBPyConnection) -> None:
    (city,) = [
        row for row in months(workbook(con, pack_spec())[0]) if row["kpi_code"] == "k.rate" and row["area_code"] == "1"
    ]
    assert (city["period_start"], city["numerator"], city["denominator"]) == (MONTH, 31.0, 60.0)
    assert (city["value"], city["is_rankable"], city["as_of"]) == (pytest.approx(31 / 60, abs=1e-8), True, AS_OF)


def test_of_too_few_cases_the_counts_stand_without_a_value(con: DuckDBPyConnection) -> None:
    statuses = ["ok", "provisional", "small_cell", "insufficient"]
    insert(
        con,
        "marts.dim_area",
        [[f"2{n}", "district", status, "1", f"2{n}", None, None] for n, status in enumerate(statuses)],
    )
    rows = [figure("k.rate", "region", f"2{n}", 4, 5) for n, _ in enumerate(statuses)]
    insert(
        con,
        "marts.fct_kpi_value",
        [[*row[:7], status, False, *row[9:]] for row, status in zip(rows, statuses, strict=True)],
    )
    content, _ = workbook(con, pack_spec())
    found = {row["status"]: row for row in months(content) if row["area_code"].startswith("2")}
    assert {status: row["value"] for status, row in found.items()} == {
        "ok": 0.8, "provisional": 0.8, "small_cell": "", "insufficient": "",
    }  # fmt: skip
    assert {(row["numerator"], row["denominator"]) for row in found.values()} == {(4.0, 5.0)}
    about = "\n".join(str(cell) for row in sheets(content)["说明 About"] for cell in row)
    assert "a value stands only where the status is ok or provisional" in about


def test_streets_and_days_are_left_to_bi_tools(con: DuckDBPyConnection) -> None:
    found = {(row["area_level"], row["area_code"], row["numerator"]) for row in months(workbook(con, pack_spec())[0])}
    assert {level for level, _, _ in found} == {"city", "region", "district"}
    assert ("city", "1", 7.0) not in found


def test_the_first_sheet_says_what_the_figures_are(con: DuckDBPyConnection) -> None:
    content, _ = workbook(con, pack_spec())
    text = "\n".join(str(cell) for row in sheets(content)["说明 About"] for cell in row)
    for said in ("SYNTHETIC DATA", "发布编号 release_id", "r20260201-a", "2026-02-01 06:00", "Never average", "8行"):
        assert said in text
    with zipfile.ZipFile(BytesIO(content)) as book:
        assert "SYNTHETIC DATA" in book.read("xl/worksheets/sheet3.xml").decode()


def test_no_text_becomes_a_formula(con: DuckDBPyConnection) -> None:
    content, _ = workbook(con, pack_spec())
    with zipfile.ZipFile(BytesIO(content)) as book:
        written = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not [text for text in written if "<f>" in text]
    assert "=1+1" in {row["KPI"] for row in months(content)}


def test_the_same_release_gives_the_same_bytes(con: DuckDBPyConnection, tmp_path: Path) -> None:
    first = workbook(con, pack_spec())[0]
    con.close()
    with connect(tmp_path / "release.duckdb", settings=make_settings(tmp_path), read_only=True) as again:
        assert workbook(again, pack_spec())[0] == first


def test_nobody_works_out_a_small_count_of_a_sensitive_kpi(con: DuckDBPyConnection) -> None:
    rows = [row for row in months(workbook(con, pack_spec())[0]) if row["kpi_code"] == "safety.order_yoy"]
    assert {row["area_level"] for row in rows} == {"city", "region"}
    told = Evidence()
    told.adds_up(("1",), [("11",), ("12",), ("13",), ("1Z",)])
    for row in rows:
        if row["status"] == "hidden":
            assert (row["numerator"], row["denominator"], row["value"], row["is_rankable"]) == ("", "", "", False)
            told.misses((row["area_code"],))
        else:
            told.saw((row["area_code"],), row["numerator"] + row["denominator"])
    assert ("11",) in told.hidden
    assert not pinned(told)


def test_without_withholding_the_attacker_would_know_it(con: DuckDBPyConnection) -> None:
    """The check above can fail: hidden alone, 甲 is what the others leave of the city."""
    told = Evidence()
    told.adds_up(("1",), [("11",), ("12",), ("13",), ("1Z",)])
    told.misses(("11",))
    for area, number in {"1": 113, "12": 40, "13": 20, "1Z": 50}.items():
        told.saw((area,), number)
    assert pinned(told) == {("11",): (3.0, 3.0)}


def test_restatements_of_sensitive_kpis_are_not_listed(con: DuckDBPyConnection) -> None:
    found = sheets(workbook(con, pack_spec())[0])["更正 Restatements"]
    assert [row[0] for row in found[1:]] == ["k.rate"]


def test_a_table_that_the_release_lacks_is_said_to_be_lacking(con: DuckDBPyConnection) -> None:
    con.execute("DROP TABLE meta.restatement")
    content, rows = workbook(con, pack_spec())
    assert "更正" not in rows
    assert ["更正 Restatements", "本次发布没有此表", "This release has no such table"] in sheets(content)["说明 About"]


def test_what_a_spreadsheet_cannot_hold_is_refused(con: DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_sheet, "MOST_ROWS", 4)
    with pytest.raises(ContractError, match="月度指标 Monthly figures would have more than 4 rows"):
        workbook(con, pack_spec())


def test_a_text_longer_than_a_cell_is_refused_not_cut(con: DuckDBPyConnection) -> None:
    con.execute("UPDATE meta.kpi_dictionary SET formula_zh = repeat('长', 32768)")
    with pytest.raises(ContractError, match="32768 characters"):
        workbook(con, pack_spec())


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("home/serving/governance.xlsx", "not written into the home"),
        ("into/governance.xlsx", "not written into the home"),
        ("link.xlsx", "not written into the home"),
        ("nowhere/kpi.xlsx", "There is no folder"),
        ("kpi.duckdb", "let it end in .xlsx"),
        ("share", "let it end in .xlsx"),
    ],
)
def test_a_workbook_is_written_over_nothing_that_is_no_workbook(tmp_path: Path, place: str, said: str) -> None:
    settings = make_settings(tmp_path / "home")
    served = settings.serving / "governance.xlsx"
    for folder in (settings.serving, tmp_path / "share"):
        folder.mkdir(parents=True)
    for file in (served, tmp_path / "kpi.duckdb"):
        file.write_text("kept")
    (tmp_path / "into").symlink_to(settings.serving)
    (tmp_path / "link.xlsx").symlink_to(served)
    with pytest.raises(ContractError, match=said):
        write_pack(settings, None, tmp_path / place)
    assert {served.read_text(), (tmp_path / "kpi.duckdb").read_text()} == {"kept"}
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("asked", [[], ["--release", "r20250101-none"], ["--release", "../../etc/passwd"]])
def test_a_release_that_is_not_there_is_named(tmp_path: Path, asked: list[str]) -> None:
    done = CliRunner().invoke(app, ["--home", str(tmp_path), "pack", *asked])
    assert done.exit_code == NothingToDo.exit_code
    assert f"There is no release{' '.join(['', *asked[1:]])}." in done.output
