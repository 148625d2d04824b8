"""A table of a brief is a file of words and SQL: what it prints, what it says without rows, what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from duckdb import DuckDBPyConnection

from ingestion.errors import ContractError
from ingestion.settings import Settings
from reporting import table_spec
from reporting.brief import Cell, Table, Text
from reporting.contents import contents_of
from reporting.figures import Figures
from reporting.gather import gather
from reporting.period import KINDS, Season
from reporting.romanise import english
from reporting.tables import Found, TableReader
from tests.brief_fixture import full_month, make_release
from warehouse.engine import connect

SPEC: dict[str, Any] = {
    "title": {"zh": "换热站", "en": "Stations"},
    "note": {"zh": "{period}，{rows}座", "en": "{period}, {rows} stations"},
    "reads": ["marts.dim_area"],
    "empty": {"zh": "没有停运", "en": "none stopped"},
    "absent": {"zh": "换热站：未接入", "en": "Stations: no feed"},
    "attention": {"zh": "{rows}座停运，最长{station}{hours}小时。", "en": "{rows} stopped, {station} {hours} hours."},
    "limit": 2,
    "columns": {
        "station": {"title": {"zh": "站", "en": "Station"}, "as": "name"},
        "kind": {"title": {"zh": "类", "en": "Kind"}, "as": "text"},
        "hours": {"title": {"zh": "小时", "en": "Hours"}, "as": "hours", "bar": True},
        "rate": {
            "title": {"zh": "率", "en": "Rate"},
            "as": "rate",
            "kpi": "hotline.on_time_rate",
            "bar": True,
            "low": "low",
            "high": "high",
            "target": 0.95,
            "direction": "up",
        },
        "basis": {"title": {"zh": "分子 / 分母", "en": "Num. / den."}, "as": "basis"},
        "moved": {"title": {"zh": "环比", "en": "MoM"}, "as": "points", "direction": "up"},
        "trend": {"title": {"zh": "走势", "en": "Trend"}, "as": "spark"},
        "seen": {"title": {"zh": "日", "en": "Day"}, "as": "date"},
    },
    "sql": """
        SELECT * FROM (VALUES
            ('青泥洼桥站', '停', 'stopped', 12::BIGINT, 0.96::DECIMAL(18,8), 0.9, 1.02, 96, 100, -0.004::DECIMAL(18,8),
             [1.0, NULL, 3.0], DATE '2026-01-31'),
            ('乙站', '停', 'stopped', 6::BIGINT, 0.5::DECIMAL(18,8), NULL, NULL, 1, 2, 0::DECIMAL(18,8), [2.0], NULL)
        ) AS t (station, kind_zh, kind_en, hours, rate, low, high, basis_num, basis_den, moved, trend, seen)
        WHERE getvariable('area') = '210200' AND getvariable('period_start') = DATE '2026-01-01'""",
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_release(tmp_path_factory.mktemp("tables"), full_month())


@pytest.fixture
def con(settings: Settings) -> Iterator[DuckDBPyConnection]:
    with connect(settings.serving / "governance.duckdb", settings=settings, read_only=True) as connection:
        yield connection


@pytest.fixture
def figures(con: DuckDBPyConnection) -> Figures:
    return gather(con)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, con: DuckDBPyConnection, figures: Figures) -> Any:
    def read_one(figures: Figures = figures, **changes: Any) -> Found | None:
        (tmp_path / "stations.yml").write_text(yaml.safe_dump({**SPEC, **changes}, allow_unicode=True))
        monkeypatch.setattr(table_spec, "TABLES", tmp_path)
        table_spec.table_spec.cache_clear()
        return TableReader(con, ["stations"]).read(figures).get("stations")

    yield read_one
    table_spec.table_spec.cache_clear()


def cells(found: Found | None) -> list[dict[str, Cell]]:
    assert found
    assert found.section
    (table,) = found.section.blocks
    assert isinstance(table, Table)
    return [dict(zip((column.name for column in table.columns), row, strict=True)) for row in table.rows]


def test_each_value_is_printed_in_its_own_way(read: Any) -> None:
    first, second = cells(read())
    assert first["station"].text == Text("青泥洼桥站", "Qingniwaqiao Station")
    assert first["kind"].text == Text("停", "stopped")
    assert (first["hours"].text.zh, first["hours"].number) == ("12", Decimal(12))
    assert (first["hours_bar"].bar, second["hours_bar"].bar) == ("100.00", "50.00")
    assert (first["rate"].text.en, first["rate"].mark, first["rate"].tone) == ("96.0%", "✓", "better")
    assert (second["rate"].text.en, second["rate"].mark, second["rate"].tone) == ("50.0%", "▼", "worse")
    assert (first["rate_bar"].low, first["rate_bar"].high) == ("90.00", "100.00"), "an interval ends with its axis"
    assert (second["rate_bar"].low, second["rate_bar"].high) == ("", "")
    assert first["basis"].text.zh == "96 / 100"
    assert (first["moved"].text, first["moved"].mark) == (Text("\u22120.4个百分点", "\u22120.4 pp"), "▼")
    assert second["moved"].mark == "＝"
    assert (first["trend"].spark, second["trend"].spark) == (("0.0", "", "100.0"), ())
    assert (first["seen"].text.zh, first["seen"].number) == ("2026-01-31", date(2026, 1, 31))
    assert second["seen"].text.zh == "–"


def test_its_sentence_quotes_the_first_row_as_printed(read: Any) -> None:
    found = read()
    assert found.attention == Text("2座停运，最长青泥洼桥站12小时。", "2 stopped, Qingniwaqiao Station 12 hours.")
    assert found.section.note == Text("2026年1月，2座", "January 2026, 2 stations")
    assert found.kpis == ("hotline.on_time_rate",)


def test_without_rows_it_says_so_and_draws_no_attention(read: Any, figures: Figures) -> None:
    found = read(figures.for_area("210211"))
    assert cells(found) == []
    assert found.attention is None
    assert found.section.blocks[0].empty == Text("没有停运", "none stopped")


def test_what_did_not_come_is_missing_and_not_zero(read: Any) -> None:
    found = read(absent_when="SELECT TRUE")
    assert (found.section, found.missing) == (None, Text("换热站：未接入", "Stations: no feed"))


@pytest.mark.parametrize("changes", [{"reads": ["marts.fct_none"]}, {"sql": "SELECT unknown FROM marts.dim_area"}])
def test_a_release_older_than_its_table_says_so(
    read: Any, changes: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    found = read(**changes)
    assert found.section is None
    assert found.missing.en == "Stations: this release is older than its table"
    assert caplog.messages == ["table=stations absent=not_in_release"]


def test_a_table_stands_only_where_it_belongs(read: Any, figures: Figures) -> None:
    summer = replace(figures, season=None)
    assert read(summer, only={"season": True}) is None
    assert read(replace(figures, season=Season("2025-26", date(2025, 11, 5), date(2026, 4, 5))), only={"season": True})
    assert read(figures.for_area("210211"), only={"city": True}) is None
    assert read(only={"city": True})


@pytest.mark.parametrize(
    ("changes", "place"),
    [({"colour": "red"}, "colour"), ({"columns": {"a": {"title": {"zh": "一"}, "as": "count"}}}, "columns.a.title.en")],
)
def test_a_file_that_says_something_else_is_refused_with_its_place(read: Any, changes: Any, place: str) -> None:
    with pytest.raises(ContractError, match=rf"stations\.yml, {place}"):
        read(**changes)


@pytest.mark.parametrize("kind", KINDS)
def test_every_table_of_the_contents_can_be_read(kind: Any) -> None:
    for name in contents_of(kind).tables:
        spec = table_spec.table_spec(name)
        assert spec.columns
        assert spec.reads, name


@pytest.mark.parametrize(
    ("zh", "en"),
    [
        ("青泥洼桥街道", "Qingniwaqiao Subdistrict"),
        ("长兴岛街道", "Changxingdao Subdistrict"),
        ("广鹿岛镇", "Guangludao Town"),
        ("大连甲供热有限公司（模拟）", "Dalianjia Heating Co., Ltd. (Simulated)"),
        ("A-12", "A-12"),
        ("模拟热力九公司", "Simulated Heating Company No. 9"),
        ("模拟热力十公司", "Simulated Heating Company No. 10"),
        ("热力集团第九十九供热公司", "Heating Group Heating Company No. 99"),
        ("供热二十公司", "Heating Company No. 20"),
        ("统一公司", "Tongyi Company"),
        ("热力八一公司", "Heating Bayi Company"),
    ],
)
def test_a_name_without_english_is_romanised(zh: str, en: str) -> None:
    assert english(zh) == en
    assert english(zh, "Official Name") == "Official Name"
