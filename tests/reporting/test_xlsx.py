"""The data pack: numbers with their types, every word of the brief, nothing from the data as a formula."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from decimal import Decimal
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from reporting.brief import LANGUAGES, Brief, Bullets, Cell, Column, Language, Section, Table, in_language
from reporting.sheet import Book
from reporting.words import same
from reporting.xlsx import number_of, workbook
from tests.reporting.sample_brief import PLANTED, sample
from tests.reporting.strings import strings

Sheets = dict[str, list[list[Any]]]


def sheets_of(content: bytes) -> Sheets:
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def parts_of(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


def format_of(content: bytes, sheet: int, cell: str) -> str:
    """The number format of a cell."""
    parts = parts_of(content)
    styles = parts["xl/styles.xml"]
    place = re.search(rf'<c r="{cell}" s="(\d+)"', parts[f"xl/worksheets/sheet{sheet}.xml"])
    looks = re.findall(r'<xf numFmtId="(\d+)"', styles.partition("<cellXfs")[2])
    number = looks[int(place[1])] if place else ""
    code = re.search(rf'numFmtId="{number}" formatCode="([^"]*)"', styles)
    return unescape(code[1]) if code else ""


def column(sheet: list[list[Any]], title: str) -> list[Any]:
    return [row[sheet[0].index(title)] for row in sheet[1:]]


def as_shown(value: Any) -> str:
    """A typed count as its cell shows it."""
    return f"{value:,.0f}" if isinstance(value, float) and value.is_integer() else str(value)


def with_table(table: Table, title: str = "T") -> Brief:
    return replace(sample(), sections=(Section("t", same(title), same(""), (table,)),))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_brief_stands_in_it(language: Language) -> None:
    sheets = sheets_of(workbook(sample(), language)).values()
    text = "\n".join(str(value) for rows in sheets for row in rows for value in row)
    assert [s for s in strings(sample(), language) if s not in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_brief_gives_the_same_bytes(language: Language) -> None:
    first = workbook(sample(), language)
    assert workbook(sample(), language) == first
    with zipfile.ZipFile(BytesIO(first)) as archive:
        assert {entry.date_time[:3] for entry in archive.infolist()} == {(1980, 1, 1)}
    assert "2026-01-31" in parts_of(first)["docProps/core.xml"]


def test_the_value_of_a_kpi_is_a_number_beside_what_is_printed() -> None:
    content = workbook(sample(), "zh")
    sheet = sheets_of(content)["指标"]
    first = dict(zip(sheet[0], sheet[1], strict=True))
    assert (first["数值"], first["列示"], first["分子"], first["分母"]) == (0.9649, "96.5%", 30895, 32018)
    assert format_of(content, 2, "F2") == '0.0%;"−"0.0%'
    assert (first["变化类型 1"], first["变化 1"], first["评判 1"]) == ("环比", "+1.4个百分点", "▲ 向好")
    assert (first["目标"], first["达标"], first["数据时点"]) == ("95.0%", "✓ 达到", "截至2026年1月31日")
    assert column(sheet, "数值")[3] == "", "a small cell has no number"
    assert column(sheet, "列示")[3] == "样本过小"
    assert column(sheet, "并列组")[4:6] == ["诉求量：两个平台并列，不相加"] * 2


def test_a_table_keeps_all_rows_with_their_types() -> None:
    sheet = sheets_of(workbook(sample(rows=30), "en"))["By on-time rate"]
    assert len(sheet) == 31, "the page prints eight"
    assert column(sheet, "On-time rate")[:2] == [0.98, 0.967]
    assert column(sheet, "MoM")[:2] == pytest.approx([-0.4, 2.0])
    assert column(sheet, "MoM (as printed)")[0] == "▼ −0.4 pp"
    assert column(sheet, "Cases")[0] == 1300
    assert column(sheet, "On-time rate (interval, low)")[:2] == ["", pytest.approx(0.937)]


def test_formats_bars_filters_and_print_are_set() -> None:
    parts = parts_of(workbook(sample(), "zh"))
    formats = re.findall(r'formatCode="([^"]*)"', parts["xl/styles.xml"])
    assert {"0.0%;&quot;−&quot;0.0%", "#,##0;&quot;−&quot;#,##0"} <= set(formats)
    assert any("个百分点" in code for code in formats)
    table = next(xml for name, xml in parts.items() if "worksheets/sheet" in name and "dataBar" in xml)
    assert 'state="frozen"' in table
    assert "<autoFilter" in table
    assert 'orientation="landscape"' in table
    assert "模拟数据 SYNTHETIC DATA" in table, "the head of each printed page"
    assert "Print_Titles" in parts["xl/workbook.xml"]
    assert not any("mergeCell" in xml for xml in parts.values())


def test_what_is_planted_is_text() -> None:
    content = workbook(sample(), "zh")
    parts = parts_of(content)
    assert not [name for name, xml in parts.items() if "<f>" in xml or "<f " in xml]
    assert PLANTED in column(sheets_of(content)["按时办结率排名"], "单位")
    assert 'quotePrefix="1"' in parts["xl/styles.xml"], "nor does it become one when the cell is edited"
    assert not [name for name, xml in parts.items() if 'TargetMode="External"' in xml]


@pytest.mark.parametrize(
    "planted", ["https://a.example/", "mailto:a@b.c", "12345", "=1+1", "@SUM(A1)", "_x0041_", "{=1}"]
)
def test_a_text_that_looks_like_something_else_stays_as_it_is(planted: str) -> None:
    table = Table((Column("a", same("A")),), ((Cell(same(planted)),),), same("–"))
    content = workbook(with_table(table), "en")
    assert sheets_of(content)["T"] == [["A"], [planted]]
    assert not [name for name, xml in parts_of(content).items() if "<f>" in xml or "External" in xml]


def test_a_withheld_number_is_nowhere() -> None:
    cells = (Cell(same("57"), Decimal(57)), Cell(same("隐去")), Cell(same("–")))
    table = Table((Column("n", same("N"), "count"),), tuple((cell,) for cell in cells), same("–"))
    sheet = sheets_of(workbook(with_table(table), "zh"))["T"]
    assert sheet == [["N", "N（列示）"], [57, "57"], ["", "隐去"], ["", "–"]]


def test_an_empty_table_says_so() -> None:
    assert sheets_of(workbook(sample(), "zh"))["换热站"] == [["换热站"], ["昨日没有停运的换热站。"]]


def test_the_waterfall_is_typed_and_a_word_in_it_stays_a_word() -> None:
    (row,) = sheets_of(workbook(sample(), "en"))["What was counted"][1:]
    assert row[3:7] == [32430, 32018, 412, 0]
    assert [number_of(text) for text in ("1,234.5", "−3", "隐去")] == [Decimal("1234.5"), Decimal(-3), "隐去"]


def test_a_kpi_leads_to_its_definition() -> None:
    parts = parts_of(workbook(sample(), "en"))
    assert "location=\"'Definitions'!A2\"" in "".join(parts.values())


def test_names_of_sheets_are_valid_and_unique() -> None:
    book = Book("t", sample().document_date, points="pp", header="")
    titles = ["a" * 40, "a" * 40, "A[1]:*?/\\x", "'quoted'", "History", "history", "", "概览", "概览"]
    names = [book.name(title) for title in titles]
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert 0 < len(name) <= 31
        assert not re.search(r"[\[\]:*?/\\]|^'|'$|^history$", name, re.IGNORECASE)


def test_a_brief_without_sections_is_written() -> None:
    empty = replace(sample(), sections=(), definitions=(), label=None)
    assert list(sheets_of(workbook(empty, "zh"))) == ["概览"]


def test_lines_of_text_stand_on_the_notes() -> None:
    brief = replace(sample(), sections=(Section("m", same("缺"), same("注"), (Bullets((same("一"), same("二"))),)),))
    assert sheets_of(workbook(brief, "zh"))["说明"][1:] == [["缺", "注"], ["缺", "一"], ["缺", "二"]]
    assert in_language(brief.title, "zh") in str(sheets_of(workbook(brief, "zh"))["概览"])
