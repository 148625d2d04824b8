"""Rows of single cases are given for a reason, logged first, within their sharing attribute, and never as formulas."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from citypulse import case_rows
from citypulse.case_rows import Answer, Question, guarded_cell, rows
from ingestion import audit_log
from ingestion.audit_log import Access, entries
from ingestion.errors import ContractError, IntegrityError, NothingToDo
from ingestion.settings import Settings
from tests.warehouse_fixture import make_settings
from warehouse.engine import connect

REASON = "督办核对 2026-018"
WAREHOUSE = """
CREATE SCHEMA meta; CREATE SCHEMA marts;
CREATE TABLE meta.model_catalogue AS SELECT * FROM (VALUES
    ('marts', 'fct_case', FALSE, 'conditional', 'received_at'),
    ('marts', 'fct_callback', FALSE, 'conditional', 'callback_at'),
    ('marts', 'fct_dispute', FALSE, 'not_shared', 'reported_at'),
    ('marts', 'kpi_hotline_case', FALSE, 'conditional', 'period_date'),
    ('marts', 'fct_kpi_value', TRUE, 'unconditional', NULL)
) AS t (schema_name, table_name, is_public, sharing, rows_by);
CREATE TABLE marts.dim_area AS SELECT * FROM (VALUES ('210200', 'city', '样例市'), ('210202', 'district', '甲区'),
    ('2102Z1', 'zone', '新区'), ('210202001', 'street', '一街道')) AS t (area_code, level, name_zh);
CREATE TABLE marts.fct_case AS SELECT *, '210202' AS district_code, '210202001' AS street_code FROM (VALUES
    ('c1', TIMESTAMP '2026-01-01 10:00:00', '210202', '甲局'),
    ('c2', TIMESTAMP '2026-01-02 10:00:00', '2102Z1', '=cmd|calc'),
    ('c3', TIMESTAMP '2026-01-03 10:00:00', '210202', '乙局')) AS t (case_id, received_at, region_code, unit_name);
CREATE TABLE marts.fct_callback AS SELECT 'c2' AS case_id, TIMESTAMP '2026-02-01 09:00:00' AS callback_at;
CREATE TABLE marts.fct_dispute AS SELECT '1' AS case_no, TIMESTAMP '2026-01-01 09:00:00' AS reported_at;
CREATE TABLE marts.kpi_hotline_case AS SELECT 'hotline.on_time_rate' AS kpi_code, case_id AS row_id,
    CAST(received_at AS DATE) AS period_date, TRUE AS in_day, TRUE AS in_month,
    CASE WHEN case_id = 'c3' THEN 'X05' END AS excluded_reason, FALSE AS is_immature,
    1.0::DECIMAL(18,4) AS hit, 1.0::DECIMAL(18,4) AS base, region_code, district_code, street_code FROM marts.fct_case;
CREATE TABLE meta.kpi_dictionary AS SELECT 'hotline.on_time_rate' AS kpi_code, 'rate' AS unit;
CREATE TABLE marts.fct_kpi_value AS SELECT 'hotline.on_time_rate' AS kpi_code, level AS area_level, code AS area_code,
    'month' AS period_grain, DATE '2026-01-01' AS period_start, n::DECIMAL(18,4) AS numerator,
    n::DECIMAL(18,4) AS denominator
FROM (VALUES ('city', '210200', 2), ('region', '210202', 1), ('region', '2102Z1', 1), ('district', '210202', 2),
    ('street', '210202001', 7)) AS t (level, code, n);
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = make_settings(tmp_path / "home")
    with connect(settings.warehouse_db, settings=settings) as connection:
        connection.execute(WAREHOUSE)
    return settings


def cases(answer: Answer) -> list[str]:
    place = answer.names.index("case_id")
    return sorted(row[place] for row in answer.rows)


@pytest.mark.parametrize(
    ("name", "asked", "found"),
    [
        ("fct_case", {}, ["c1", "c2", "c3"]),
        ("fct_case", {"area": "210202"}, ["c1", "c3"]),
        ("fct_case", {"area": "甲区", "level": "district"}, ["c1", "c2", "c3"]),
        ("fct_case", {"area": "2102Z1", "period": "2026-01"}, ["c2"]),
        ("fct_case", {"period": "2026-01-03"}, ["c3"]),
        ("fct_case", {"period": "2026-02"}, []),
        ("fct_callback", {"area": "新区", "period": "2026-02"}, ["c2"]),
        ("fct_callback", {"area": "210202"}, []),
    ],
)
def test_a_table_gives_the_rows_of_area_and_period(
    settings: Settings, name: str, asked: dict[str, str], found: list[str]
) -> None:
    assert cases(rows(settings, Question(name, REASON, **asked))) == found


def test_a_figure_is_taken_apart_into_the_cases_that_add_up_to_it(settings: Settings) -> None:
    answer = rows(settings, Question("hotline.on_time_rate", REASON, period="2026-01"))
    assert cases(answer) == ["c1", "c2", "c3"], "also what is left out, with its reason"
    assert (answer.numerator, answer.denominator) == (Decimal(2), Decimal(2))
    assert answer.rows[2][answer.names.index("excluded_reason")] == "X05"


def test_rows_that_do_not_add_up_to_their_figure_are_not_given(settings: Settings) -> None:
    with pytest.raises(IntegrityError, match="do not add up"):
        rows(settings, Question("hotline.on_time_rate", REASON, area="210202001", period="2026-01"))
    assert entries(settings) == []


def test_every_look_is_in_the_log_before_a_row_is_given(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    rows(settings, Question("fct_case", REASON, area="210202"))
    [look] = entries(settings)
    assert (look["subject"], look["filter"], look["rows"], look["outcome"]) == ("fct_case", "area=210202", 2, "given")

    def full(settings: Settings, access: Access) -> int:
        raise OSError(28, "no space")

    monkeypatch.setattr(audit_log, "record", full)
    target = settings.home.parent / "a.csv"
    with pytest.raises(OSError, match="no space"):
        rows(settings, Question("fct_case", REASON, approval="审批〔2026〕1号", output=target))
    assert not target.exists()


def test_what_is_not_shared_is_refused_and_the_refusal_logged(settings: Settings) -> None:
    with pytest.raises(ContractError, match="不予共享") as refused:
        rows(settings, Question("fct_dispute", REASON))
    assert refused.value.exit_code == 4
    assert rows(settings, Question("fct_dispute", REASON, break_glass=True)).rows
    assert [(look["outcome"], look["rows"]) for look in entries(settings)] == [("break_glass", 1), ("refused", 0)]


def test_what_is_shared_under_conditions_leaves_with_an_approval_alone(settings: Settings, tmp_path: Path) -> None:
    target = tmp_path / "cases.csv"
    with pytest.raises(ContractError, match="--approval"):
        rows(settings, Question("fct_case", REASON, output=target))
    assert not target.exists()
    rows(settings, Question("fct_case", REASON, output=target, approval="审批〔2026〕12号"))
    assert target.stat().st_mode & 0o777 == 0o600
    assert entries(settings)[0]["approval"] == "审批〔2026〕12号"
    with pytest.raises(ContractError, match="exists already"):
        rows(settings, Question("fct_case", REASON, output=target, approval="审批〔2026〕12号"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": "看"},
        {"period": "January"},
        {"period": "2026-01' OR true --"},
        {"area": "x' OR '1'='1"},
        {"level": "moon"},
        {"name": "fct_kpi_value"},
        {"name": "fct_case; DROP TABLE marts.fct_case"},
        {"name": "hotline.on_time_rate"},
        {"area": "210202001", "level": "district"},
        {"approval": "x" * 70},
    ],
)
def test_an_improper_question_is_refused_and_nothing_given(settings: Settings, wrong: dict[str, Any]) -> None:
    with pytest.raises(ContractError):
        rows(settings, Question(**{"name": "fct_case", "reason": REASON, **wrong}))
    assert cases(rows(settings, Question("fct_case", REASON))) == ["c1", "c2", "c3"]


def test_nothing_is_exported_into_the_home(settings: Settings) -> None:
    with pytest.raises(ContractError, match="not written into the home"):
        rows(settings, Question("fct_case", REASON, approval="1号文", output=settings.site / "a.csv"))


def test_no_look_is_taken_for_an_export_into_a_folder_that_is_not_there(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="There is no folder"):
        rows(settings, Question("fct_case", REASON, approval="1号文", output=tmp_path / "nowhere" / "a.csv"))
    assert entries(settings) == []


def test_without_a_warehouse_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(NothingToDo):
        rows(make_settings(tmp_path), Question("fct_case", REASON))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_cell_that_a_spreadsheet_would_run_is_text(start: str) -> None:
    assert guarded_cell(f"{start}1+1") == f"'{start}1+1"
    assert [guarded_cell(cell) for cell in ("1=1", -5, Decimal("-1.5"), None, "甲局")] == [
        "1=1", -5, Decimal("-1.5"), None, "甲局"
    ]  # fmt: skip


def test_csv_is_guarded_and_json_is_as_it_is(settings: Settings) -> None:
    answer = rows(settings, Question("fct_case", REASON, area="2102Z1"))
    [row] = csv.DictReader(io.StringIO(answer.text("csv")))
    assert row["unit_name"] == "'=cmd|calc"
    assert json.loads(answer.text("json"))[0]["unit_name"] == "=cmd|calc"


def test_a_look_reads_nothing_but_the_warehouse(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []

    @contextmanager
    def locked(database: Path, *, settings: Settings) -> Iterator[Any]:
        opened.append(database)
        with case_rows_connect(database, settings=settings) as connection:
            yield connection

    case_rows_connect = case_rows.connect_locked
    monkeypatch.setattr(case_rows, "connect_locked", locked)
    rows(settings, Question("fct_case", REASON))
    assert opened == [settings.warehouse_db]
